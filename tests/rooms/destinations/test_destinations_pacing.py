from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from onefold.destinations import Contract, Limits, VirtualClock, Window
from onefold.destinations.pacing import Limiter

DAY_S = 86_400


async def test_a_day_under_the_data_points_contract() -> None:
    """For ten seconds of every hour there is more to send than the limit allows."""
    limits = Limits(contract=Contract.DATA_POINTS, use_at_most=1.0)
    clock = VirtualClock()
    limiter = Limiter(limits.windows, clock)
    began = clock.now()
    sent: Counter[float] = Counter()
    while clock.now() < began + DAY_S:
        until = clock.now() + 10
        while clock.now() < until:
            await limiter.turn()
            sent[clock.now() // 3] += 1
        await clock.sleep(3_600 - clock.now() % 3_600)
    assert len(sent) >= 24 * 3
    assert max(sent.values()) <= 3_000
    busy = [window for window in sent if window + 1 in sent]  # windows that were not left early
    assert len(busy) >= 24 * 2
    assert sum(sent[window] for window in busy) >= 0.95 * 3_000 * len(busy)


async def test_a_day_under_a_mau_contract() -> None:
    limits = Limits(
        contract=Contract.MAU, requests_per_hour=5_000, burst=Window(40, 3), use_at_most=1.0
    )
    clock = VirtualClock()
    limiter = Limiter(limits.windows, clock)
    began = clock.now()
    by_hour: Counter[float] = Counter()
    by_burst: Counter[float] = Counter()
    while clock.now() < began + DAY_S:
        await limiter.turn()
        by_hour[clock.now() // 3_600] += 1
        by_burst[clock.now() // 3] += 1
    assert max(by_hour.values()) <= 5_000
    assert max(by_burst.values()) <= 40
    assert sum(by_hour.values()) >= 0.95 * 5_000 * 24


async def test_many_senders_share_one_limit() -> None:
    clock = VirtualClock()
    limiter = Limiter([Window(10, 3)], clock)
    sent: Counter[float] = Counter()

    async def sender() -> None:
        for _ in range(20):
            await limiter.turn()
            sent[clock.now() // 3] += 1

    await asyncio.gather(*(sender() for _ in range(7)))
    assert sum(sent.values()) == 140
    assert set(sent.values()) == {10}


async def test_windows_are_aligned_to_the_epoch() -> None:
    begin = 3.0 * 600_000_000
    clock = VirtualClock(now=begin + 0.5)
    limiter = Limiter([Window(1, 3)], clock)
    moments = []
    for _ in range(3):
        await limiter.turn()
        moments.append(clock.now() - begin)
    assert moments == [0.5, 3.0, 6.0]


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
    assert sent[-1] - sent[0] == 21
    assert all(sooner <= later for sooner, later in pairwise(sent))


async def test_without_windows_nobody_waits() -> None:
    clock = VirtualClock()
    limiter = Limiter((), clock)
    for _ in range(1_000):
        await limiter.turn()
    assert clock.slept_s == []
