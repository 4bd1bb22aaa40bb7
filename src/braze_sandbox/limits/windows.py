"""Fixed windows aligned to the epoch (so that those of an hour are the clock's hours)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from braze_sandbox.clock import Clock
from braze_sandbox.limits.buckets import Bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many requests in each window of so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a client stands after asking for one more request.

    Of several windows the longest is told of; a refused client waits for all that are full.
    """

    allowed: bool
    limit: int
    remaining: int
    resets_at: int
    """Seconds since the epoch."""
    resets_in_s: int
    retry_after_s: int


class Window:
    """The current window of one limit."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self.number = -1
        self.used = 0

    def move_to(self, now: float) -> None:
        """Begin anew when `now` lies in another window."""
        number = int(now // self.limit.seconds)
        if number != self.number:
            self.number, self.used = number, 0

    @property
    def full(self) -> bool:
        """Whether no request has room any more."""
        return self.used >= self.limit.requests

    @property
    def ends(self) -> float:
        """When the window ends, in seconds since the epoch."""
        return (self.number + 1) * self.limit.seconds


class Windows:
    """The windows of all buckets, shared by all keys as Braze's are by a workspace."""

    def __init__(self, limits: Mapping[Bucket, Sequence[RateLimit]], clock: Clock) -> None:
        self._clock = clock
        self._by_bucket = {
            bucket: sorted(map(Window, several), key=lambda window: window.limit.seconds)
            for bucket, several in limits.items()
            if several
        }

    def take(self, bucket: Bucket) -> Standing | None:
        """Ask for one request; None when the bucket has no limit. A refused one costs nothing."""
        windows = self._by_bucket.get(bucket)
        if windows is None:
            return None
        now = self._clock()
        for window in windows:
            window.move_to(now)
        full = [window for window in windows if window.full]
        if not full:
            for window in windows:
                window.used += 1
        told = windows[-1]
        opens = max((window.ends for window in full), default=told.ends)
        return Standing(
            allowed=not full,
            limit=told.limit.requests,
            remaining=told.limit.requests - told.used,
            resets_at=math.ceil(told.ends),
            resets_in_s=max(1, math.ceil(told.ends - now)),
            retry_after_s=max(1, math.ceil(opens - now)),
        )
