"""Values as people write them, turned into literals of a column's type, or refused with reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from onefold.model import TypeKind
from onefold.segments.clock import EXAMPLES, Clock, Moment, parse_moment
from onefold.segments.operators import Family
from onefold.segments.refusals import Path, RuleError
from onefold.segments.rules import Scalar
from onefold.segments.scope import Field
from onefold.warehouse import literal

__all__ = ["Span", "number", "span", "text"]

LARGEST_INTEGER = 2**63 - 1
MOST_DIGITS = 38  # of a decimal, in all
EXACT_DIGITS = 15  # of a float: the engine reads so many as a decimal without loss


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """What a written day or instant covers in a column.

    Attributes:
        start: the first value that belongs to it.
        end: the last value that belongs to it; with `open` the first that no longer does.
        open: the column holds instants and the span is a whole day.
        begins, ends: start and end as values, to compare two spans of one column.
    """

    start: exp.Expr
    end: exp.Expr
    open: bool
    begins: Any
    ends: Any


def number(value: Scalar, field: Field, path: Path) -> exp.Expr:
    """Write a number for a column of numbers, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        quoted = isinstance(value, str) and value.strip().lstrip("+-").replace(".", "", 1).isdigit()
        raise _refused(value, "a number", field, path, "write it without quotes" if quoted else "")
    exact = Decimal(repr(value))
    kind = field.type.kind if field.type else None
    if kind is TypeKind.INTEGER:
        return _integer(exact, value, field, path)
    if kind is TypeKind.DECIMAL:
        return _decimal(exact, value, field, path)
    plain = format(exact, "f")
    short = sum(map(str.isdigit, plain)) <= EXACT_DIGITS
    return exp.Literal.number(plain if short else f"{exact:e}")


def text(value: Scalar, field: Field, path: Path) -> exp.Expr:
    """Write a text for a column of texts."""
    if not isinstance(value, str):
        raise _refused(value, "a text", field, path, f'write it in quotes: "{value}"')
    return literal(value)


def span(value: Scalar, field: Field, clock: Clock, path: Path) -> Span:
    """Write the days or instants that a value covers, for a column of dates or of datetimes."""
    moment = _moment(value, field, clock, path)
    if field.family is Family.DATE:
        if isinstance(moment, datetime):
            raise _refused(value, "a day", field, path, "leave the time of the day out")
        day = exp.cast(exp.Literal.string(moment.isoformat()), "date")
        return Span(start=day, end=day, open=False, begins=moment, ends=moment)
    if isinstance(moment, datetime):
        return _instants(clock.instant(moment), None, field, clock)
    try:
        return _instants(clock.start_of(moment), clock.end_of(moment), field, clock)
    except OverflowError as error:
        raise _refused(value, "a day of the years 1 to 9999", field, path) from error


def _instants(start: datetime, end: datetime | None, field: Field, clock: Clock) -> Span:
    return Span(
        start=_instant(start, field, clock),
        end=_instant(end or start, field, clock),
        open=end is not None,
        begins=start,
        ends=end or start,
    )


def _moment(value: Scalar, field: Field, clock: Clock, path: Path) -> Moment:
    known = None
    if isinstance(value, str | date):
        try:
            known = parse_moment(value, clock)
        except (OverflowError, ValueError) as error:
            raise _refused(value, "a day of any calendar", field, path) from error
    if known is None:
        raise _refused(value, "a day", field, path, f"days: {EXAMPLES}")
    return known


def _instant(instant: datetime, field: Field, clock: Clock) -> exp.Expr:
    """Write an instant; a column without a zone holds wall clocks of the project's zone."""
    local = instant.astimezone(clock.zone)
    if "TIME ZONE" in field.engine_type.upper():
        return exp.cast(exp.Literal.string(local.isoformat(sep=" ")), "timestamptz")
    wall_clock = local.replace(tzinfo=None).isoformat(sep=" ")
    return exp.cast(exp.Literal.string(wall_clock), "timestamp")


def _integer(exact: Decimal, value: Scalar, field: Field, path: Path) -> exp.Expr:
    if exact != exact.to_integral_value():
        raise _refused(value, "a whole number", field, path)
    if abs(exact) > LARGEST_INTEGER:
        raise _refused(value, "a number of at most 64 bits", field, path)
    return exp.Literal.number(format(exact.to_integral_value(), "f"))


def _decimal(exact: Decimal, value: Scalar, field: Field, path: Path) -> exp.Expr:
    scale = field.type.scale or 0 if field.type else 0
    if exact != round(exact, scale):
        raise _refused(value, f"a number with at most {scale} digits after the point", field, path)
    if abs(exact) >= Decimal(10) ** (MOST_DIGITS - scale):
        raise _refused(value, f"a number of at most {MOST_DIGITS} digits", field, path)
    return exp.Literal.number(format(exact, "f"))


def _refused(value: Scalar, wanted: str, field: Field, path: Path, hint: str = "") -> RuleError:
    shown = repr(value) if isinstance(value, str) else str(value)
    return RuleError(
        f"value {shown} is not {wanted} for {field.label} ({field.kind})", path=path, hint=hint
    )
