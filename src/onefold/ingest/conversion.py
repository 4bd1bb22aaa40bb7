"""One value: from what was delivered to the field's type, exactly, or a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.ingest.fixed import query
from onefold.model import FeedField, TypeKind
from onefold.warehouse import call, literal

__all__ = ["Conversion", "as_text", "clock_time", "conversion"]

_SPACE = " \t\r\n\v\f\u00a0\u2003\u2009\u202f\ufeff"
_KEPT_AS_DELIVERED = frozenset({TypeKind.STRING, TypeKind.VARCHAR})
_NESTED = ("STRUCT", "MAP", "UNION")


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """Two trees over a column of text that is not NULL.

    Attributes:
        value: the typed value, NULL when the text is not one.
        reason: a short sentence for that case, without the text itself.
    """

    value: exp.Expr
    reason: exp.Expr


def as_text(column: exp.Expr, engine_type: str, kind: TypeKind) -> exp.Expr:
    """Write a delivered value as text; blank is NULL, and only strings keep space around them.

    Instants are written in UTC, nested values as JSON.
    """
    text = _written(column, engine_type)
    if kind in _KEPT_AS_DELIVERED:
        return _columns("not_blank", {"raw": text})["value"]
    return _columns("trimmed", {"raw": text}, space=literal(_SPACE))["value"]


def _written(column: exp.Expr, engine_type: str) -> exp.Expr:
    name = engine_type.upper()
    if name == "TIMESTAMP WITH TIME ZONE":
        clock = exp.cast(call("timezone", literal("UTC"), column), "TEXT")
        return exp.DPipe(this=clock, expression=literal("Z"))
    if name.startswith(_NESTED) or name.endswith("]"):
        return exp.cast(call("to_json", column), "TEXT")
    return column if name == "VARCHAR" else exp.cast(column, "TEXT")


def clock_time(field: FeedField, text: exp.Expr, engine_type: str) -> exp.Expr | None:
    """Read the local time, a TIMESTAMP, that a datetime field's text states; None for others.

    A step of its own because `conversion` needs it several times.
    """
    if field.type.kind is not TypeKind.DATETIME:
        return None
    written = _format(field, engine_type)
    if written is not None:
        return call("try_strptime", text, literal(written))
    return exp.TryCast(
        this=exp.func("replace", text, literal(","), literal(".")),
        to=exp.DataType.build("TIMESTAMP", dialect="duckdb"),
    )


def _format(field: FeedField, engine_type: str) -> str | None:
    """Give the strptime format that applies: it speaks of values delivered as text only."""
    return field.format if engine_type.upper() == "VARCHAR" else None


def conversion(
    field: FeedField, text: exp.Expr, engine_type: str, clock: exp.Expr | None = None
) -> Conversion:
    """Give the conversion of a field whose value stands in `text`.

    Args:
        field: what to make of it.
        text: a tree of type VARCHAR, from `as_text`.
        engine_type: the type as delivered.
        clock: a tree of the text's `clock_time`, for a datetime.
    """
    written = _format(field, engine_type)
    match field.type.kind:
        case TypeKind.DATE if written:
            return _fragment("date_format", text, **_formatted(written))
        case TypeKind.DATETIME:
            return _datetime(field, text, written, clock or exp.null())
        case TypeKind.DECIMAL:
            return _decimal(field, text)
        case TypeKind.VARCHAR if field.type.length is not None:
            return _fragment("varchar", text, length=literal(field.type.length))
        case TypeKind.VARCHAR:
            return _fragment("string", text)
        case kind:
            return _fragment(str(kind), text)


def _datetime(field: FeedField, text: exp.Expr, written: str | None, clock: exp.Expr) -> Conversion:
    if written is None:
        return _fragment("datetime", text, local=_local_time(clock, field.timezone))
    has_offset = "%z" in written or "%Z" in written  # then strptime gives an instant
    instant = clock if has_offset else _local_time(clock, field.timezone)
    return _fragment("datetime_format", text, clock=clock, instant=instant, **_formatted(written))


def _local_time(written: exp.Expr, zone: str) -> exp.Expr:
    if zone == "UTC":
        return call("timezone", literal(zone), written)
    return _columns("local_time", {"written": written}, zone=literal(zone))["value"]


def _decimal(field: FeedField, text: exp.Expr) -> Conversion:
    precision, scale = field.type.precision or 0, field.type.scale or 0
    found = _fragment("decimal", text, scale=literal(scale), whole=literal(precision - scale))
    for cast in found.value.find_all(exp.TryCast):
        cast.set("to", exp.DataType.build(field.type.engine_type, dialect="duckdb"))
    return found


def _formatted(written: str) -> dict[str, exp.Expr]:
    """Give a format, and the digits that its text must have: %Y alone would take a year 90."""
    digits = "[0-9]{4}" if "%Y" in written else "."
    return {"format": literal(written), "digits": literal(digits)}


def _fragment(name: str, text: exp.Expr, **values: exp.Expr) -> Conversion:
    columns = _columns(name, {"raw": text}, **values)
    return Conversion(value=columns["value"], reason=columns["reason"])


def _columns(name: str, inputs: Mapping[str, exp.Expr], **values: exp.Expr) -> dict[str, exp.Expr]:
    """Load `sql/<name>.sql`, put trees in the place of its input columns and placeholders."""
    tree = query(name, {})
    for column in list(tree.find_all(exp.Column)):
        if column.name in inputs:
            column.replace(inputs[column.name].copy())
    placed = exp.replace_placeholders(exp.tuple_(*tree.selects), **values)
    return {column.alias_or_name: column.unalias() for column in placed.expressions}
