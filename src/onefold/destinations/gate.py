"""How many requests are under way at once: as many as help, and no more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from onefold.destinations.clock import Clock

__all__ = ["Gate"]

BEGIN = 64
LOOK_EVERY_S = 0.5
RAISE, GAIN = 1.5, 1.05  # more places at once, and how much more must get through to keep them
CALM_LOOKS = 20  # looks until more places are tried again
STRAIN, REMAIN = 0.1, 0.7  # share of requests that fail for strain, and of places that remain


class Gate:
    """Lets requests through, a changing number at once.

    More places are tried while all are taken and more gets through for it. With the latency they
    bridge, and where the destination is the bottleneck or the rate limit is met, nothing is gained
    and the former number comes back. When more than a few requests fail, it shrinks.
    """

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._under_way = 0
        self.places = min(most, BEGIN)
        self._former, self._best = self.places, 0.0
        self._calm = 0
        self._begin_look()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, and hold it."""
        while self._under_way >= self.places:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._wake()  # it may have been woken for a place that it cannot take now
                raise
        self._under_way += 1
        self._full |= self._under_way >= self.places
        try:
            yield
        finally:
            self._under_way -= 1
            self._wake()

    def answered(self, *, limited: bool) -> None:
        """Count an answer; `limited` says that the rate limit, and nothing else, is in the way."""
        self._answers += 1
        self._limited |= limited
        self._look()

    def failed(self) -> None:
        """Count a request that got no answer, or a 5xx."""
        self._failures += 1
        self._look()

    def _look(self) -> None:
        passed = self._clock.monotonic() - self._since
        seen = self._answers + self._failures
        if passed < LOOK_EVERY_S or seen < self.places:
            return
        if self._failures > STRAIN * seen:
            self._back_to(max(1, int(self.places * REMAIN)))
        elif self._calm:
            self._calm -= 1
        elif not self._limited:
            self._compare(self._answers / passed)
        self._begin_look()
        self._wake()

    def _compare(self, rate: float) -> None:
        if rate <= self._best * GAIN:
            self._back_to(self._former)
            return
        self._best, self._former = rate, self.places
        if self._full:
            self.places = min(self._most, int(self.places * RAISE) + 1)

    def _back_to(self, places: int) -> None:
        self.places = self._former = places
        self._best, self._calm = 0.0, CALM_LOOKS

    def _begin_look(self) -> None:
        self._since = self._clock.monotonic()
        self._answers = self._failures = 0
        self._full = self._limited = False

    def _wake(self) -> None:
        free = self.places - self._under_way
        while self._waiting and free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1
