"""Read NDJSON: one JSON object a line, values taken out by path, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import gettempdir

import pyarrow as pa
from sqlglot import exp

from onefold.errors import SourceUnreadable, nearest
from onefold.model import FeedField, TypeKind
from onefold.sources.delivered import broken_batch, text_schema
from onefold.sources.listing import SourceObject
from onefold.sources.records import Dialect, Records, read_records
from onefold.sources.shapes import ObjectShape, head, missing_column, shape_of
from onefold.sources.streams import TextStream, finished, open_text
from onefold.warehouse import Engine, EngineSettings, column, fixed_sql, ident, literal

__all__ = ["inspect_ndjson", "read_ndjson"]

_INVALID = "not valid JSON"
_LINES = Dialect(
    columns=1,
    delimiter="\x01",  # never stands raw in JSON
    quoted=False,
    first_line=1,
    misfit=_INVALID,
)
_RECORDS = "records"
_MEMORY = "512MB"


def inspect_ndjson(obj: SourceObject, fields: Sequence[FeedField]) -> ObjectShape:
    """Compare the keys of a file's first records with the declared fields."""
    stream = open_text(obj)
    engine = _engine()
    try:
        with finished(stream, obj):
            first = next(read_records(stream, _LINES, obj.name))
            return _shape(engine, first, obj, fields)
    finally:
        engine.close()


def read_ndjson(obj: SourceObject, fields: Sequence[FeedField]) -> pa.RecordBatchReader:
    """Read an NDJSON file as its rows are asked for.

    A key that a record lacks is NULL. A key that none of the first records has is taken for a
    slip of the pen only when they have a similar one that no field reads.
    """
    stream = open_text(obj)
    batches = _batches(stream, obj, fields)
    return pa.RecordBatchReader.from_batches(text_schema(fields), batches)


def _batches(
    stream: TextStream, obj: SourceObject, fields: Sequence[FeedField]
) -> Iterator[pa.RecordBatch]:
    schema = text_schema(fields)
    query = _query(fields)
    engine = _engine()
    try:
        with finished(stream, obj):
            blocks = read_records(stream, _LINES, obj.name)
            first = next(blocks)
            _check(_shape(engine, first, obj, fields))
            for records in chain([first], blocks):
                yield from _extract(engine, records, query, schema)
                if records.broken:
                    yield broken_batch(schema, records.broken)
    finally:
        engine.close()


def _engine() -> Engine:
    return Engine(EngineSettings(memory_limit=_MEMORY, spill_folder=Path(gettempdir())))


def _extract(
    engine: Engine, records: Records, query: exp.Expr, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    _register(engine, records)
    for batch in engine.arrow(query):
        yield batch.cast(schema)
    engine.unregister(_RECORDS)


def _register(engine: Engine, records: Records) -> None:
    table = pa.table({"line_number": records.lines, "record": records.columns[0]})
    engine.register(_RECORDS, table)


def _query(fields: Sequence[FeedField]) -> exp.Expr:
    """Take every field's value out of the parsed record, and say which records are broken."""
    paths = exp.array(*(literal(_pointer(field.path)) for field in fields))
    tree = exp.replace_placeholders(
        fixed_sql("onefold.sources", "ndjson"), paths=paths, invalid=literal(_INVALID)
    )
    extracted = exp.Subquery(this=tree, alias=exp.TableAlias(this=ident("extracted")))
    values = [
        exp.Bracket(this=column(_form(field)), expressions=[literal(index)]).as_(
            field.name, quoted=True
        )
        for index, field in enumerate(fields)
    ]
    return exp.select(column("_line"), *values, column("_broken"), column("_raw")).from_(extracted)


def _form(field: FeedField) -> str:
    return "json" if field.type.kind is TypeKind.JSON else "text"


def _pointer(path: str) -> str:
    """Write a dotted path as a JSON pointer."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path.split("."))


def _shape(
    engine: Engine, first: Records, obj: SourceObject, fields: Sequence[FeedField]
) -> ObjectShape:
    _register(engine, first)
    keys = [key for (key,) in engine.rows(fixed_sql("onefold.sources", "ndjson_keys"))]
    engine.unregister(_RECORDS)
    if not len(first.lines) and not first.broken:
        raise SourceUnreadable(
            f"{obj.name} is empty: it holds no record",
            hint="have the file delivered again; a day without rows needs no file",
        )
    return shape_of(obj.name, keys, fields, nested=True)


def _check(shape: ObjectShape) -> None:
    for path in shape.missing:
        if nearest(head(path), shape.extra):
            raise missing_column(shape, path)
