"""Whatever was sent, answered, lost, refused and compacted: the state is the fold of the receipts.

The oracle goes through the change sets from the oldest to the newest with a dictionary of cells.
Compaction happens at random moments in a second ledger; in the first it never happens.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ChunkState, IdentifierKind, RowRefusal
from onefold.store import Part, Receipt, Store
from onefold.warehouse import Engine, EngineSettings, Tables

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SETTLE = timedelta(minutes=5)
NUMBERS = count()
PEOPLE = ["p1", "p2", "p3", "p4"]
FIELDS = {"tier": pa.string(), "points": pa.int64(), "Home City": pa.string()}
VALUES: dict[str, list[Any]] = {
    "tier": [None, "gold", ""],
    "points": [None, 0, 7],
    "Home City": [None, "Lyon"],
}
INTERNAL = {
    "_identifier": pa.string(),
    "_changed": pa.list_(pa.string()),
    "_chunk": pa.int64(),
    "_position": pa.int32(),
}


@dataclass(frozen=True)
class Sending:
    """A change set, what became of each of its chunks (one person each), and what came after."""

    rows: dict[str, dict[str, Any]]
    answers: dict[str, str]  # due, sent, acknowledged, refused, rejected or unsettled
    minutes: int  # that pass before it is sent
    folds: bool


@st.composite
def changed_cells(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(list(FIELDS)), min_size=1, unique=True))
    return {name: draw(st.sampled_from(VALUES[name])) for name in names}


sendings = st.builds(
    Sending,
    rows=st.dictionaries(st.sampled_from(PEOPLE), changed_cells(), min_size=1),
    answers=st.fixed_dictionaries(
        dict.fromkeys(
            PEOPLE,
            st.sampled_from(["due", "sent", *["acknowledged"] * 3, "refused", "rejected", "lost"]),
        )
    ),
    minutes=st.sampled_from([0, 1, 10]),
    folds=st.booleans(),
)


@dataclass(frozen=True)
class House:
    """What all examples share; each has ledgers of its own."""

    store: Store
    engine: Engine
    tables: Tables

    def ledger(self) -> Ledger:
        key = LedgerKey(
            workspace=f"w{next(NUMBERS)}",
            identifier=IdentifierKind.EXTERNAL_ID,
            object="attributes",
            endpoint="here",
        )
        settings = LedgerSettings(fold_above=0, settle=SETTLE)
        return Ledger(self.store, self.tables, key, settings)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        engine = Engine(
            EngineSettings(spill_folder=Path(folder) / "spill", memory_limit="300MB", threads=1)
        )
        yield House(store, engine, Tables(engine, store.folder, {}))
        engine.close()
        store.close()


# --- the oracle -----------------------------------------------------------------------------------

Cells = dict[tuple[str, str], tuple[Any, bool, datetime]]  # value, settled, when it was sent


def note(known: Cells, sending: Sending, now: datetime) -> None:
    """Take over what arrived, or may have."""
    for person, row in sending.rows.items():
        answer = sending.answers[person]
        if answer in ("sent", "acknowledged", "lost"):
            for name, value in row.items():
                known[person, name] = (value, answer == "acknowledged", now)


def expected_state(known: Cells, now: datetime) -> dict[str, dict[str, Any]]:
    state: dict[str, dict[str, Any]] = {}
    for (person, name), (value, settled, sent_at) in known.items():
        row = state.setdefault(person, {"unsettled": set(), "recent": set(), "values": {}})
        if value is not None:
            row["values"][name] = value
        if not settled:
            row["unsettled"].add(name)
        if now - sent_at < SETTLE:
            row["recent"].add(name)
    return state


# --- the ledger -----------------------------------------------------------------------------------


def send(house: House, ledger: Ledger, sending: Sending, now: datetime) -> None:
    """Intend, send and settle, as `run` does."""
    rows = [
        {"_identifier": person, "_changed": list(row), "_chunk": chunk, "_position": 0} | row
        for chunk, (person, row) in enumerate(sending.rows.items())
    ]
    names = [name for name in FIELDS if any(name in row for row in sending.rows.values())]
    types = INTERNAL | {name: FIELDS[name] for name in names}
    house.engine.register("cut", pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))
    intent = ledger.intend("cut", run_id="r", now=now, price={}, scopes={})
    states = {
        "acknowledged": ChunkState.ACKNOWLEDGED,
        "refused": ChunkState.ACKNOWLEDGED,
        "rejected": ChunkState.REJECTED,
        "lost": ChunkState.UNSETTLED,
    }
    outbox, name = house.store.outbox, intent.change_set.id
    with house.store.begin() as tx:
        for chunk, person in enumerate(sending.rows):
            answer = sending.answers[person]
            if answer != "due":
                outbox.mark_sent(tx, name, [Part(chunk)], now=now)
            if answer in states:
                refusals = (RowRefusal(position=0, reason="no"),) if answer == "refused" else ()
                receipt = Receipt(
                    part=Part(chunk), state=states[answer], sent_at=now, refusals=refusals
                )
                outbox.settle(tx, name, [receipt])


def read_state(house: House, ledger: Ledger, now: datetime) -> dict[str, dict[str, Any]]:
    name = ledger.state(now=now, result="state")
    rows = house.engine.arrow(f"SELECT * FROM {name}").read_all().to_pylist() if name else []
    return {
        row["_identifier"]: {
            "unsettled": set(row["_unsettled"] or ()),
            "recent": set(row["_recent"] or ()),
            "values": {name: row[name] for name in FIELDS if row.get(name) is not None},
        }
        for row in rows
    }


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(sendings, min_size=1, max_size=5))
def test_the_state_is_the_fold_of_what_was_acknowledged(
    house: House, history: list[Sending]
) -> None:
    never, often = house.ledger(), house.ledger()
    known: Cells = {}
    refused: set[str] = set()
    now = NOW
    for sending in history:
        now += timedelta(minutes=sending.minutes)
        note(known, sending, now)
        refused |= {one for one in sending.rows if sending.answers[one] == "refused"}
        for ledger in (never, often):
            send(house, ledger, sending, now)
            assert read_state(house, ledger, now) == expected_state(known, now)
            ledger.close()
        if sending.folds:
            often.fold(run_id="r", now=now)
        for ledger in (never, often):
            for later in (now, now + SETTLE):
                assert read_state(house, ledger, later) == expected_state(known, later)
    quarantined = often.quarantined(result="held")
    people = house.engine.rows("SELECT DISTINCT _identifier FROM held") if quarantined else []
    assert {row[0] for row in people} == refused
    often.fold(run_id="r", now=now + SETTLE)
    record = often.record
    assert record is not None
    assert not house.store.outbox.change_sets(record.id, unfolded_only=True)
