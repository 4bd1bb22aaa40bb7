"""What a written day means: `today`, `90 days ago`, `2027-01-15`, in the project's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from onefold.segments.periods import parse_period

__all__ = ["EXAMPLES", "Clock", "Moment", "is_moment", "parse_moment"]

EXAMPLES = "2027-01-15, today, yesterday, tomorrow, 90 days ago, 2 weeks from now"
_NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_RELATIVE = re.compile(r"(?P<period>.+?) +(?P<direction>ago|from now)", re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?(Z|[+-]\d\d:\d\d)?"
)

Moment = date | datetime  # a whole day of the project's zone, or an instant


@dataclass(frozen=True, slots=True)
class Clock:
    """The run's `as_of` (an aware datetime) seen in the project's zone (an IANA name)."""

    as_of: datetime
    timezone: str

    def __post_init__(self) -> None:
        """Refuse a naive instant: its day would depend on the machine."""
        if self.as_of.tzinfo is None:
            raise ValueError("as_of needs a zone")

    @property
    def zone(self) -> ZoneInfo:
        """The project's zone."""
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> date:
        """The day that `as_of` falls on in the project's zone."""
        return self.as_of.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Give the first instant of a day in the project's zone, in UTC.

        Where the clock goes forward at midnight the day starts when it does; where midnight comes
        twice, the first.
        """
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """Give the first instant after a day in the project's zone, in UTC."""
        return self.start_of(day + timedelta(days=1))

    def instant(self, value: datetime) -> datetime:
        """Give an instant in UTC; a naive one is a wall clock's in the project's zone."""
        aware = value if value.tzinfo else value.replace(tzinfo=self.zone)
        return aware.astimezone(UTC)


def parse_moment(value: str | date | datetime, clock: Clock) -> Moment | None:
    """Read a day or an instant, or return None for a text that is neither.

    Raises:
        OverflowError, ValueError: a date that no calendar has, or a year outside 1 to 9999.
    """
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    if text.lower() in _NAMED_DAYS:
        return clock.today + timedelta(days=_NAMED_DAYS[text.lower()])
    if _ISO_DAY.fullmatch(text):
        return date.fromisoformat(text)
    if _ISO_INSTANT.fullmatch(text):
        return datetime.fromisoformat(text)
    return _relative_day(text, clock)


def is_moment(text: str) -> bool:
    """Tell whether a text reads as a day or an instant."""
    try:
        return parse_moment(text, Clock(datetime(2000, 1, 1, tzinfo=UTC), "UTC")) is not None
    except (OverflowError, ValueError):
        return False


def _relative_day(text: str, clock: Clock) -> date | None:
    match = _RELATIVE.fullmatch(text)
    period = parse_period(match["period"]) if match else None
    if match is None or period is None:
        return None
    ago = match["direction"].lower() == "ago"
    return period.before(clock.today) if ago else period.after(clock.today)
