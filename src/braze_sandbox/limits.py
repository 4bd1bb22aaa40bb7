"""Rate limits in fixed windows aligned to the epoch, and the headers that tell of them."""

import math
from dataclasses import dataclass

from braze_sandbox.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many requests in each window of so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a client stands after asking for one more request."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after_s: int

    def limit_headers(self) -> dict[str, str]:
        """The headers of every answer; `reset` in seconds since the epoch."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
        }

    def retry_headers(self) -> dict[str, str]:
        """The header of a refusal alone."""
        return {"x-ratelimit-retry-after": str(self.retry_after_s)}


class Window:
    """The current window of one limit, shared by all keys as Braze's are by a workspace."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._number = -1
        self._used = 0

    def take(self) -> Standing:
        """Ask for one request."""
        now = self._clock()
        number = int(now // self._limit.seconds)
        if number != self._number:
            self._number, self._used = number, 0
        allowed = self._used < self._limit.requests
        self._used += allowed
        ends = (number + 1) * self._limit.seconds
        return Standing(
            allowed=allowed,
            limit=self._limit.requests,
            remaining=self._limit.requests - self._used,
            reset=math.ceil(ends),
            retry_after_s=max(1, math.ceil(ends - now)),
        )
