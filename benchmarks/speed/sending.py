"""Requests a second into the sink, unpaced; prints JSON. Arguments: folder of a walked shop, N."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp
from sqlglot import exp

from onefold.app import open_house, start_sandbox
from onefold.app.house import House
from onefold.destinations import (
    BrazeSettings,
    Destination,
    Limits,
    SystemClock,
    Window,
    open_destination,
)
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ATTRIBUTES, IdentifierKind
from onefold.run import SendTally, instant
from onefold.run.sending import Delivery, send
from onefold.store import Store
from onefold.warehouse import Engine, EngineSettings, Tables, scan

IN_FLIGHT = 64
UNPACED = Limits(use_at_most=1.0, burst=Window(10**9, 1))


def main() -> None:
    folder = Path(sys.argv[1])
    sandbox = start_sandbox(["--port", "0", "--mode", "sink"])
    try:
        with open_house(folder) as house, tempfile.TemporaryDirectory(dir=folder) as place:
            print(json.dumps(_measure(house, Path(place), sandbox.url)))
    finally:
        sandbox.stop()


def _measure(house: House, place: Path, url: str) -> dict[str, object]:
    """Send the first change set of the shop once more: through onefold, then by a bare client."""
    store = Store(place / "store")
    engine = Engine(EngineSettings(spill_folder=place / "spill", timezone="UTC"))
    settings = BrazeSettings(endpoint=url, workspace="bench", limits=UNPACED)
    destination = open_destination("braze", settings, "sandbox-key")
    engine.table("cut", _first_change_set(house))
    channel = destination.channel(ATTRIBUTES, [])
    bodies = [one.body for one in channel.requests(engine, "cut", 0, 10**9).values()]
    seconds = _through_onefold(store, engine, destination, url)
    plain = asyncio.run(_bare(bodies, url))
    engine.close()
    store.close()
    return {
        "requests": len(bodies),
        "seconds": seconds,
        "plain_seconds": plain,
        "body_bytes": sum(map(len, bodies)) // len(bodies),
    }


def _first_change_set(house: House) -> exp.Select:
    ledger = house.store.outbox.ledgers()[0]
    first = house.store.outbox.change_sets(ledger.id)[0]
    version = house.store.catalogue.version(first.version_id)
    return scan(house.store.folder, version.files, version.columns)


def _through_onefold(store: Store, engine: Engine, destination: Destination, url: str) -> float:
    clock = SystemClock()
    key = LedgerKey(
        workspace="bench", identifier=IdentifierKind.EXTERNAL_ID, object="attributes", endpoint=url
    )
    tables = Tables(engine, store.folder, {})
    ledger = Ledger(store, tables, key, LedgerSettings(settle=timedelta(0)))
    intent = ledger.intend("cut", run_id="bench", now=instant(clock), price={}, scopes={})
    channel = destination.channel(ATTRIBUTES, [])
    tally = SendTally()
    started = time.perf_counter()
    asyncio.run(
        send(
            store=store,
            destination=destination,
            delivery=Delivery(
                read=partial(channel.requests, engine, "cut"),
                chunks=intent.change_set.chunks,
                change_sets={channel.array: intent.change_set},
            ),
            clock=clock,
            seed=0,
            in_flight=IN_FLIGHT,
            still_ours=lambda: None,
            stopping=lambda: False,
            progress=lambda _rows: None,
            tally=tally,
        )
    )
    seconds = time.perf_counter() - started
    assert tally.acknowledged == intent.change_set.rows, tally
    return seconds


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

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
