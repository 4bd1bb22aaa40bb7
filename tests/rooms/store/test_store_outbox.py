"""Ledgers, change sets and receipts: what is known of every chunk, and nothing guessed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from onefold.errors import StoreError
from onefold.model import ChunkState, RowRefusal, TableName, TableVersion
from onefold.store import ChangeSetRecord, Part, Receipt, Store

CHUNKS = 6
ADDRESS = {"workspace": "shop", "identifier": "external_id", "kind": "attributes"}


@pytest.fixture
def ledger(store: Store) -> int:
    return open_ledger(store)


@pytest.fixture
def change_set(store: Store, ledger: int, now: datetime) -> ChangeSetRecord:
    return add_change_set(store, ledger, "c1", now)


def open_ledger(store: Store) -> int:
    with store.begin() as tx:
        return store.outbox.open_ledger(tx, **ADDRESS, endpoint="http://here")


def add_version(store: Store, name: str, now: datetime) -> str:
    version = TableVersion(id=name, table=TableName("ledger", "v"), files=(), columns=())
    with store.begin() as tx:
        store.catalogue.add_version(tx, version, run_id="r", created_at=now)
    return name


def add_change_set(store: Store, ledger: int, name: str, now: datetime) -> ChangeSetRecord:
    version = add_version(store, f"v{name}", now)
    with store.begin() as tx:
        record = ChangeSetRecord(
            id=name,
            ledger_id=ledger,
            number=store.outbox.advance(tx, ledger),
            run_id="r",
            version_id=version,
            created_at=now,
            rows=400,
            chunks=CHUNKS,
            price={"requests": CHUNKS, "sets": {"Loyalty Tier": 3}},
        )
        store.outbox.add_change_set(tx, record)
    return record


def send(store: Store, now: datetime, *chunks: int) -> None:
    with store.begin() as tx:
        store.outbox.mark_sent(tx, "c1", [Part(chunk) for chunk in chunks], now=now)


def settle(store: Store, *receipts: Receipt) -> None:
    with store.begin() as tx:
        store.outbox.settle(tx, "c1", receipts)


def close(store: Store) -> None:
    with store.begin() as tx:
        store.outbox.close_change_set(tx, "c1")


def states(store: Store) -> dict[int, ChunkState]:
    return {part.chunk: state for part, state, _ in store.outbox.receipts("c1")}


# --- ledgers --------------------------------------------------------------------------------------


def test_a_ledger_is_found_by_workspace_kind_and_object(store: Store, ledger: int) -> None:
    found = store.outbox.ledger("shop", "external_id", "attributes")
    assert found is not None
    assert (found.id, found.endpoint, found.number) == (ledger, "http://here", 0)
    assert store.outbox.ledger("shop", "braze_id", "attributes") is None
    assert store.outbox.ledger("shop", "external_id", "events") is None
    assert store.outbox.ledgers() == [found]


@pytest.mark.usefixtures("ledger")
def test_a_ledger_cannot_be_opened_twice(store: Store) -> None:
    with pytest.raises(StoreError, match="UNIQUE"):
        open_ledger(store)


def test_change_sets_are_numbered_and_come_oldest_first(
    store: Store, ledger: int, now: datetime
) -> None:
    made = [add_change_set(store, ledger, name, now) for name in ("c2", "c1", "c3")]
    assert [one.number for one in made] == [1, 2, 3]
    assert store.outbox.change_sets(ledger) == made
    close(store)
    assert [one.id for one in store.outbox.change_sets(ledger, open_only=True)] == ["c2", "c3"]


def test_a_fold_moves_the_base_and_makes_old_plans_stale(
    store: Store, ledger: int, change_set: ChangeSetRecord, now: datetime
) -> None:
    base = add_version(store, "base", now)
    with store.begin() as tx:
        store.outbox.fold(tx, ledger, base, [change_set.id])
    found = store.outbox.ledgers()[0]
    assert (found.base_version_id, found.number) == ("base", change_set.number + 1)
    assert store.outbox.change_sets(ledger, unfolded_only=True) == []
    assert store.outbox.change_sets(ledger)[0].folded


# --- chunks ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("change_set")
def test_no_receipt_is_due_and_an_answer_settles(store: Store, now: datetime) -> None:
    assert states(store) == {}
    send(store, now, 0, 1, 2)
    assert states(store) == dict.fromkeys((0, 1, 2), ChunkState.SENT)
    answered = Receipt(
        part=Part(1),
        state=ChunkState.ACKNOWLEDGED,
        sent_at=now,
        settled_at=now + timedelta(seconds=1),
        status=201,
        accepted=74,
        retries=2,
        note="odd",
        refusals=(RowRefusal(position=3, reason="'dob' is not a date"),),
    )
    settle(store, answered)
    found = store.outbox.receipt("c1", 1, 74)
    assert found is not None
    assert (found.state, found.settled_at, found.accepted, found.retries, found.note) == (
        ChunkState.ACKNOWLEDGED,
        answered.settled_at,
        74,
        2,
        "odd",
    )
    assert list(store.outbox.refusals("c1")) == [(1, 3, "'dob' is not a date", False)]
    assert store.outbox.states("c1") == {ChunkState.SENT: 2, ChunkState.ACKNOWLEDGED: 1}
    assert store.outbox.receipt("c1", 5, 0) is None


@pytest.mark.usefixtures("change_set")
def test_closing_makes_what_was_sent_unsettled_and_touches_nothing_else(
    store: Store, now: datetime
) -> None:
    send(store, now, 0, 1, 2)
    settle(
        store,
        Receipt(part=Part(1), state=ChunkState.ACKNOWLEDGED, sent_at=now),
        Receipt(part=Part(2), state=ChunkState.REJECTED, sent_at=now, note="400"),
    )
    close(store)
    assert states(store) == {
        0: ChunkState.UNSETTLED,
        1: ChunkState.ACKNOWLEDGED,
        2: ChunkState.REJECTED,
    }


@pytest.mark.usefixtures("change_set")
def test_only_what_surely_never_left_is_taken_back(store: Store, now: datetime) -> None:
    send(store, now, 0, 1)
    settle(store, Receipt(part=Part(1), state=ChunkState.ACKNOWLEDGED, sent_at=now))
    with store.begin() as tx:
        store.outbox.unsend(tx, "c1", [Part(0), Part(1), Part(5)])
    assert states(store) == {1: ChunkState.ACKNOWLEDGED}


@pytest.mark.usefixtures("change_set")
def test_a_chunk_tried_again_has_the_later_time(store: Store, now: datetime) -> None:
    send(store, now, 0)
    later = now + timedelta(seconds=7)
    send(store, later, 0)
    assert list(store.outbox.receipts("c1")) == [(Part(0), ChunkState.SENT, later)]


@pytest.mark.usefixtures("change_set")
def test_a_first_half_takes_the_place_of_the_whole(store: Store, now: datetime) -> None:
    send(store, now, 0)
    with store.begin() as tx:
        store.outbox.mark_sent(tx, "c1", [Part(0, 0, 36)], now=now)
    assert store.outbox.receipt("c1", 0, 36) is not None
    assert store.outbox.receipt("c1", 0, 37) is None  # due again
    settle(store, Receipt(part=Part(0, 0, 36), state=ChunkState.ACKNOWLEDGED, sent_at=now))
    with store.begin() as tx:
        store.outbox.mark_sent(tx, "c1", [Part(0, 37)], now=now)
    close(store)
    assert sorted(store.outbox.receipts("c1"), key=lambda row: row[0].first) == [
        (Part(0, 0, 36), ChunkState.ACKNOWLEDGED, now),
        (Part(0, 37), ChunkState.UNSETTLED, now),
    ]


@pytest.mark.usefixtures("change_set")
def test_the_same_refusal_told_twice_is_one(store: Store, now: datetime) -> None:
    refused = Receipt(
        part=Part(0),
        state=ChunkState.ACKNOWLEDGED,
        sent_at=now,
        refusals=(RowRefusal(position=0, reason="no"), RowRefusal(position=9, reason="no")),
    )
    settle(store, refused)
    settle(store, refused)
    assert list(store.outbox.refusals("c1")) == [(0, 0, "no", False), (0, 9, "no", False)]


# --- scopes and assignments -----------------------------------------------------------------------


def test_a_scope_is_replaced_and_dropped(store: Store, ledger: int, now: datetime) -> None:
    first, second = add_version(store, "a", now), add_version(store, "b", now)
    with store.begin() as tx:
        store.outbox.set_scope(tx, ledger, "vip_spring", first, ("vip", "Loyalty Tier"))
        store.outbox.set_scope(tx, ledger, "daily", first, ())
        store.outbox.set_scope(tx, ledger, "vip_spring", second, ("vip",))
    assert store.outbox.scopes(ledger) == {"vip_spring": ("b", ("vip",)), "daily": ("a", ())}
    with store.begin() as tx:
        store.outbox.drop_scope(tx, ledger, "vip_spring")
        store.outbox.drop_scope(tx, ledger, "unknown")
    assert store.outbox.scopes(ledger) == {"daily": ("a", ())}


def test_the_pointer_to_assignments_moves(store: Store, now: datetime) -> None:
    assert store.outbox.assignments("vip_spring") is None
    for name in ("a", "b"):
        version = add_version(store, name, now)
        with store.begin() as tx:
            store.outbox.set_assignments(tx, "vip_spring", version)
    assert store.outbox.assignments("vip_spring") == "b"
    assert store.outbox.assignments("vip_summer") is None


def test_what_became_of_one_row_is_found_without_the_others(
    store: Store, change_set: ChangeSetRecord, now: datetime
) -> None:
    parts = [Part(0, 0, 1), Part(0, 2), Part(1)]
    answers = [
        Receipt(
            part=part,
            state=ChunkState.ACKNOWLEDGED,
            sent_at=now,
            refusals=(RowRefusal(position=part.first, reason=f"no to {part.chunk}/{part.first}"),),
        )
        for part in parts
    ]
    settle(store, *answers)
    assert store.outbox.sent_chunks(change_set.id) == 2
    assert store.outbox.refused_rows(change_set.id, unreleased_only=True) == 3
    assert store.outbox.refusal(change_set.id, 0, 2) == "no to 0/2"
    assert store.outbox.refusal(change_set.id, 0, 1) is None
