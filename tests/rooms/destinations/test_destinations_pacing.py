from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from onefold.destinations import Contract, Limits, VirtualClock, Window
from onefold.destinations.braze.endpoints import Bucket
from onefold.destinations.pacing import Limiter

DAY_S = 86_400


class Far:
    """A destination: requests need a while to get there, and its clock is not ours."""

    def __init__(self, windows: tuple[Window, ...], *, off_s: float, seed: int) -> None:
        self.windows = windows
        self.off_s = off_s
        self.random = Random(seed)
        self.counts: dict[Window, Counter[int]] = {window: Counter() for window in windows}

    def take(self, now: float) -> None:
        arrives = now + self.random.uniform(0.15, 0.2)
        for window, counts in self.counts.items():
            begin = 0.0 if window.on_the_clock else 1.2345
            counts[int((arrives + self.off_s - begin) // window.seconds)] += 1

    def most(self, window: Window) -> int:
        return max(self.counts[window].values())


@pytest.mark.parametrize(
    ("contract", "off_s"),
    [
        (Contract.DATA_POINTS, 0.7),
        (Contract.LEGACY, -1.1),
        (Contract.MAU, 1.4),
        (Contract.MAU, -1.4),
    ],
)
async def test_a_day_is_used_and_no_limit_is_ever_passed(contract: Contract, off_s: float) -> None:
    """Scaled down: a burst of 3 in 3 s, and on MAU contracts 3,000 an hour of 3,600 possible."""
    hourly = 3_000 if contract is Contract.MAU else None
    limits = Limits(contract=contract, burst=Window(3, 3), requests_per_hour=hourly)
    windows = limits.windows(Bucket.TRACK)
    clock = VirtualClock(now=1_767_225_600.0 + 700)
    limiter, far = Limiter(windows, clock), Far(windows, off_s=off_s, seed=1)
    began = clock.now()
    while clock.now() < began + DAY_S:
        await limiter.turn()
        far.take(clock.now())
    for window in windows:
        assert far.most(window) <= window.requests
    hours = 24 + (hourly is not None)  # 24 hours that begin within one touch 25 of the clock's
    allowed = DAY_S if hourly is None else hourly * hours
    assert sum(far.counts[windows[0]].values()) >= 0.95 * allowed


@pytest.mark.parametrize("off_s", [-1.4, 0.3])
async def test_the_whole_burst_in_ten_seconds_of_each_hour(off_s: float) -> None:
    (window,) = Limits().windows(Bucket.TRACK)
    clock = VirtualClock()
    limiter, far = Limiter([window], clock), Far((window,), off_s=off_s, seed=2)
    for hour in range(24):
        began, sent = clock.now(), 0
        while clock.now() < began + 9.3:
            await limiter.turn()
            await clock.sleep(0.0) if not sent % 500 else None
            far.take(clock.now())
            sent += 1
        assert sent >= 3 * 3_000  # bursts at 0, 3.1 and 6.2 s
        await clock.sleep(3_600 + hour - (clock.now() - began))
    assert far.most(window) <= window.requests


async def test_every_bucket_keeps_to_its_limit() -> None:
    for bucket in Bucket:
        (window,) = Limits().windows(bucket)
        if window.on_the_clock:
            continue
        clock = VirtualClock()
        limiter, far = Limiter([window], clock), Far((window,), off_s=0.7, seed=3)
        began, turns = clock.now(), 3 * window.requests
        for _ in range(turns):
            await limiter.turn()
            far.take(clock.now())
        assert far.most(window) <= window.requests, bucket
        ideal_s = (turns / window.requests - 1) * window.seconds
        assert clock.now() - began <= ideal_s / 0.95, bucket


async def test_a_share_of_the_limit() -> None:
    clock = VirtualClock()
    limiter = Limiter([Window(100, 60)], clock, share=0.6)
    far = Far((Window(100, 60),), off_s=0.0, seed=4)
    for _ in range(500):
        await limiter.turn()
        far.take(clock.now())
    assert far.most(Window(100, 60)) == 60


async def test_a_lower_limit_is_learned_and_a_higher_one_is_not() -> None:
    clock = VirtualClock()
    limiter = Limiter([Window(100, 60)], clock)
    limiter.learn(60, 250)
    limiter.learn(60, 40)
    limiter.learn(3, 5)  # of another window
    far = Far((Window(100, 60),), off_s=0.0, seed=5)
    for _ in range(400):
        await limiter.turn()
        far.take(clock.now())
    assert far.most(Window(100, 60)) == 40


async def test_around_the_full_hour_nobody_sends() -> None:
    clock = VirtualClock(now=3_600.0 * 490_000 - 1)
    limiter = Limiter([Window(1_000, 3_600)], clock)
    await limiter.turn()
    assert clock.now() == 3_600.0 * 490_000 + 2


async def test_many_senders_share_one_limit() -> None:
    clock = VirtualClock()
    limiter = Limiter([Window(10, 3)], clock)
    sent: list[float] = []

    async def sender() -> None:
        for _ in range(20):
            await limiter.turn()
            sent.append(clock.now())

    await asyncio.gather(*(sender() for _ in range(7)))
    assert len(sent) == 140
    assert all(later - sooner > 3 for sooner, later in zip(sent, sent[10:], strict=False))
    assert sent[-1] - sent[0] <= 13 * 3 / 0.95


async def test_a_hold_stops_everybody() -> None:
    clock = VirtualClock()
    limiter = Limiter([Window(100, 3)], clock)
    began = clock.now()
    limiter.hold(20)
    limiter.hold(5)  # a shorter one does not shorten it
    await asyncio.gather(limiter.turn(), limiter.turn())
    assert clock.now() == began + 20


class SetClock(VirtualClock):
    """A machine whose wall clock somebody sets."""

    set_by = 0.0

    def now(self) -> float:
        return super().now() + self.set_by


@pytest.mark.parametrize("set_by", [-3_600.0, 3_600.0])
async def test_a_clock_that_is_set_opens_no_window_twice(set_by: float) -> None:
    clock = SetClock()
    limiter = Limiter([Window(5, 3)], clock)
    sent = []
    for turn in range(40):
        if turn == 7:
            clock.set_by = set_by
        await limiter.turn()
        sent.append(clock.monotonic())
    assert all(
        later - sooner >= 3 for sooner, later in zip(sent, sent[5:], strict=False) if later - sooner
    )
    assert 21 <= sent[-1] - sent[0] <= 21 / 0.95
    assert all(sooner <= later for sooner, later in pairwise(sent))


async def test_without_windows_nobody_waits() -> None:
    clock = VirtualClock()
    limiter = Limiter((), clock)
    for _ in range(1_000):
        await limiter.turn()
    assert clock.slept_s == []
