"""Turns of rate limits: however many processes draw them, together they keep to the limit."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import Popen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.model import Draw
from onefold.store import Store

COUNTING = 5


def wish(slot: int, turns: int, *, unused: tuple[int, int] = (0, 0), limit: str = "w/3") -> Draw:
    return Draw(limit=limit, slot=slot, oldest=slot - COUNTING, turns=turns, most=10, unused=unused)


async def draw(store: Store, *wishes: Draw) -> list[int]:
    return [drawn.turns for drawn in await store.turns.draw(wishes)]


async def test_what_is_taken_is_taken_for_all(store: Store) -> None:
    other = Store(store.folder)
    assert await draw(store, wish(100, 6)) == [6]
    assert await draw(other, wish(100, 6)) == [4]
    assert await draw(store, wish(101, 1)) == [0]
    assert await draw(other, wish(100, 6, limit="another/3")) == [6]
    other.close()


async def test_turns_come_back_when_their_slot_counts_no_more(store: Store) -> None:
    """Those of a dead process, too: nobody need give them back."""
    await draw(store, wish(100, 10))
    (drawn,) = await store.turns.draw([wish(105, 1)])
    assert (drawn.turns, drawn.oldest) == (0, 100)
    assert await draw(store, wish(106, 11)) == [10]


async def test_unused_turns_go_back(store: Store) -> None:
    await draw(store, wish(100, 10))
    assert await draw(store, wish(101, 10, unused=(100, 7))) == [7]


async def test_a_clock_that_is_a_little_ahead_counts(store: Store) -> None:
    await draw(store, wish(102, 8))
    assert await draw(store, wish(100, 8)) == [2]


async def test_draws_of_several_limits_happen_at_once(store: Store) -> None:
    assert await draw(store, wish(1, 3), wish(1, 4, limit="w/3600")) == [3, 4]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), max_size=20))
async def test_no_span_of_slots_holds_more_than_the_limit(
    store: Store, steps: list[tuple[int, int]]
) -> None:
    limit, slot, taken = f"{len(steps)}/{steps}", 100, dict[int, int]()
    for ahead, turns in steps:
        slot += ahead
        (granted,) = await draw(store, wish(slot, turns, limit=limit))
        taken[slot] = taken.get(slot, 0) + granted
        assert sum(taken.get(slot - back, 0) for back in range(COUNTING + 1)) <= 10
        most = 10 - sum(taken.get(slot - back, 0) for back in range(COUNTING + 1))
        assert granted == turns or most == 0  # and none is held back


@pytest.mark.parametrize("others", [1])
def test_two_processes_never_pass_the_limit_together(
    process: Callable[[str], Popen[str]], others: int
) -> None:
    code = """
    import asyncio, time
    from onefold.destinations import SystemClock, Window
    from onefold.destinations.pacing import Limiter

    async def send():
        limiter = Limiter([Window(60, 1)], SystemClock(), name="w", turns=store.turns)
        end = time.time() + 3
        while time.time() < end:
            await limiter.turn()
            print(time.time(), flush=True)
            await asyncio.sleep(0.001)

    asyncio.run(send())
    """
    started = [process(code) for _ in range(1 + others)]
    moments = sorted(
        float(line) for one in started for line in one.communicate(timeout=60)[0].split()
    )
    assert all(later - sooner > 1 for sooner, later in zip(moments, moments[60:], strict=False))
    assert len(moments) >= 0.9 * 60 * (moments[-1] - moments[0])
