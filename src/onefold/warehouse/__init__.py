"""The port to the SQL engine: relations in, relations out, immutable Parquet files on disk.

Rooms work on an `Engine`: one DuckDB connection with bounded memory, that spills rather than dies.
"""

from onefold.warehouse.engine import Engine, EngineSettings
from onefold.warehouse.sql import fixed_sql, ident, literal, select

__all__ = ["Engine", "EngineSettings", "fixed_sql", "ident", "literal", "select"]
