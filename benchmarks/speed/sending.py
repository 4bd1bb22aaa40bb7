"""Changes to the sandbox, unpaced: requests a second, and memory; prints JSON.

People are made, prepared, compared with an empty ledger, cut, recorded, sent and settled, by what
a run does it with. The same bodies are then sent by a bare client, in the same process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

import aiohttp
import psutil

from onefold.app import start_sandbox
from onefold.app.house import DEFAULT_MEMORY_LIMIT
from onefold.delta import DeltaInput, DesiredRows, ScopeRule, compare, narrowed, widened
from onefold.destinations import (
    Attribute,
    BrazeSettings,
    Channel,
    Destination,
    Limits,
    SystemClock,
    Window,
    open_destination,
)
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ATTRIBUTES, FieldType, IdentifierKind
from onefold.run import SendTally, instant
from onefold.run.delivering import MEMORY_WHILE_SENDING
from onefold.run.sending import Delivery, send
from onefold.store import Store
from onefold.warehouse import Engine, EngineSettings, Tables

IN_FLIGHT = 256  # as a run has
UNPACED = Limits(use_at_most=1.0, burst=Window(10**9, 3))
SHAPES = {
    "narrow": {
        "first_name": "'Ada ' || (i % 977)",
        "loyalty_tier": "['bronze', 'silver', 'gold'][i % 3 + 1]",
        "lifetime_value": "CAST(i % 100_000 AS DECIMAL(12, 2)) / 100",
    },
}
SHAPES["wide"] = {
    **SHAPES["narrow"],
    "last_name": "'Lovelace ' || (i % 1_009)",
    "email": "'person' || i || '@example.com'",
    "last_order_at": "TIMESTAMPTZ '2026-01-01 00:00:00Z' - INTERVAL 1 MINUTE * (i % 500_000)",
    "member_since": "DATE '1950-01-01' + CAST(i % 18_000 AS INTEGER)",
    "is_subscriber": "i % 4 = 0",
    "orders": "i % 37",
    "favourite_store": "'Store number ' || (i % 211)",
    "favourite_category": "'Category number ' || (i % 31)",
}


@dataclass
class Peaks:
    """The process's resident memory, the most of it in each phase, in bytes."""

    most: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Look every 20 ms until the block ends."""
        process, end, started = psutil.Process(), Event(), time.perf_counter()

        def look() -> None:
            while True:
                used = process.memory_info().rss
                self.most[name] = max(used, self.most.get(name, 0))
                if end.wait(0.02):
                    return

        thread = Thread(target=look, daemon=True)
        thread.start()
        yield
        self.seconds[name] = time.perf_counter() - started
        end.set()
        thread.join()


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a run has."""

    store: Store
    engine: Engine
    destination: Destination
    ledger: Ledger
    people: int
    fields: dict[str, str]

    def channel(self) -> Channel:
        """Open the way of the attributes."""
        types = {one.name: one.engine_type for one in self.engine.relation_columns("people")}
        attributes = []
        for name in self.fields:
            held = FieldType.of_engine(types[name])
            assert held is not None
            attributes.append(Attribute(name=name, type=held))
        return self.destination.channel(ATTRIBUTES, attributes)

    def make(self) -> None:
        """Make the people that an orchestration wants."""
        values = ", ".join(f'{value} AS "{name}"' for name, value in self.fields.items())
        self.engine.table(
            "people",
            f"SELECT 'c' || lpad(i::VARCHAR, 9, '0') AS _identifier, 'p' || i AS _person_id, "
            f"TRUE AS _wants_all, {values} FROM range({self.people}) t(i)",
        )


def measure(bench: Bench, peaks: Peaks, url: str, *, bare: bool) -> dict[str, object]:
    """Do what a run does from the desired rows on."""
    engine, ledger, clock = bench.engine, bench.ledger, SystemClock()
    with peaks.phase("deciding"):
        bench.make()
        channel = bench.channel()
        prepared = channel.prepare(engine, "people")
        engine.drop("people")
        rule = ScopeRule(name="all", flag="_wants_all", running=True, fields=tuple(bench.fields))
        desired = DesiredRows(
            relation=prepared.relation, fields=tuple(bench.fields), flags=("_wants_all",)
        )
        given = DeltaInput(desired=(desired,), rules=(rule,))
        changes = compare(engine, given)
        cut = channel.cut(engine, changes.relation)
        intent = ledger.intend(
            cut.relation,
            run_id="bench",
            now=instant(clock),
            price={},
            scopes={"all": (widened(rule, changes), rule.fields)},
        )
        engine.drop(cut.relation)
    recorded = Tables(engine, bench.store.folder, {}).look_at(intent.version)
    delivery = Delivery(
        read=partial(channel.requests, engine, recorded),
        chunks=intent.change_set.chunks,
        change_sets={channel.array: intent.change_set},
    )
    tally = SendTally()
    with engine.resting(MEMORY_WHILE_SENDING), peaks.phase("sending"):
        _send(bench, delivery, clock, tally)
    assert tally.acknowledged == bench.people, tally
    with peaks.phase("settling"):
        ledger.close()
        state = ledger.state(now=instant(clock))
        held = {"all": (narrowed(engine, rule, given, changes, state), rule.fields)}
        ledger.hold(held, formerly=[], run_id="bench", now=instant(clock))
        ledger.fold(run_id="bench", now=instant(clock))
    report: dict[str, object] = {
        "people": bench.people,
        "requests": delivery.chunks,
        "seconds": peaks.seconds,
        "peak_mib": {name: most / 2**20 for name, most in peaks.most.items()},
        "memory_limit": DEFAULT_MEMORY_LIMIT,
        "memory_while_sending": MEMORY_WHILE_SENDING,
    }
    if bare:
        bodies = [one.body for one in delivery.read(0, delivery.chunks).values()]
        report["body_bytes"] = sum(map(len, bodies)) // len(bodies)
        report["plain_seconds"] = asyncio.run(_bare(bodies, url))
    else:
        first = delivery.read(0, 0)[0]
        report["body_bytes"] = len(first.body)
    return report


def _send(bench: Bench, delivery: Delivery, clock: SystemClock, tally: SendTally) -> None:
    asyncio.run(
        send(
            store=bench.store,
            destination=bench.destination,
            delivery=delivery,
            clock=clock,
            seed=0,
            in_flight=IN_FLIGHT,
            still_ours=lambda: None,
            stopping=lambda: False,
            progress=lambda _rows: None,
            tally=tally,
        )
    )


async def _bare(bodies: list[bytes], url: str) -> float:
    """Send ready bodies as fast as aiohttp can, with the same number in flight."""
    headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
    waiting = iter(bodies)
    started = time.perf_counter()
    async with aiohttp.ClientSession(headers=headers) as session:

        async def work() -> None:
            for body in waiting:
                async with session.post(f"{url}/users/track", data=body) as answer:
                    await answer.read()
                    assert answer.status == 201, answer.status

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return time.perf_counter() - started


@contextmanager
def _opened(place: Path, url: str, people: int, fields: dict[str, str]) -> Iterator[Bench]:
    store = Store(place / "store")
    engine = Engine(
        EngineSettings(
            memory_limit=DEFAULT_MEMORY_LIMIT, spill_folder=place / "spill", timezone="UTC"
        )
    )
    settings = BrazeSettings(endpoint=url, workspace="bench", limits=UNPACED)
    key = LedgerKey(
        workspace="bench", identifier=IdentifierKind.EXTERNAL_ID, object="attributes", endpoint=url
    )
    yield Bench(
        store=store,
        engine=engine,
        destination=open_destination("braze", settings, "sandbox-key"),
        ledger=Ledger(
            store,
            Tables(engine, store.folder, {}),
            key,
            LedgerSettings(settle=timedelta(0)),
        ),
        people=people,
        fields=fields,
    )
    engine.close()
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300_000)
    parser.add_argument("--shape", choices=list(SHAPES), default="wide")
    parser.add_argument("--mode", choices=["sink", "full"], default="sink")
    parser.add_argument("--bare", action="store_true", help="then by a bare client, to compare")
    parser.add_argument("--dir", type=Path, default=None, help="where the store is made")
    asked = parser.parse_args()
    sandbox = start_sandbox(["--port", "0", "--mode", asked.mode, "--limit", "none"])
    try:
        with (
            tempfile.TemporaryDirectory(dir=asked.dir) as place,
            _opened(Path(place), sandbox.url, asked.people, SHAPES[asked.shape]) as bench,
        ):
            report = measure(bench, Peaks(), sandbox.url, bare=asked.bare)
    finally:
        sandbox.stop()
    print(json.dumps({**report, "mode": asked.mode, "shape": asked.shape}))


if __name__ == "__main__":
    main()
