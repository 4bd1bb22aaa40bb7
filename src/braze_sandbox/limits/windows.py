"""Fixed windows aligned to the epoch (so that those of an hour are the clock's hours)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from braze_sandbox.clock import Clock
from braze_sandbox.limits.buckets import Bucket

HOUR = 3_600


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

    bucket: Bucket
    allowed: bool
    limit: int
    remaining: int
    remaining_lately: int
    """As it was up to a second ago."""
    resets_at: int
    """Seconds since the epoch."""
    resets_in_s: int
    retry_after_s: int


class Window:
    """The current window of one limit."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self.began = -inf
        self.used = 0

    def move_to(self, now: float, *, aligned: bool) -> None:
        """Begin anew when the window has ended; hours are always the clock's."""
        span = self.limit.seconds
        if aligned or span >= HOUR:
            began = now // span * span
        else:
            began = self.began if now < self.began + span else now
        if began != self.began:
            self.began, self.used = began, 0

    @property
    def full(self) -> bool:
        """Whether no request has room any more."""
        return self.used >= self.limit.requests

    @property
    def remaining(self) -> int:
        """How many requests still have room."""
        return self.limit.requests - self.used

    @property
    def ends(self) -> float:
        """When the window ends, in seconds since the epoch."""
        return self.began + self.limit.seconds


class Windows:
    """The windows of all buckets, shared by all keys as Braze's are by a workspace."""

    def __init__(self, limits: Mapping[Bucket, Sequence[RateLimit]], clock: Clock) -> None:
        self._clock = clock
        self._by_bucket = {
            bucket: sorted(map(Window, several), key=lambda window: window.limit.seconds)
            for bucket, several in limits.items()
            if several
        }
        self._lately: dict[Bucket, tuple[float, int]] = {}

    def take(self, bucket: Bucket, *, aligned: bool = True) -> Standing | None:
        """Ask for one request; None when the bucket has no limit. A refused one costs nothing.

        Args:
            bucket: What is asked for.
            aligned: Whether short windows are aligned to the epoch, or begin with a request.
        """
        windows = self._by_bucket.get(bucket)
        if windows is None:
            return None
        now = self._clock()
        for window in windows:
            window.move_to(now, aligned=aligned)
        full = [window for window in windows if window.full]
        if not full:
            for window in windows:
                window.used += 1
        told = windows[-1]
        opens = max((window.ends for window in full), default=told.ends)
        return Standing(
            bucket=bucket,
            allowed=not full,
            limit=told.limit.requests,
            remaining=told.remaining,
            remaining_lately=self._remaining_lately(bucket, told, now),
            resets_at=math.ceil(told.ends),
            resets_in_s=max(1, math.ceil(told.ends - now)),
            retry_after_s=max(1, math.ceil(opens - now)),
        )

    def show(self, *, aligned: bool = True) -> Iterator[tuple[Bucket, Window]]:
        """Every window as it stands now."""
        now = self._clock()
        for bucket, windows in self._by_bucket.items():
            for window in windows:
                window.move_to(now, aligned=aligned)
                yield bucket, window

    def used(self) -> dict[str, tuple[float, int]]:
        """When each window that was used began, and how much of it is used."""
        return {
            f"{bucket.id} {window.limit.seconds:g}": (window.began, window.used)
            for bucket, windows in self._by_bucket.items()
            for window in windows
            if window.used
        }

    def restore(self, used: Mapping[str, tuple[float, int]]) -> None:
        """Take back how much is used."""
        for bucket, windows in self._by_bucket.items():
            for window in windows:
                kept = used.get(f"{bucket.id} {window.limit.seconds:g}")
                window.began, window.used = kept or (window.began, window.used)

    def _remaining_lately(self, bucket: Bucket, told: Window, now: float) -> int:
        """What remained after the first request of this second."""
        second, remaining = self._lately.get(bucket, (-inf, 0))
        if now // 1 != second:
            second, remaining = now // 1, told.remaining
            self._lately[bucket] = second, remaining
        return remaining
