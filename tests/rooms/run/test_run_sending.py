"""The send loop against the dummy: what becomes of every row of a change set."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onefold.destinations import (
    Attribute,
    Dummy,
    DummySettings,
    Retrying,
    Undelivered,
    VirtualClock,
)
from onefold.errors import Final, Interrupted
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ATTRIBUTES, IdentifierKind, parse_type
from onefold.run import RunOptions, SendTally, instant
from onefold.run.sending import Delivery, send
from onefold.store import Store
from onefold.warehouse import Engine, EngineSettings, Tables

FIELDS = (Attribute(name="n", type=parse_type("integer")),)
ROWS = 160  # three requests: 75, 75, 10


@dataclass
class Shop:
    """A change set on its way to a dummy."""

    store: Store
    engine: Engine
    ledger: Ledger
    dummy: Dummy
    clock: VirtualClock = field(default_factory=VirtualClock)
    tally: SendTally = field(default_factory=SendTally)
    asked: int = 0
    stop_after: int = 10**9

    async def send(self, *, rows: int = ROWS, in_flight: int = 4) -> None:
        self.engine.table(
            "changes",
            f"SELECT 'p' || i AS _identifier, i AS _person_id, ['n'] AS _changed, i AS n "
            f"FROM range({rows}) AS t(i)",
        )
        channel = self.dummy.channel(ATTRIBUTES, FIELDS)
        cut = channel.cut(self.engine, "changes")
        intent = self.ledger.intend(
            cut.relation, run_id="r", now=instant(self.clock), price={}, scopes={}
        )
        try:
            await send(
                store=self.store,
                destination=self.dummy,
                delivery=Delivery(
                    read=lambda first, last: channel.requests(
                        self.engine, cut.relation, first, last
                    ),
                    chunks=intent.change_set.chunks,
                    change_sets={channel.array: intent.change_set},
                ),
                clock=self.clock,
                seed=1,
                in_flight=in_flight,
                still_ours=self.ask,
                stopping=lambda: self.asked >= self.stop_after,
                progress=lambda _rows: None,
                tally=self.tally,
            )
        finally:
            self.ledger.close()

    def ask(self) -> None:
        self.asked += 1

    def held(self) -> dict[str, Any]:
        """What the ledger takes for acknowledged."""
        state = self.ledger.state(now=instant(self.clock))
        query = f"SELECT _identifier, n FROM {state} WHERE len(coalesce(_unsettled, [])) = 0"
        return {row[0]: row[1] for row in self.engine.rows(query)} if state else {}

    def unsettled(self) -> set[str]:
        """Those of whom nobody knows what arrived."""
        state = self.ledger.state(now=instant(self.clock))
        query = f"SELECT _identifier FROM {state} WHERE len(_unsettled) > 0"
        return {row[0] for row in self.engine.rows(query)} if state else set()

    def refused(self) -> set[str]:
        view = self.ledger.quarantined()
        return (
            {row[0] for row in self.engine.rows(f"SELECT _identifier FROM {view}")}
            if view
            else set()
        )

    def taken(self) -> dict[str, Any]:
        return {name: person["n"] for name, person in self.dummy.people.items()}


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    store = Store(tmp_path / "store")
    engine = Engine(EngineSettings(spill_folder=tmp_path, threads=1, memory_limit="300MB"))
    key = LedgerKey(
        workspace="w", identifier=IdentifierKind.EXTERNAL_ID, object="attributes", endpoint="e"
    )
    settings = DummySettings(
        retrying=Retrying(tries=2),
        **getattr(request, "param", {}),
    )
    ledger = Ledger(
        store, Tables(engine, store.folder, {}), key, LedgerSettings(settle=timedelta(0))
    )
    yield Shop(store, engine, ledger, Dummy(settings))
    engine.close()
    store.close()


def poisoned(*numbers: int) -> dict[str, Any]:
    return {"poison": frozenset(f"p{number}" for number in numbers)}


def everybody(*but: int) -> dict[str, int]:
    return {f"p{number}": number for number in range(ROWS) if number not in but}


@pytest.mark.parametrize(
    "shop", [poisoned(0), poisoned(74), poisoned(3, 4, 5, 80, 149), poisoned(159)], indirect=True
)
async def test_the_guilty_rows_are_found_and_nobody_else_is_touched(shop: Shop) -> None:
    await shop.send()
    guilty = shop.dummy.settings.poison
    assert shop.refused() == guilty
    assert shop.taken() == shop.held() == everybody(*(int(name[1:]) for name in guilty))
    assert (shop.tally.refused, shop.tally.acknowledged) == (len(guilty), ROWS - len(guilty))
    assert shop.tally.refused_for == {"the dummy is poisoned": len(guilty)}
    assert shop.asked <= 3 + 14 * len(guilty)  # requests that left


@pytest.mark.parametrize("shop", [poisoned(*range(ROWS))], indirect=True)
async def test_a_fault_of_the_request_is_not_sought_in_its_rows_for_ever(shop: Shop) -> None:
    with pytest.raises(Final, match="poisoned"):
        await shop.send()
    assert shop.asked <= 3 + 2 * 75
    assert shop.refused() == set()  # nothing was proven against any of them: the next run tries
    assert shop.held() == shop.taken() == {}


@pytest.mark.parametrize("shop", [poisoned(*range(120))], indirect=True)
async def test_however_many_are_guilty_the_innocent_get_through(shop: Shop) -> None:
    await shop.send()
    assert shop.taken() == shop.held() == everybody(*range(120))
    assert shop.refused() == shop.dummy.settings.poison


@pytest.mark.parametrize("stop_after", range(1, 16))
@pytest.mark.parametrize("shop", [poisoned(7, 30)], indirect=True)
async def test_stopped_between_two_halves_nothing_is_taken_for_what_it_is_not(
    shop: Shop, stop_after: int
) -> None:
    shop.stop_after = stop_after
    with suppress(Interrupted):
        await shop.send()
    assert shop.held() == shop.taken()
    assert shop.refused() <= shop.dummy.settings.poison


@pytest.mark.parametrize("die_after", range(1, 16, 2))
@pytest.mark.parametrize("shop", [poisoned(7, 30)], indirect=True)
async def test_dead_between_two_halves_what_arrived_is_known_or_listed(
    shop: Shop, die_after: int
) -> None:
    sending = asyncio.create_task(shop.send())
    while shop.asked < die_after and not sending.done():  # noqa: ASYNC110 - a count, no event
        await asyncio.sleep(0)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    held, taken, unsettled = shop.held(), shop.taken(), shop.unsettled()
    assert held.items() <= taken.items()
    assert taken.keys() <= held.keys() | unsettled
    assert not held.keys() & unsettled
    assert shop.refused() <= shop.dummy.settings.poison


@pytest.mark.parametrize("shop", [{"retry_prob": 1.0}], indirect=True)
async def test_stopped_while_it_waits_to_try_again_nothing_counts_as_sent(shop: Shop) -> None:
    shop.stop_after = 3  # all three requests have left once, and nothing was taken
    with pytest.raises(Interrupted):
        await shop.send()
    assert (shop.asked, shop.taken(), shop.held(), shop.unsettled()) == (3, {}, {}, set())


@pytest.mark.parametrize("shop", [{"retry_prob": 1.0, "max_objects": 1}], indirect=True)
async def test_an_end_comes_to_an_end_however_much_was_still_to_be_sent(shop: Shop) -> None:
    sending = shop.send(rows=800, in_flight=RunOptions().in_flight)
    with pytest.raises(Undelivered, match="busy"):
        await asyncio.wait_for(sending, 60)
    assert shop.taken() == shop.held() == {}
