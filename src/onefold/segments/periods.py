"""Spans of days as people write them: `30 days`, `2 weeks`, `1 month`, `3 years`."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

__all__ = ["Period", "Unit", "parse_period"]

_WRITTEN = re.compile(r"(\d{1,6}) +(day|week|month|year)s?", re.IGNORECASE)
MONTHS_A_YEAR = 12


class Unit(StrEnum):
    """The units of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """A count of calendar units."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """Write it as project files do: `1 day`, `30 days`."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def before(self, day: date) -> date:
        """Go back from a day. Months keep the day of the month, or take the month's last day.

        Raises:
            OverflowError: the year would leave 1 to 9999.
        """
        return self._shift(day, -self.count)

    def after(self, day: date) -> date:
        """Go forward from a day; see `before`."""
        return self._shift(day, self.count)

    def _shift(self, day: date, count: int) -> date:
        match self.unit:
            case Unit.DAY:
                return day + timedelta(days=count)
            case Unit.WEEK:
                return day + timedelta(weeks=count)
            case Unit.MONTH:
                return _add_months(day, count)
            case Unit.YEAR:
                return _add_months(day, MONTHS_A_YEAR * count)


def parse_period(text: str) -> Period | None:
    """Read a period, or return None for a text that is none."""
    match = _WRITTEN.fullmatch(text.strip())
    return None if match is None else Period(int(match[1]), Unit(match[2].lower()))


def _add_months(day: date, count: int) -> date:
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + count, MONTHS_A_YEAR)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("year out of range")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
