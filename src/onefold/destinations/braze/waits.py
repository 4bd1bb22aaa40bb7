"""What headers say of a rate limit. Braze says it in several ways, and not every contract alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

__all__ = ["Standing", "asked_wait_s", "standing"]

EPOCH_FROM = 1_000_000_000  # a larger number is a moment, a smaller one a number of seconds
LONGEST_S = 3_600.0  # the longest window there is
MOMENT_S = 0.05  # windows end a little later than they say


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rate limit stands.

    Attributes:
        limit: requests in a window.
        remaining: requests that are left of it; on some contracts an approximation.
        reset_s: seconds until the window ends, or None when nothing readable is said.
    """

    limit: int
    remaining: int
    reset_s: float | None


def standing(headers: Mapping[str, str], now: float) -> Standing | None:
    """Read `X-RateLimit-Limit`, `-Remaining` and `-Reset`, or give None when they are not there.

    Args:
        headers: names in any case.
        now: seconds since the epoch.
    """
    given = {name.lower(): value.strip() for name, value in headers.items()}
    limit, remaining = (given.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining"))
    if not (limit.isdecimal() and remaining.isdecimal()):
        return None
    reset_s = _seconds(given.get("x-ratelimit-reset", ""), now)
    return Standing(int(limit), int(remaining), None if reset_s is None else max(reset_s, 0.0))


def asked_wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Give the seconds to wait, or None when nothing readable is said.

    `X-Ratelimit-Retry-After` and `Retry-After` are seconds; `X-RateLimit-Reset` is seconds or a
    moment, by contract.

    Args:
        headers: names in any case.
        now: seconds since the epoch.
    """
    given = {name.lower(): value.strip() for name, value in headers.items()}
    for name in ("x-ratelimit-retry-after", "retry-after", "x-ratelimit-reset"):
        if name in given:
            seconds = _seconds(given[name], now)
            if seconds is not None:
                return min(max(seconds, 0.0), LONGEST_S) + MOMENT_S
    return None


def _seconds(text: str, now: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return _until_date(text, now)
    if not math.isfinite(number):
        return None
    return number - now if number > EPOCH_FROM else number


def _until_date(text: str, now: float) -> float | None:
    """Read the other form of `Retry-After` that HTTP allows."""
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except ValueError:
        return None
