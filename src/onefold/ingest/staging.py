"""Deliveries converted into one table: typed values, keys, and what is wrong with each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import pyarrow as pa
from sqlglot import exp

from onefold.errors import OnefoldError
from onefold.ingest.config import FeedConfig
from onefold.ingest.typed import typed_rows
from onefold.warehouse import Engine, relation

__all__ = ["Delivery", "stage"]

Delivery = tuple[str, pa.RecordBatchReader]
"""An object's name, and its rows as `sources.read` gives them."""

Types = tuple[tuple[str, str], ...]
"""The columns of a delivery, and the engine's type of each."""

_DELIVERED = "_delivered"
_PROBLEM = "STRUCT(field VARCHAR, reason VARCHAR, value VARCHAR)"


def stage(
    engine: Engine, feed: FeedConfig, deliveries: Iterable[Delivery], staged: str
) -> tuple[str, ...]:
    """Read every delivery once, in order, into the table `staged`; give the objects' names.

    Columns: the fields, typed; `_key`, `_file`, `_line`; `_delivery` INTEGER (from 0);
    `_problems`, a list of STRUCT(field, reason, value), NULL for a sound row; `_raw` BLOB, NULL
    for a sound row.

    Raises:
        SourceError: a delivery broke off; what was staged must not land.
    """
    engine.table(staged, _empty(feed))

    @cache  # objects of one feed nearly always have the same types
    def insert(types: Types) -> str:
        tree = exp.insert(typed_rows(feed, dict(types), source=_DELIVERED), relation(staged))
        return tree.sql(dialect="duckdb")

    names: list[str] = []
    for name, reader in deliveries:
        statement = insert(_engine_types(engine, reader.schema))
        _run(engine, statement, reader, {"file": name, "delivery": len(names)})
        names.append(name)
    return tuple(names)


def _empty(feed: FeedConfig) -> exp.Expr:
    types = {
        **{field.name: field.type.engine_type for field in feed.fields},
        "_key": "VARCHAR",
        "_file": "VARCHAR",
        "_line": "BIGINT",
        "_delivery": "INTEGER",
        "_problems": f"{_PROBLEM}[]",
        "_raw": "BLOB",
    }
    columns = [
        exp.cast(exp.null(), engine_type, dialect="duckdb").as_(name, quoted=True)
        for name, engine_type in types.items()
    ]
    return exp.select(*columns).where(exp.false())


def _run(
    engine: Engine, statement: str, reader: pa.RecordBatchReader, parameters: Mapping[str, object]
) -> None:
    watched = _Watched(reader)
    engine.register(_DELIVERED, watched.reader)
    try:
        engine.run(statement, parameters)
    except OnefoldError as error:
        raise watched.error or error from error
    finally:
        engine.unregister(_DELIVERED)


class _Watched:
    """A reader that remembers its own error: the engine would pass on no more than its text."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self.error: Exception | None = None
        self.reader = pa.RecordBatchReader.from_batches(reader.schema, self._batches(reader))

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except Exception as error:
            self.error = error
            raise


def _engine_types(engine: Engine, schema: pa.Schema) -> Types:
    """Ask the engine what it makes of the delivered types, without touching the delivery."""
    engine.register(_DELIVERED, schema.empty_table())
    try:
        found = engine.relation_columns(_DELIVERED)
        return tuple((column.name, column.engine_type) for column in found)
    finally:
        engine.unregister(_DELIVERED)
