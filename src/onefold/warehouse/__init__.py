"""The port to the SQL engine: relations in, relations out, immutable Parquet files on disk.

Rooms work on an `Engine`: one DuckDB connection with bounded memory, that spills rather than dies.
"""

from onefold.warehouse.engine import Engine, EngineSettings
from onefold.warehouse.sql import any_of, call, column, fixed_sql, ident, literal, relation, select
from onefold.warehouse.tables import Tables, scan

__all__ = [
    "Engine",
    "EngineSettings",
    "Tables",
    "any_of",
    "call",
    "column",
    "fixed_sql",
    "ident",
    "literal",
    "relation",
    "scan",
    "select",
]
