"""How many requests are under way: judged by what gets through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from onefold.destinations import VirtualClock
from onefold.destinations.gate import Gate


class Far:
    """A destination with a latency, and a number of requests that it works on at once."""

    def __init__(self, clock: VirtualClock, *, latency_s: float, at_once: int) -> None:
        self.clock = clock
        self.latency_s = latency_s
        self.at_once = at_once
        self.busy_until = [0.0] * at_once
        self.answered = 0

    async def ask(self) -> None:
        place = min(range(self.at_once), key=self.busy_until.__getitem__)
        begin = max(self.clock.now(), self.busy_until[place])
        self.busy_until[place] = begin + self.latency_s
        await self.clock.sleep(self.busy_until[place] - self.clock.now())
        self.answered += 1


async def work(
    gate: Gate, far: Far, *, seconds: float, fails: Callable[[int], bool] = lambda _: False
) -> list[int]:
    """Send as fast as the gate lets, and give its places second by second."""
    clock, places, sent = far.clock, list[int](), 0
    end = clock.now() + seconds

    async def worker() -> None:
        nonlocal sent
        while clock.now() < end:
            async with gate.place():
                sent += 1
                failing = fails(sent)
                await far.ask()
                gate.failed() if failing else gate.answered(limited=False)

    async def look() -> None:
        while clock.now() < end:
            places.append(gate.places)
            await clock.sleep(1.0)

    await asyncio.gather(look(), *(worker() for _ in range(300)))
    return places


async def test_latency_is_bridged() -> None:
    clock = VirtualClock()
    far = Far(clock, latency_s=0.15, at_once=10_000)
    places = await work(Gate(256, clock), far, seconds=4)
    assert places[0] == 64
    assert places[-1] == 256
    assert far.answered >= 3 * 256 / 0.15 * 0.8


async def test_where_nothing_is_gained_the_number_stays_small() -> None:
    clock = VirtualClock()
    far = Far(clock, latency_s=0.15, at_once=70)
    places = await work(Gate(256, clock), far, seconds=12)
    assert max(places[5:]) <= 160
    assert far.answered >= 12 * 70 / 0.15 * 0.9


async def test_who_fails_gets_less() -> None:
    clock = VirtualClock()
    far = Far(clock, latency_s=0.1, at_once=10_000)
    places = await work(Gate(256, clock), far, seconds=8, fails=lambda number: number % 2 == 0)
    assert places[-1] <= 10


async def test_a_few_failures_change_nothing() -> None:
    clock = VirtualClock()
    far = Far(clock, latency_s=0.15, at_once=10_000)
    places = await work(Gate(256, clock), far, seconds=4, fails=lambda number: number % 50 == 0)
    assert places[-1] == 256


async def test_the_limit_in_the_way_is_no_reason_for_more() -> None:
    clock = VirtualClock()
    gate = Gate(256, clock)
    for _ in range(1_000):
        async with gate.place():
            await clock.sleep(0.01)
            gate.answered(limited=True)
    assert gate.places == 64


@pytest.mark.parametrize("most", [1, 4])
async def test_never_more_than_the_settings_allow(most: int) -> None:
    clock = VirtualClock()
    gate = Gate(most, clock)
    under_way = peak = 0

    async def one() -> None:
        nonlocal under_way, peak
        async with gate.place():
            under_way += 1
            peak = max(peak, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(one() for _ in range(50)))
    assert peak == most


async def test_who_is_cancelled_while_waiting_loses_no_place() -> None:
    gate = Gate(1, VirtualClock())
    inside, leave = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with gate.place():
            inside.set()
            await leave.wait()

    first = asyncio.create_task(hold())
    await inside.wait()
    waiting = [asyncio.create_task(hold()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    leave.set()
    await asyncio.wait_for(asyncio.gather(first, *waiting[1:]), timeout=5)
