"""The one clock of the sandbox."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Seconds since the epoch."""


def moment(seconds: float) -> datetime:
    """The instant, in UTC and whole milliseconds as everything the sandbox shows."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
