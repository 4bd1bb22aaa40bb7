"""Braze's contract in plain Python, as its documentation says it: what a value is kept as.

Written from `docs/reference/braze-sandbox.md` and Braze's own pages, without a look at onefold's
destination: the oracle of these tests.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

Cell = tuple[str, Any]
"""The type that Braze keeps a value as, and the value as it shows it."""


class Refused:
    """A value that Braze would not keep: it is not sent, and what is there stays."""


REFUSED: Final = Refused()

_STANDARD = {"first_name", "last_name", "email", "phone", "home_city", "country", "gender", "dob"}
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_LOCAL}(\.{_LOCAL})*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{{2,}}")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")


def stored(field: str, sent: Any) -> Cell:
    """What Braze keeps of a JSON value that it was sent."""
    if isinstance(sent, bool):
        return "boolean", sent
    if isinstance(sent, int):
        return "integer", sent
    if isinstance(sent, float):
        return "float", sent
    assert isinstance(sent, str), sent
    if field not in _STANDARD and _TIME.fullmatch(sent):
        return "time", _shown(datetime.fromisoformat(sent))
    return "string", sent


def wanted(field: str, value: Any) -> Cell | Refused | None:
    """What Braze should keep of a table's value; None: nothing, the value is empty."""
    if value is None:
        return None
    if isinstance(value, str):
        return _text(field, unicodedata.normalize("NFC", value))
    if isinstance(value, bool | int):
        return _whole(value)
    if isinstance(value, Decimal | float):
        return "float", float(value)
    return ("string", value.isoformat()) if field == "dob" else ("time", _shown(value))


def _whole(value: int) -> Cell | Refused:
    if isinstance(value, bool):
        return "boolean", value
    return ("integer", value) if abs(value) <= 2**53 else REFUSED


def _text(field: str, value: str) -> Cell | Refused:
    value = _NORMAL.get(field, _as_it_is)(value)
    pattern = _PATTERNS.get(field)
    if len(value) > 255 or (pattern and not pattern.fullmatch(value)):
        return REFUSED
    return "string", value


def _as_it_is(value: str) -> str:
    return value


_NORMAL: Mapping[str, Callable[[str], str]] = {
    "email": lambda value: value.strip().lower(),
    "phone": lambda value: re.sub(r"[\s().-]", "", value),
    "country": lambda value: value.strip().upper(),
    "gender": lambda value: {"MALE": "M", "FEMALE": "F"}.get(value.upper(), value.upper()),
}
_PATTERNS = {
    "email": _EMAIL,
    "phone": _PHONE,
    "country": re.compile("[A-Z]{2}"),
    "gender": re.compile("[MFONP]"),
}


def _shown(moment: date) -> str:
    """An instant in UTC with milliseconds; a date is its first instant."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
