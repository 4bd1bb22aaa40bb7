"""The engine that makes the shop: DuckDB with the rates, the words, and the shop's relations."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict
from importlib import resources

import duckdb
import pyarrow as pa

from onefold.examples.shop.config import FIRST_DAY, RATES

__all__ = ["count_lives", "file_batches", "make_block", "open_engine", "people_blocks"]

MEMORY_LIMIT = "2GB"
BATCH_ROWS = 50_000
BLOCK_PEOPLE = 245_760  # two row groups of DuckDB, so two threads; any multiple of 4 gives the same
WORDS = (
    "women",
    "men",
    "twins",
    "surnames",
    "surname_starts",
    "surname_ends",
    "streets",
    "cities_fr",
    "cities_be",
    "cities_ch",
    "mail_domains",
    "junk_emails",
    "junk_phones",
    "products",
)
MACROS = ("chance", "text", "traits", "records")
RELATIONS = (  # in the order in which they read each other
    "lives",
    "people",
    "profile_records",
    "account_records",
    "pos_records",
    "member_records",
    "orders",
    "item_records",
    "optin_records",
)


def open_engine(*, customers: int, day: int, seed: int) -> duckdb.DuckDBPyConnection:
    """Open a connection that knows the seed, the day, the rates, the words and the macros."""
    engine = duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT})
    engine.execute("SET TimeZone = 'UTC'")
    _set(engine, "seed", seed)
    _set(engine, "rates", asdict(RATES))
    _set(engine, "first_day", FIRST_DAY)
    _set(engine, "day", day)
    _set(engine, "customers", customers)
    _set(engine, "new_a_day", max(_new_a_day(customers), 1))
    engine.execute("SET VARIABLE later_days = range(2, ? + 1)", [day])
    for name in WORDS:
        _set(engine, name, list(csv.DictReader(_text(f"words/{name}.csv").splitlines())))
    for name in MACROS:
        engine.execute(_text(f"sql/macros/{name}.sql"))
    return engine


def people_blocks(*, customers: int, day: int) -> Iterator[range]:
    """Cut the numbers of everybody the shop has known up to a day into blocks."""
    people = customers + (day - 1) * _new_a_day(customers)
    for start in range(0, people, BLOCK_PEOPLE):
        yield range(start, min(start + BLOCK_PEOPLE, people))


def make_block(engine: duckdb.DuckDBPyConnection, block: range) -> None:
    """Make the relations of a block of people, in place of those of the block before."""
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE ids AS SELECT range AS i FROM range(?, ?)",
        [block.start, block.stop],
    )
    for name in RELATIONS:
        engine.execute(_text(f"sql/relations/{name}.sql"))


def file_batches(engine: duckdb.DuckDBPyConnection, name: str) -> pa.RecordBatchReader:
    """Read a block's part of a file: rows for Parquet, a column of lines for text."""
    return engine.sql(_text(f"sql/files/{name}.sql")).to_arrow_reader(BATCH_ROWS)


def count_lives(engine: duckdb.DuckDBPyConnection) -> tuple[int, int, int, int]:
    """Count the block's people: there on the day, and of these changed and new; and gone on it."""
    return engine.execute(_text("sql/count_lives.sql")).fetchall()[0]


def _new_a_day(customers: int) -> int:
    return int(customers * RATES.people.new)


def _set(engine: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    engine.execute(f"SET VARIABLE {name} = ?", [value])


def _text(path: str) -> str:
    return (resources.files("onefold.examples.shop") / path).read_text(encoding="utf-8")
