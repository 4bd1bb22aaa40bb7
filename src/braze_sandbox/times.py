"""The forms of a time that Braze recognises, and the one in which the sandbox shows it."""

import re
from datetime import UTC, datetime

MAX_YEAR = 3000

_LENGTHS = range(len("2026-01-05"), len("2026-01-05T09:30:00.123456789+00:00") + 1)

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?", re.ASCII
)
_COLON_BEFORE_MILLIS = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}):(\d{3})(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_US_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_WEEKDAY_FIRST = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{2}) (\d{2}) (\d{2}:\d{2}:\d{2})\."
    r"(?:UTC|GMT|(Z|[+-]\d{2}:?\d{2})) (\d{4})",
    re.ASCII,
)


def read_time(text: str) -> datetime | None:
    """The instant that `text` names, in UTC and whole milliseconds; None when it is no time.

    A time without a zone is UTC. Years outside 1 to 3000 are no times.
    """
    iso = _as_iso(text)
    if iso is None:
        return None
    try:
        moment = datetime.fromisoformat(iso)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year > MAX_YEAR:
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def looks_like_time(text: str) -> bool:
    """Whether `text` has the form of a time, be it a possible one or not."""
    return _as_iso(text) is not None


def show_time(moment: datetime) -> str:
    """`2026-01-05T09:30:00.000Z`."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _as_iso(text: str) -> str | None:
    """The same time in ISO 8601; None when the form is none of the documented ones."""
    if len(text) not in _LENGTHS or not (text[0].isdigit() or text[3] == " "):
        return None  # nearly every string ends here, without a regular expression
    if _ISO.fullmatch(text):
        return text
    if match := _COLON_BEFORE_MILLIS.fullmatch(text):
        return f"{match[1]}.{match[2]}{match[3] or ''}"
    if match := _US_DATE.fullmatch(text):
        return f"{match[3]}-{match[1]}-{match[2]}"
    if match := _WEEKDAY_FIRST.fullmatch(text):
        return f"{match[5]}-{match[1]}-{match[2]}T{match[3]}{match[4] or ''}"
    return None
