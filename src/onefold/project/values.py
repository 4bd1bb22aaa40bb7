"""Values that project files write as text: names, percentages, limits, bounds, time zones."""

from __future__ import annotations

import operator
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from onefold.errors import nearest
from onefold.project.variables import is_unresolved

__all__ = [
    "PERCENT",
    "PLAIN_NAME",
    "Bound",
    "Duration",
    "GuardBound",
    "PlainName",
    "RejectLimit",
    "Share",
    "Timezone",
    "made_plain",
    "nearest_hint",
    "percent",
    "wrong",
]

PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
PLAIN_RULE = "a-z, 0-9 and _, a letter first, at most 63 characters"
PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_DURATION = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_BOUND = re.compile(r"(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*(%?)")


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """Make the error that a validator raises; message and hint reach people as they are."""
    return PydanticCustomError("onefold", "{message}", {"message": message, "hint": hint})


def nearest_hint(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Say which known name was probably meant, or which there are."""
    close = nearest(name, known)
    if close:
        return f"nearest: {close}"
    return f"known: {', '.join(sorted(known))}" if known else ""


def made_plain(text: str) -> str:
    """Return the plain name that looks most like a text, or nothing."""
    ascii_only = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    found = PLAIN_NAME.search(re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_"))
    return found[0] if found else ""


def plain_name(text: str) -> str:
    """Return a name that needs no quoting in SQL, in a path or in a URL."""
    if not PLAIN_NAME.fullmatch(text) and not is_unresolved(text):
        plain = made_plain(text)
        hint = f"write {plain}" if plain else f"use {PLAIN_RULE}"
        raise wrong(f"`{text}` is not a plain name", hint)
    return text


PlainName = Annotated[
    str,
    AfterValidator(plain_name),
    Field(json_schema_extra={"pattern": f"^{PLAIN_NAME.pattern}$"}),
]


def percent(share: Decimal) -> str:
    """Write a share from 0 to 1 as people do: `12.5%`."""
    return f"{(share * 100).normalize():f}%"


def _share(value: object) -> Decimal:
    match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or Decimal(match[1]) > 100:  # noqa: PLR2004  # a whole is 100 %
        raise wrong(f"`{value}` is not a percentage", "write it from 0% to 100%, with its sign")
    return Decimal(match[1]) / 100


PercentText = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d+)?\s*%$")]
Share = Annotated[Decimal, PlainValidator(_share, json_schema_input_type=PercentText)]
"""A part of a whole from 0 to 1, written as a percentage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How much is too much: a share of all rows (0 to 1), or a number of rows; one is None."""

    share: Decimal | None = None
    rows: int | None = None

    def __str__(self) -> str:
        """Write it as project files do."""
        return f"{self.rows} rows" if self.share is None else percent(self.share)


def _limit(value: object) -> Limit:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Limit(rows=value)
    if isinstance(value, str) and PERCENT.fullmatch(value.strip()):
        return Limit(share=_share(value))
    raise wrong(
        f"`{value}` is neither a percentage nor a number of rows",
        "write 1% for a share of the rows, or a whole number for rows",
    )


RejectLimit = Annotated[
    Limit,
    PlainValidator(_limit, json_schema_input_type=PercentText | Annotated[int, Field(ge=0)]),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A comparison that must hold, such as `>= 1000` or `<= 5%`.

    Attributes:
        operator: `>=`, `<=`, `>` or `<`.
        limit: the number on its right; a percentage is a share from 0 (`5%` is 0.05).
        is_share: whether it was written as a percentage.
    """

    operator: Literal[">=", "<=", ">", "<"]
    limit: Decimal
    is_share: bool

    def __str__(self) -> str:
        """Write it as project files do."""
        number = percent(self.limit) if self.is_share else f"{self.limit:f}"
        return f"{self.operator} {number}"

    def holds(self, number: Decimal | int) -> bool:
        """Tell whether a number (for a percentage: a share from 0) is within the bound.

        Exact numbers only: as a float, 0.05 is a little more than 5 %.
        """
        return bool(_COMPARE[self.operator](number, self.limit))


def _bound(value: object) -> Bound:
    match = _BOUND.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise wrong(f"`{value}` is not a bound", 'write it in quotes, such as ">= 1000" or "<= 5%"')
    comparison, number, sign = match.groups()
    limit = Decimal(number) / 100 if sign else Decimal(number)
    return Bound(operator=comparison, limit=limit, is_share=bool(sign))  # type: ignore[arg-type]  # the pattern has these four


BoundText = Annotated[str, Field(pattern=rf"^{_BOUND.pattern}$")]
GuardBound = Annotated[Bound, PlainValidator(_bound, json_schema_input_type=BoundText)]


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise wrong(f"`{value}` is not a time", "write 7d, 12h or 30m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


DurationText = Annotated[str, Field(pattern=rf"^{_DURATION.pattern}$")]
Duration = Annotated[timedelta, PlainValidator(_duration, json_schema_input_type=DurationText)]
"""A length of time above 0: minutes, hours, days or weeks."""


def _timezone(name: str) -> str:
    if is_unresolved(name):
        return name
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = nearest(name, available_timezones())
        hint = f"nearest: {close}" if close else "write an IANA zone, such as Europe/Paris"
        raise wrong(f"`{name}` is not a time zone", hint) from None
    return name


Timezone = Annotated[str, AfterValidator(_timezone)]
"""An IANA time zone, such as Europe/Paris."""
