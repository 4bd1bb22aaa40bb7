"""The rows of a delivery, typed and judged: one query, built as a tree."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from onefold.ingest.config import FeedConfig
from onefold.ingest.conversion import Conversion, as_text, clock_time, conversion
from onefold.ingest.keys import record_key
from onefold.model import FeedField
from onefold.warehouse import call, column, ident, literal, select

__all__ = ["typed_rows"]


def typed_rows(feed: FeedConfig, types: Mapping[str, str], *, source: str) -> exp.Select:
    """Build the rows of a delivery, in layers: texts, clock times, values, problems, the key.

    Args:
        feed: what to make of them.
        types: the engine's type of each delivered column.
        source: the relation that holds the delivery.

    Returns:
        A query with the parameters `$file` and `$delivery`, its columns as `staging.stage` says.
    """
    file = _parameter("file", "VARCHAR")
    texts = select(
        "_line",
        "_broken",
        "_raw",
        *(_given(field, types).as_(_text_name(field), quoted=True) for field in feed.fields),
        source=source,
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
        record_key(feed, file.copy()).as_("_key"),
        file.copy().as_("_file"),
        column("_line"),
        _parameter("delivery", "INTEGER").as_("_delivery"),
        column("_problems"),
        _evidence(feed).as_("_raw"),
    ).from_(judged.subquery("judged"))


def _parameter(name: str, engine_type: str) -> exp.Expr:
    return exp.cast(exp.Placeholder(this=name), engine_type, dialect="duckdb")


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
