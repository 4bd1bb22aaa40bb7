"""Keeping to a limit of requests: never above it, and near it when there is much to send."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from onefold.destinations.clock import Clock
from onefold.destinations.config import Window
from onefold.destinations.turns import OwnTurns, Turns
from onefold.model import Draw, Drawn

__all__ = ["Limiter"]

SLOTS = 100  # in a window whose begin nobody knows
JITTER_SLOTS = 2  # by so much may requests draw nearer to each other on the way
MOST_LAG = 20  # slots that a draw may take
GUARD_S = 2.0  # around the full hour: clocks differ, and requests travel
BLOCK_SHARE = 20  # a block of turns is at most this fraction of a limit
LARGEST_BLOCK = 200


class Limiter:
    """Gives turns to send within one or several limits that all hold.

    Where a destination counts by the hour of the clock, so do we, and around the full hour nobody
    sends. Of a shorter window nobody knows when it begins, so every span of its length keeps to the
    limit: then it holds wherever the destination's windows begin, and however far its clock is off.

    Turns are drawn in blocks, so that it costs nothing to ask for one. A block lasts for one slot;
    what is left of it goes back with the next draw, or leaves the window with its slot when this
    process dies.

    The wall clock is read once; from there the monotonic clock counts, so that a clock set back or
    forward opens no window twice.

    Args:
        windows: the limits.
        clock: the time.
        name: whose limits they are, the same in every process that shares them.
        share: the part of each limit to use, above 0 up to 1.
        turns: where turns are counted; in this process alone when absent.

    Attributes:
        waits: how often somebody had to wait for a turn.
    """

    def __init__(
        self,
        windows: Iterable[Window],
        clock: Clock,
        *,
        name: str = "",
        share: float = 1.0,
        turns: Turns | None = None,
    ) -> None:
        self._clock = clock
        self._started = clock.now() - clock.monotonic()
        self._meters = [_Meter(window, name, share) for window in windows]
        self._turns = turns or OwnTurns()
        self._drawing = asyncio.Lock()
        self._held_until = 0.0
        self.waits = 0

    async def turn(self) -> None:
        """Wait for a turn and take it."""
        while True:
            now = self._now()
            wait_s = self._closed_for(now)
            if wait_s > 0:
                self.waits += 1
                await self._clock.sleep(wait_s)
            elif all(meter.left(now) for meter in self._meters):
                for meter in self._meters:
                    meter.use()
                return
            else:
                await self._draw()

    def hold(self, seconds: float) -> None:
        """Give no turn for so long: the destination said that the limit is used up."""
        self._held_until = max(self._held_until, self._now() + seconds)

    def learn(self, window_s: int, requests: int) -> None:
        """Keep to a lower limit than was known, as the destination tells it."""
        for meter in self._meters:
            if meter.window.seconds == window_s and requests > 0:
                meter.requests = min(meter.requests, requests)

    async def close(self) -> None:
        """Give back what was drawn and not used."""
        draws = [draw for meter in self._meters if (draw := meter.give_back(self._now()))]
        if draws:
            await self._turns.draw(draws)

    async def _draw(self) -> None:
        async with self._drawing:
            now = self._now()
            empty = [meter for meter in self._meters if not meter.left(now)]
            if not empty or self._closed_for(now) > 0:
                return  # somebody else drew in the meantime
            wishes = [meter.wish(now) for meter in empty]
            drawn = await self._turns.draw(wishes)
            took_s = self._now() - now
            for meter, wish, one in zip(empty, wishes, drawn, strict=True):
                meter.fill(wish, one, took_s)

    def _closed_for(self, now: float) -> float:
        """Give for how many seconds nobody gets a turn."""
        free_at = max((meter.free_at(now) for meter in self._meters), default=now)
        return max(free_at, self._held_until) - now

    def _now(self) -> float:
        return self._started + self._clock.monotonic()


@dataclass(frozen=True, slots=True)
class _Slots:
    """How a window is cut into slots, and how many of them count beside the present one."""

    ms: int
    counting: int
    guard_s: float = 0.0

    @classmethod
    def of(cls, window: Window) -> _Slots:
        if window.on_the_clock:
            return cls(ms=window.seconds * 1_000, counting=0, guard_s=GUARD_S)
        return cls(ms=window.seconds * 1_000 // SLOTS, counting=SLOTS + JITTER_SLOTS)

    def at(self, now: float) -> int:
        """Give the slot of a moment."""
        return int(now * 1_000) // self.ms

    def begin(self, slot: int) -> float:
        """Give a moment right after a slot's begin."""
        return (slot * self.ms + 0.5) / 1_000

    def guarded_until(self, now: float) -> float:
        """Give when the time around the full hour is over; now, when it is not that time."""
        seconds = self.ms / 1_000
        inside = now % seconds
        if inside < self.guard_s:
            return now - inside + self.guard_s
        if inside > seconds - self.guard_s:
            return now - inside + seconds + self.guard_s
        return now


class _Meter:
    """One limit: its block of turns, and when there are more."""

    def __init__(self, window: Window, name: str, share: float) -> None:
        self.window = window
        self.requests = window.requests
        self._share = share
        self._limit = f"{name}/{window.seconds}"
        self._slots = _Slots.of(window)
        self._last_slot, self._left = -1, 0  # the block: until when, and how many
        self._empty_until = 0.0
        self._lag = 0  # slots until a draw is answered

    def left(self, now: float) -> int:
        """Give how many turns are left of the block."""
        return self._left if self._slots.at(now) <= self._last_slot else 0

    def use(self) -> None:
        """Use one turn."""
        self._left -= 1

    def free_at(self, now: float) -> float:
        """Give from when there may be a turn."""
        open_at = self._slots.guarded_until(now)
        return open_at if self.left(now) else max(open_at, self._empty_until)

    def wish(self, now: float) -> Draw:
        """Ask for a block; what is left of the former goes back.

        It counts in the slot in which its last turn may be used, never in an earlier one.
        """
        most = max(1, int(self.requests * self._share))
        return replace(
            self._back(now), turns=min(max(1, most // BLOCK_SHARE), LARGEST_BLOCK), most=most
        )

    def give_back(self, now: float) -> Draw | None:
        """Give back what is left of the block, or None when nothing is."""
        return self._back(now) if self._left else None

    def fill(self, wish: Draw, drawn: Drawn, took_s: float) -> None:
        """Take what was drawn."""
        self._last_slot, self._left = wish.slot, drawn.turns
        if not self._slots.guard_s:
            self._lag = min(math.ceil(took_s * 1_000 / self._slots.ms), MOST_LAG)
        if not drawn.turns:
            self._empty_until = self._slots.begin(drawn.oldest + self._slots.counting + 1)

    def _back(self, now: float) -> Draw:
        slot = self._slots.at(now)
        return Draw(
            limit=self._limit,
            slot=slot + self._lag,
            oldest=slot - self._slots.counting,
            turns=0,
            most=0,
            unused=(self._last_slot, self._left),
        )
