"""Whom orchestrations hold, and what a crash between a file and its commit leaves: nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onefold.errors import StoreError
from onefold.ledger import LedgerSettings
from onefold.model import ChunkState

SetCell = Callable[..., str]
Shop = Any  # see conftest


def test_a_scope_is_there_before_the_first_byte_leaves(shop: Shop, set_cell: SetCell) -> None:
    shop.intend(set_cell("ann", tier="'gold'"), scopes={"daily": ["ann"], "vip": ["ann", "ben"]})
    assert shop.scopes() == {"daily": ["ann"], "vip": ["ann", "ben"]}
    assert shop.state() == []


def test_a_scope_narrows_after_sending_and_goes_when_it_holds_nobody(
    shop: Shop, set_cell: SetCell
) -> None:
    shop.intend(set_cell("ann", tier="'gold'"), scopes={"daily": ["ann", "ben"], "vip": ["ann"]})
    shop.hold(daily=["ben"], vip=[])
    assert shop.scopes() == {"daily": ["ben"]}


def test_a_renamed_orchestration_takes_its_scope_along(shop: Shop, set_cell: SetCell) -> None:
    shop.intend(set_cell("ann", tier="'gold'"), scopes={"winback": ["ann"], "other": ["ben"]})
    shop.hold("winback", spring=["ann"])
    assert shop.scopes() == {"other": ["ben"], "spring": ["ann"]}


def test_without_a_ledger_nobody_is_held(shop: Shop) -> None:
    shop.hold(daily=["ann"])
    assert shop.scopes() == {}


def files(shop: Shop) -> set[Path]:
    found = (shop.store.folder / "tables").rglob("*.parquet")
    return set(found)


def test_a_crash_before_the_commit_of_an_intent_leaves_nothing_to_see(
    shop: Shop, set_cell: SetCell
) -> None:
    """The files are written; then the commit fails, as it does when the process dies before it."""
    shop.deliver(set_cell("ann", tier="'gold'"))
    state, sets, before = shop.state(), shop.store.outbox.change_sets(1), files(shop)
    with pytest.raises(StoreError, match="died"):
        _intend_and_die(shop, set_cell("ann", tier="'iron'"))
    assert len(files(shop)) == len(before) + 2  # of the rows and of the scope
    assert shop.state() == state
    assert shop.store.outbox.change_sets(1) == sets
    assert shop.scopes() == {}
    shop.deliver(set_cell("ann", tier="'silver'"))
    assert [row["tier"] for row in shop.state()] == ["silver"]


def _intend_and_die(shop: Shop, row: str) -> None:
    """Let the control database refuse the last write of the transaction."""
    with shop.store.begin() as tx:
        tx.exec_driver_sql(
            "CREATE TRIGGER die BEFORE INSERT ON scope BEGIN SELECT raise(ABORT, 'died'); END"
        )
    try:
        shop.intend(row, scopes={"daily": ["ann"]})
    finally:
        with shop.store.begin() as tx:
            tx.exec_driver_sql("DROP TRIGGER die")


def test_a_crash_before_the_commit_of_a_fold_keeps_the_old_base(
    shop: Shop, set_cell: SetCell
) -> None:
    shop.settings = LedgerSettings(settle=timedelta())
    shop.deliver(set_cell("ann", tier="'gold'"))
    shop.deliver(set_cell("ann", tier="'iron'"))
    record, state = shop.ledger().record, shop.state()
    with shop.store.begin() as tx:
        tx.exec_driver_sql(
            "CREATE TRIGGER die BEFORE UPDATE OF folded ON change_set "
            "BEGIN SELECT raise(ABORT, 'died'); END"
        )
    with pytest.raises(StoreError, match="died"):
        shop.fold()
    with shop.store.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER die")
    assert shop.ledger().record == record
    assert shop.state() == state
    assert shop.fold()
    assert shop.state() == state


def test_two_ledgers_of_a_store_do_not_meet(shop: Shop, set_cell: SetCell) -> None:
    shop.deliver(set_cell("ann", tier="'gold'"))
    other = shop.ledger(workspace="shop_two")
    intent = other.intend(
        shop.changes([set_cell("ben", tier="'iron'")]),
        run_id="r",
        now=shop.now,
        price={},
        scopes={},
    )
    shop.answer(intent, 0, ChunkState.ACKNOWLEDGED)
    assert [row["_identifier"] for row in shop.state()] == ["ann"]
    name = other.state(now=shop.now, result="other")
    assert shop.engine.rows(f"SELECT _identifier, tier FROM {name}") == [("ben", "iron")]
