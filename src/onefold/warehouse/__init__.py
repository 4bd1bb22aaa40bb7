"""The port to the SQL engine: relations in, relations out, immutable Parquet files on disk.

Rooms work on an `Engine`: one DuckDB connection with bounded memory, that spills rather than dies.
"""

from onefold.warehouse.engine import Engine, EngineSettings
from onefold.warehouse.sql import (
    any_of,
    call,
    column,
    count_if,
    fixed_sql,
    ident,
    literal,
    relation,
    select,
)
from onefold.warehouse.tables import Tables, scan
from onefold.warehouse.user_sql import (
    ColumnNote,
    UserSql,
    Value,
    bind,
    described_columns,
    explain_sql_error,
    lock_down,
    parse_user_sql,
)

__all__ = [
    "ColumnNote",
    "Engine",
    "EngineSettings",
    "Tables",
    "UserSql",
    "Value",
    "any_of",
    "bind",
    "call",
    "column",
    "count_if",
    "described_columns",
    "explain_sql_error",
    "fixed_sql",
    "ident",
    "literal",
    "lock_down",
    "parse_user_sql",
    "relation",
    "scan",
    "select",
]
