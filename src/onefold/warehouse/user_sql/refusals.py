"""Why a function is refused, and what to write in its place."""

from __future__ import annotations

from collections.abc import Collection

from onefold.errors import nearest

__all__ = ["refusal"]

_CHANCE = (
    frozenset(
        [
            "random",
            "setseed",
            "uuid",
            "uuidv4",
            "uuidv7",
            "gen_random_uuid",
            "reservoir_quantile",
            "newid",
            "rand",
        ]
    ),
    "gives another value at every run, so every run would send changes",
    "derive the value from a column: hash(person_id), md5(person_id)",
)
_CLOCK = (
    frozenset(
        [
            "now",
            "today",
            "current_date",
            "current_time",
            "current_timestamp",
            "current_localtime",
            "localtime",
            "current_localtimestamp",
            "localtimestamp",
            "get_current_time",
            "get_current_timestamp",
            "transaction_timestamp",
            "age",
            "ago",
        ]
    ),
    "would read the engine's clock, and a run has one time of its own",
    "write :now (an instant) or :today (a date); age(:now, x), :now - INTERVAL 3 DAY",
)
_OUTSIDE = (
    frozenset(
        [
            "read_csv",
            "read_csv_auto",
            "read_parquet",
            "parquet_scan",
            "read_json",
            "read_json_auto",
            "read_ndjson",
            "read_ndjson_auto",
            "read_text",
            "read_blob",
            "read_duckdb",
            "glob",
            "sniff_csv",
            "parquet_metadata",
            "parquet_schema",
            "getenv",
            "write_log",
            "arrow_scan",
            "pandas_scan",
            "seq_scan",
        ]
    ),
    "reaches outside the tables",
    "declare a source for the file, then select from the source's table",
)
_CODE = (
    frozenset(
        [
            "query",
            "query_table",
            "json_execute_serialized_sql",
            "json_serialize_sql",
            "json_deserialize_sql",
            "python_map_function",
            "invoke",
        ]
    ),
    "runs SQL that is made at run time",
    "write the table's name in FROM",
)
_SESSION = (
    frozenset(
        [
            "current_setting",
            "current_user",
            "session_user",
            "current_role",
            "current_schema",
            "current_schemas",
            "current_database",
            "current_catalog",
            "current_query",
            "version",
            "getvariable",
            "nextval",
            "currval",
            "duckdb_settings",
            "duckdb_secrets",
            "duckdb_tables",
            "duckdb_columns",
            "duckdb_functions",
            "sleep_ms",
            "pg_sleep",
        ]
    ),
    "belongs to the engine, not to the data",
    "leave it out; values of the project come in as :name (vars: in onefold.yaml)",
)
_REASONS = (_CHANCE, _CLOCK, _OUTSIDE, _CODE, _SESSION)


def refusal(name: str, allowed: Collection[str]) -> tuple[str, str]:
    """Return the message and the hint for a function that is not allowed."""
    for names, reason, hint in _REASONS:
        if name in names:
            return f"{name} is refused: it {reason}", hint
    close = nearest(name, allowed)
    near = f"; nearest: {close}" if close else ""
    return (
        f"{name} is not a function that SQL of a project may call{near}",
        "aggregates, windows, text, dates, lists and JSON are; the page standard-tables lists them",
    )
