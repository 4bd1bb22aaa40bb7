"""Deliveries converted into one table: typed values, keys, and what is wrong with each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
from sqlglot import exp

from onefold.errors import SqlError
from onefold.ingest.config import FeedConfig
from onefold.ingest.conversion import Conversion, as_text, clock_time, conversion
from onefold.ingest.keys import record_key
from onefold.model import FeedField
from onefold.warehouse import Engine, call, column, ident, literal, relation, select

__all__ = ["Delivery", "stage"]

Delivery = tuple[str, pa.RecordBatchReader]
"""An object's name, and its rows as `sources.read` gives them."""

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
    names: list[str] = []
    for name, reader in deliveries:
        _insert(engine, feed, staged, name, reader, number=len(names))
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


def _insert(
    engine: Engine,
    feed: FeedConfig,
    staged: str,
    name: str,
    reader: pa.RecordBatchReader,
    *,
    number: int,
) -> None:
    types = _engine_types(engine, reader.schema)
    watched = _Watched(reader)
    engine.register(_DELIVERED, watched.reader)
    try:
        engine.run(exp.insert(_typed(feed, types, name, number), relation(staged)))
    except SqlError as error:
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


def _engine_types(engine: Engine, schema: pa.Schema) -> Mapping[str, str]:
    """Ask the engine what it makes of the delivered types, without touching the delivery."""
    engine.register(_DELIVERED, schema.empty_table())
    try:
        return {found.name: found.engine_type for found in engine.relation_columns(_DELIVERED)}
    finally:
        engine.unregister(_DELIVERED)


def _typed(feed: FeedConfig, types: Mapping[str, str], file: str, number: int) -> exp.Select:
    """Build the rows to insert, in layers: texts, clock times, values, problems, the key."""
    texts = select(
        "_line",
        "_broken",
        "_raw",
        *(_given(field, types).as_(_text_name(field), quoted=True) for field in feed.fields),
        source=_DELIVERED,
    )
    clocks = exp.select(exp.Star(), *_clocks(feed, types)).from_(texts.subquery("given"))
    values = exp.select(
        exp.Star(),
        *(_conversion(field, types).value.as_(field.name, quoted=True) for field in feed.fields),
    ).from_(clocks.subquery("read"))
    judged = exp.select(exp.Star(), _problems(feed, types).as_("_problems")).from_(
        values.subquery("converted")
    )
    return exp.select(
        *(column(field.name) for field in feed.fields),
        record_key(feed, literal(file)).as_("_key"),
        literal(file).as_("_file"),
        column("_line"),
        literal(number).as_("_delivery"),
        column("_problems"),
        _evidence(feed).as_("_raw"),
    ).from_(judged.subquery("judged"))


def _given(field: FeedField, types: Mapping[str, str]) -> exp.Expr:
    return as_text(column(field.name), types[field.name], field.type.kind)


def _clocks(feed: FeedConfig, types: Mapping[str, str]) -> list[exp.Expr]:
    found = [(field, clock_time(field, _text(field), types[field.name])) for field in feed.fields]
    return [
        clock.as_(_clock(field).name, quoted=True) for field, clock in found if clock is not None
    ]


def _conversion(field: FeedField, types: Mapping[str, str]) -> Conversion:
    return conversion(field, _text(field), types[field.name], _clock(field))


def _clock(field: FeedField) -> exp.Column:
    return column(f"_clock_{field.name}")


def _text_name(field: FeedField) -> str:
    return f"_text_{field.name}"


def _text(field: FeedField) -> exp.Column:
    return column(_text_name(field))


def _problems(feed: FeedConfig, types: Mapping[str, str]) -> exp.Expr:
    """List everything that is wrong with a row; NULL when nothing is."""
    broken = column("_broken")
    wrong = [_wrong(feed, field) for field in feed.fields]
    found = [
        exp.Case().when(
            condition.copy(), _problem(literal(field.name), _reason(field, types), _text(field))
        )
        for field, condition in zip(feed.fields, wrong, strict=True)
    ]
    stands = exp.Lambda(
        this=column("problem").is_(exp.null()).not_(), expressions=[ident("problem")]
    )
    listed = call("list_filter", exp.array(*found), stands)
    return (
        exp.Case()
        .when(
            broken.is_(exp.null()).not_(),
            exp.array(_problem(exp.null(), broken.copy(), exp.null())),
        )
        .when(exp.or_(*wrong), listed)
    )


def _wrong(feed: FeedConfig, field: FeedField) -> exp.Expr:
    """A value that was given and is not of the type, or a key's value that was not given."""
    no_value = column(field.name).is_(exp.null())
    if field.name in feed.primary_key:
        return no_value
    return exp.and_(no_value, _text(field).is_(exp.null()).not_())


def _reason(field: FeedField, types: Mapping[str, str]) -> exp.Expr:
    missing = literal("the primary key is missing")
    reason = _conversion(field, types).reason
    return exp.Case().when(_text(field).is_(exp.null()), missing).else_(reason)


def _problem(field: exp.Expr, reason: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Build STRUCT(field, reason, value)."""
    parts = {"field": field, "reason": reason, "value": value}
    pairs = [
        exp.PropertyEQ(this=ident(name), expression=exp.cast(part, "TEXT"))
        for name, part in parts.items()
    ]
    return exp.Struct(expressions=pairs)


def _evidence(feed: FeedConfig) -> exp.Expr:
    """Keep what was delivered of a row that is wrong: its bytes, or its fields' texts as JSON."""
    texts = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=ident(field.name), expression=_text(field)) for field in feed.fields
        ]
    )
    as_json = exp.cast(call("to_json", texts), "TEXT")
    encoded = call("encode", as_json)
    given = exp.func("coalesce", column("_raw"), encoded)
    return exp.Case().when(column("_problems").is_(exp.null()).not_(), given)
