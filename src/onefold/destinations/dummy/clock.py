"""A clock that jumps: a day of pacing and waiting takes a moment."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count

__all__ = ["VirtualClock"]


class VirtualClock:
    """Time stands still until everybody sleeps; then it jumps to the first who wakes.

    Attributes:
        slept_s: the waits that were asked for, in seconds, in order.
    """

    def __init__(self, now: float = 1_767_225_600.0) -> None:  # 2026-01-01T00:00:00Z
        self._now = now
        self._tickets = count()
        self._sleepers: list[tuple[float, int]] = []
        self.slept_s: list[float] = []

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the epoch, too: this clock is never set."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let time jump, when all who are to wake earlier have woken."""
        self.slept_s.append(seconds)
        mine = (self._now + max(seconds, 0.0), next(self._tickets))
        heappush(self._sleepers, mine)
        try:
            await asyncio.sleep(0)
            while self._sleepers[0] != mine:  # noqa: ASYNC110 - all others may be asleep
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self._sleepers.remove(mine)
            self._sleepers.sort()
            raise
        heappop(self._sleepers)
        self._now = max(self._now, mine[0])
