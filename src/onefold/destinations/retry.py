"""Trying a request again: when, after which wait, and what is known when all tries failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

from onefold.destinations.clock import Clock
from onefold.destinations.config import Retrying
from onefold.destinations.pacing import Limiter
from onefold.destinations.port import Departing, Stayed, Undelivered
from onefold.errors import Final
from onefold.model import Answer

__all__ = ["Persistence", "Setback"]


class Setback(Exception):
    """One try failed in a way that may pass.

    Attributes:
        reason: what happened, for people; no secrets.
        maybe_arrived: whether the destination may have taken the request nevertheless.
        wait_s: the wait that the destination asked for, which holds for every request.
    """

    def __init__(self, reason: str, *, maybe_arrived: bool, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_arrived = maybe_arrived
        self.wait_s = wait_s


class Persistence:
    """Tries requests until one is answered or its tries are used up."""

    def __init__(self, *, retrying: Retrying, clock: Clock, random: Random) -> None:
        self._retrying = retrying
        self._clock = clock
        self._random = random
        self._answered = 0  # requests that got an answer, whoever sent them

    async def deliver(
        self,
        attempt: Callable[[], Awaitable[Answer]],
        departing: Departing | None,
        stayed: Stayed | None = None,
        *,
        limiter: Limiter,
        repeatable: bool = True,
    ) -> Answer:
        """Try until there is an answer.

        Args:
            attempt: sends once.
            departing: see `Departing`.
            stayed: see `Stayed`.
            limiter: gives a turn to each try.
            repeatable: whether to try again after a try that may have arrived.

        Raises:
            Undelivered: every try failed; or one may have arrived, and a later one was refused, or
                must not be made: then nobody knows what became of the first.
            Final: the request is refused, and no earlier try can have arrived.
        """
        setbacks: list[Setback] = []
        spent, seen = 0, self._answered
        while True:
            await limiter.turn()
            if departing is not None:
                await departing()
            try:
                answer = await attempt()
            except Setback as setback:
                setbacks.append(setback)
                if stayed is not None and not any(one.maybe_arrived for one in setbacks):
                    await stayed()
                # A turn lost to a full window is no failure while others get theirs.
                others_got_on = setback.wait_s is not None and self._answered > seen
                spent += not others_got_on
                seen = self._answered
            except Final as refusal:
                if any(setback.maybe_arrived for setback in setbacks):
                    raise _undelivered(setbacks, str(refusal)) from refusal
                raise
            else:
                self._answered += 1
                return replace(answer, retries=len(setbacks))
            doubled = setbacks[-1].maybe_arrived and not repeatable
            if spent == self._retrying.tries or doubled:
                raise _undelivered(setbacks, setbacks[-1].reason)
            await self._pause(setbacks, limiter)

    async def _pause(self, setbacks: list[Setback], limiter: Limiter) -> None:
        """Wait as asked for, all requests alike; else longer and longer, this request alone."""
        asked = setbacks[-1].wait_s
        if asked is not None:
            limiter.hold(asked)
            return
        backoff = self._retrying.backoff_s * 2.0 ** (len(setbacks) - 1)
        most = min(backoff, self._retrying.longest_backoff_s)
        await self._clock.sleep(self._random.uniform(most / 2, most))


def _undelivered(setbacks: list[Setback], reason: str) -> Undelivered:
    arrived = any(setback.maybe_arrived for setback in setbacks)
    return Undelivered(
        f"{reason} (tried {len(setbacks)} times)",
        surely_not_sent=not arrived,
        hint="run again: what was not acknowledged is compared and sent anew",
        retry_after_s=setbacks[-1].wait_s,
    )
