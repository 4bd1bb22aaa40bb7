"""What a written day or instant covers in a column of dates or of datetimes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlglot import exp

from onefold.segments.clock import EXAMPLES, Clock, Moment, parse_moment
from onefold.segments.literals import not_a
from onefold.segments.operators import Family
from onefold.segments.refusals import Path
from onefold.segments.rules import Scalar
from onefold.segments.scope import Field

__all__ = ["Span", "span"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The values of a column that a written day or instant covers.

    Attributes:
        begins: the first of them: a date, an aware instant, or a wall clock (naive).
        ends: the last of them; of a whole day in a column of datetimes, the first value after it.
        open: `ends` no longer belongs to it.
    """

    begins: Any
    ends: Any
    open: bool = False

    @property
    def start(self) -> exp.Expr:
        """`begins` as a literal."""
        return _literal(self.begins)

    @property
    def end(self) -> exp.Expr:
        """`ends` as a literal."""
        return _literal(self.ends)


def span(value: Scalar, field: Field, clock: Clock, path: Path) -> Span:
    """Read a value as days or instants of a column.

    Raises:
        RuleError: it is none, no calendar has it, or it is a time for a column of dates.
    """
    moment = _moment(value, field, clock, path)
    if field.family is Family.DATE:
        if isinstance(moment, datetime):
            raise not_a("day", value, field, path, hint="leave the time of the day out")
        return Span(begins=moment, ends=moment)
    zoned = "TIME ZONE" in field.engine_type.upper()
    try:
        if not isinstance(moment, datetime):
            return (_day if zoned else _wall_clock_day)(moment, clock)
        instant = clock.instant(moment).astimezone(clock.zone)
    except OverflowError as error:
        raise not_a("day of the years 2 to 9998", value, field, path) from error
    point = instant if zoned else instant.replace(tzinfo=None)
    return Span(begins=point, ends=point)


def _day(day: date, clock: Clock) -> Span:
    start, end = (edge.astimezone(clock.zone) for edge in (clock.start_of(day), clock.end_of(day)))
    return Span(begins=start, ends=end, open=True)


def _wall_clock_day(day: date, _: Clock) -> Span:
    """Give a day of a column without a zone, whose days are plain: no clock changes in them."""
    midnight = datetime.combine(day, time.min)
    return Span(begins=midnight, ends=midnight + timedelta(days=1), open=True)


def _moment(value: Scalar, field: Field, clock: Clock, path: Path) -> Moment:
    known = None
    if isinstance(value, str | date):
        try:
            known = parse_moment(value, clock)
        except (OverflowError, ValueError) as error:
            raise not_a("day of any calendar", value, field, path) from error
    if known is None:
        raise not_a("day", value, field, path, hint=f"days: {EXAMPLES}")
    return known


def _literal(value: Moment) -> exp.Expr:
    if not isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    engine_type = "timestamptz" if value.tzinfo else "timestamp"
    return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), engine_type)
