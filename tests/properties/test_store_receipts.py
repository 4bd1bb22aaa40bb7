"""Whatever happens to chunks, in whatever order: their states are what a dictionary says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefold.model import ChunkState, RowRefusal, TableName, TableVersion
from onefold.store import ChangeSetRecord, Part, Receipt, Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NUMBERS = count()

chunks = st.integers(0, 4)
answers = st.sampled_from([ChunkState.ACKNOWLEDGED, ChunkState.REJECTED, ChunkState.UNSETTLED])
refusals = st.frozensets(st.integers(0, 3), max_size=3)
events = st.one_of(
    st.tuples(st.just("send"), st.lists(chunks, min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("take back"), st.lists(chunks, min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("settle"), st.tuples(chunks, answers, refusals)),
    st.tuples(st.just("close"), st.none()),
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        made = Store(Path(folder))
        with made.begin() as tx:
            made.outbox.open_ledger(
                tx, workspace="w", identifier="external_id", kind="attributes", endpoint="e"
            )
            made.catalogue.add_version(
                tx,
                TableVersion(id="v", table=TableName("ledger", "v"), files=(), columns=()),
                run_id="r",
                created_at=NOW,
            )
        yield made
        made.close()


def new_change_set(store: Store) -> str:
    name = f"c{next(NUMBERS)}"
    with store.begin() as tx:
        record = ChangeSetRecord(
            id=name,
            ledger_id=1,
            number=store.outbox.advance(tx, 1),
            run_id="r",
            version_id="v",
            created_at=NOW,
            rows=20,
            chunks=5,
            price={},
        )
        store.outbox.add_change_set(tx, record)
    return name


@settings(max_examples=60, deadline=None)
@given(history=st.lists(events, max_size=12))
def test_states_follow_the_events(store: Store, history: list[tuple[str, object]]) -> None:
    name = new_change_set(store)
    known: dict[int, tuple[ChunkState, datetime]] = {}
    refused: set[tuple[int, int]] = set()
    for step, event in enumerate(history):
        now = NOW + timedelta(seconds=step)
        with store.begin() as tx:
            match event:
                case ("send", list(sent)):
                    store.outbox.mark_sent(tx, name, list(map(Part, sent)), now=now)
                    known |= dict.fromkeys(sent, (ChunkState.SENT, now))
                case ("take back", list(taken)):
                    store.outbox.unsend(tx, name, list(map(Part, taken)))
                    for chunk in taken:
                        if known.get(chunk, (None,))[0] is ChunkState.SENT:
                            del known[chunk]
                case ("settle", (int(chunk), ChunkState() as state, frozenset() as rows)):
                    told = tuple(RowRefusal(position=row, reason="no") for row in sorted(rows))
                    sent_at = known.get(chunk, (None, now))[1]
                    receipt = Receipt(part=Part(chunk), state=state, sent_at=sent_at, refusals=told)
                    store.outbox.settle(tx, name, [receipt])
                    known[chunk] = (state, sent_at)
                    refused |= {(chunk, row) for row in rows}
                case ("close", None):
                    store.outbox.close_change_set(tx, name)
                    for chunk, (state, sent_at) in known.items():
                        if state is ChunkState.SENT:
                            known[chunk] = (ChunkState.UNSETTLED, sent_at)
                case _:
                    raise AssertionError(event)
    found = {part.chunk: (state, at) for part, state, at in store.outbox.receipts(name)}
    assert found == known
    assert {(chunk, row) for chunk, row, *_ in store.outbox.refusals(name)} == refused
    counted = store.outbox.states(name)
    assert sum(counted.values()) == len(known)
