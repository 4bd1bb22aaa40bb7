"""Keeping to a limit of requests: never above it, and near it when there is much to send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onefold.destinations.clock import Clock
from onefold.destinations.config import Window

__all__ = ["Limiter"]


class Limiter:
    """Gives turns to send, within fixed windows aligned to the epoch.

    The wall clock is read once; from there the monotonic clock counts, so that a clock set back or
    forward opens no window twice. A constant delay on the way shifts every window alike and does
    not crowd the destination's; for jitter, use less than the whole limit.
    """

    def __init__(self, windows: Iterable[Window], clock: Clock) -> None:
        self._clock = clock
        self._started = clock.now() - clock.monotonic()
        self._meters = [_Meter(window) for window in windows]
        self._held_until = 0.0

    async def turn(self) -> None:
        """Wait for a turn and take it."""
        while (wait_s := self.reserve(self._now())) > 0:
            await self._clock.sleep(wait_s)

    def reserve(self, now: float) -> float:
        """Take a turn at this moment (0.0), or take none and say how many seconds to wait.

        Args:
            now: seconds since the epoch; must not go back.
        """
        free_at = max((meter.free_at(now) for meter in self._meters), default=now)
        free_at = max(free_at, self._held_until)
        if free_at > now:
            return free_at - now
        for meter in self._meters:
            meter.count()
        return 0.0

    def hold(self, seconds: float) -> None:
        """Give no turn for so long: the destination said that the limit is used up."""
        self._held_until = max(self._held_until, self._now() + seconds)

    def _now(self) -> float:
        return self._started + self._clock.monotonic()


@dataclass(slots=True)
class _Meter:
    """How much of one window is used."""

    window: Window
    begin: float = 0.0
    used: int = 0

    def free_at(self, now: float) -> float:
        """Enter the window of `now`, and say from when there is a turn in it or in the next."""
        begin = now - now % self.window.seconds
        if begin > self.begin:
            self.begin, self.used = begin, 0
        return now if self.used < self.window.requests else self.begin + self.window.seconds

    def count(self) -> None:
        """Use one turn."""
        self.used += 1
