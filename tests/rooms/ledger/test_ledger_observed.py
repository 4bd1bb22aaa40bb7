"""What becomes known without a send, whose an identifier was, and values that nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from onefold.ledger import LedgerSettings
from onefold.model import ChunkState, Origin

SetCell = Callable[..., str]
Shop = Any  # see conftest


def observe(shop: Shop, row: str) -> Any:
    shop.engine.table("seen", row)
    return shop.ledger().observe("seen", origin=Origin.RECONCILE, run_id="look", now=shop.now)


def test_what_was_read_back_stands_as_if_acknowledged(shop: Shop, set_cell: SetCell) -> None:
    shop.deliver(set_cell("ann", tier="'gold'"))
    shop.wait(hours=1)
    observe(shop, set_cell("ann", tier="'silver'"))
    assert shop.state() == [
        {
            "_identifier": "ann",
            "_person_id": None,
            "_unsettled": None,
            "_recent": None,  # read, not sent: nothing has to settle
            "tier": "silver",
        }
    ]


def test_a_field_read_as_unknown_equals_nothing_until_it_is_sent_again(
    shop: Shop, set_cell: SetCell
) -> None:
    shop.deliver(set_cell("ann", tier="'gold'", points="7"))
    shop.wait(hours=1)
    row = set_cell("ann", tier="'gold'", points="7")
    observe(shop, f"SELECT *, ['points'] AS _unknown FROM ({row})")
    (ann,) = shop.state()
    assert (ann["tier"], ann["points"], ann["_unsettled"]) == ("gold", 7, ["points"])
    shop.settings = LedgerSettings(fold_above=0)
    shop.wait(hours=1)
    assert shop.fold()
    (ann,) = shop.state()
    assert ann["_unsettled"] == ["points"]  # compaction forgets no doubt
    shop.deliver(set_cell("ann", points="7"))
    (ann,) = shop.state()
    assert ann["_unsettled"] is None


def test_nothing_read_back_records_nothing(shop: Shop, set_cell: SetCell) -> None:
    shop.deliver(set_cell("ann", tier="'gold'"))
    number = shop.ledger().record.number
    assert observe(shop, f"SELECT * FROM ({set_cell('ann', tier='1')}) WHERE false") is None
    assert shop.ledger().record.number == number


def test_an_observation_says_where_it_came_from(shop: Shop, set_cell: SetCell) -> None:
    observed = observe(shop, set_cell("ann", tier="'gold'"))
    assert observed.origin is Origin.RECONCILE
    record = shop.ledger().record
    (kept,) = shop.store.outbox.change_sets(record.id)
    assert (kept.origin, kept.closed) == (Origin.RECONCILE, True)
    assert shop.store.outbox.states(kept.id) == {ChunkState.ACKNOWLEDGED: 1}


def test_the_ledger_knows_whose_an_identifier_was_at_its_latest_change(
    shop: Shop, set_cell: SetCell
) -> None:
    def of(person: str, tier: str) -> str:
        return f"SELECT *, '{person}' AS _person_id FROM ({set_cell('ann', tier=tier)})"

    shop.settings = LedgerSettings(fold_above=0, settle=timedelta(0))
    shop.deliver(of("p1", "'gold'"))
    assert [row["_person_id"] for row in shop.state()] == ["p1"]
    shop.fold()
    assert [row["_person_id"] for row in shop.state()] == ["p1"]
    shop.deliver(of("p2", "'silver'"))
    assert [row["_person_id"] for row in shop.state()] == ["p2"]
    shop.deliver(set_cell("ann", tier="'none'"))  # nobody says whose it is
    assert [row["_person_id"] for row in shop.state()] == ["p2"]
