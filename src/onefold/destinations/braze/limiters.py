"""One limiter for each of Braze's rate limits, which learns from every answer."""

from __future__ import annotations

from collections.abc import Mapping

from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.endpoints import Bucket, endpoint
from onefold.destinations.braze.waits import standing
from onefold.destinations.clock import Clock
from onefold.destinations.pacing import Limiter
from onefold.destinations.request import Request
from onefold.destinations.turns import Turns

__all__ = ["Limiters"]


class Limiters:
    """The limiters of a workspace, made when first needed."""

    def __init__(self, settings: BrazeSettings, clock: Clock, turns: Turns | None) -> None:
        self._settings = settings
        self._clock = clock
        self._turns = turns
        self._limiters: dict[Bucket, Limiter] = {}

    def of(self, request: Request) -> Limiter:
        """Give the limiter that a request waits for."""
        bucket = endpoint(request.method, request.path).bucket
        if bucket not in self._limiters:
            limits = self._settings.limits
            self._limiters[bucket] = Limiter(
                limits.windows(bucket),
                self._clock,
                name=f"{self._settings.workspace}/{bucket}",
                share=limits.use_at_most,
                turns=self._turns,
            )
        return self._limiters[bucket]

    def learn(self, request: Request, headers: Mapping[str, str]) -> None:
        """Learn what an answer's headers tell: a lower limit, or that nothing is left of it."""
        told = standing(headers, self._clock.now())
        if told is None:
            return
        bucket = endpoint(request.method, request.path).bucket
        window = self._settings.limits.windows(bucket)[0]
        limiter = self.of(request)
        limiter.learn(window.seconds, told.limit)
        if told.remaining == 0 and told.reset_s is not None and told.reset_s <= window.seconds:
            limiter.hold(told.reset_s)

    async def close(self) -> None:
        """Give back what was drawn and not used."""
        for limiter in self._limiters.values():
            await limiter.close()
