"""The acknowledged state, step by step: nothing is known that no receipt says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from onefold.errors import Refused
from onefold.ledger import LedgerSettings
from onefold.model import ChunkState

SetCell = Callable[..., str]
Shop = Any  # see conftest


def of(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("_identifier", *names)) for row in rows]


def test_before_the_first_send_nothing_is_known(shop: Shop) -> None:
    ledger = shop.ledger()
    assert ledger.record is None
    assert ledger.state(now=shop.now) is None
    assert ledger.quarantined() is None
    assert ledger.scopes() == {}
    assert ledger.close() == 0
    assert shop.fold() is False
    ledger.check_endpoint()


@pytest.mark.parametrize(
    ("answer", "known", "unsettled"),
    [
        (None, [], []),
        (ChunkState.REJECTED, [], []),
        (ChunkState.ACKNOWLEDGED, [("ann", "gold")], None),
        (ChunkState.UNSETTLED, [("ann", "gold")], ["tier"]),
        (ChunkState.SENT, [("ann", "gold")], ["tier"]),
    ],
)
def test_what_each_answer_means(
    shop: Shop,
    set_cell: SetCell,
    answer: ChunkState | None,
    known: list[tuple[str, str]],
    unsettled: list[str] | None,
) -> None:
    intent = shop.intend(set_cell("ann", tier="'gold'"))
    if answer is not None:
        shop.answer(intent, 0, answer)
    for _ in ("open", "closed", "folded"):
        assert of(shop.state(), "tier") == known
        assert all(row["_unsettled"] == unsettled for row in shop.state())
        shop.ledger().close()
        shop.wait(hours=1)
        shop.fold()


def test_a_refused_row_of_an_acknowledged_request_is_not_known(
    shop: Shop, set_cell: SetCell
) -> None:
    intent = shop.intend(set_cell("ann", tier="'gold'"), set_cell("ben", tier="'iron'"))
    shop.answer(intent, 0, ChunkState.ACKNOWLEDGED, refused=[1])
    assert of(shop.state(), "tier") == [("ann", "gold")]
    assert of(shop.quarantined(), "tier", "_reason") == [("ben", "iron", "not valid")]


def test_a_clear_leaves_null_and_other_fields_alone(shop: Shop, set_cell: SetCell) -> None:
    shop.deliver(set_cell("ann", tier="'gold'", points="5"))
    shop.deliver(set_cell("ann", tier="CAST(NULL AS VARCHAR)"))
    assert of(shop.state(), "tier", "points", "_unsettled") == [("ann", None, 5, None)]


def test_the_newest_answer_settles_what_was_unsettled(shop: Shop, set_cell: SetCell) -> None:
    shop.answer(shop.intend(set_cell("ann", tier="'a'", points="1")), 0, ChunkState.SENT)
    shop.ledger().close()
    shop.deliver(set_cell("ann", tier="'b'"))
    assert of(shop.state(), "tier", "points", "_unsettled") == [("ann", "b", 1, ["points"])]


def test_closing_tells_sent_from_void(shop: Shop, set_cell: SetCell) -> None:
    intent = shop.intend(*(set_cell(f"p{number}", tier="'x'") for number in range(6)))
    shop.answer(intent, 0, ChunkState.ACKNOWLEDGED)
    shop.answer(intent, 1, ChunkState.SENT)
    assert shop.ledger().close() == 1
    assert shop.store.outbox.states(intent.change_set.id) == {
        ChunkState.ACKNOWLEDGED: 1,
        ChunkState.UNSETTLED: 1,
    }
    assert of(shop.state(), "_unsettled") == [
        ("p0", None),
        ("p1", None),
        ("p2", ["tier"]),
        ("p3", ["tier"]),
    ]
    assert shop.ledger().close() == 0


# --- time -----------------------------------------------------------------------------------------


def test_cells_are_recent_until_the_destination_settled(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(settle=timedelta(minutes=5))
    shop.deliver(set_cell("ann", tier="'gold'", points="5"))
    shop.wait(minutes=4)
    shop.deliver(set_cell("ann", points="6"))
    assert of(shop.state(), "_recent") == [("ann", ["tier", "points"])]
    shop.wait(minutes=2)
    assert of(shop.state(), "_recent") == [("ann", ["points"])]
    shop.wait(minutes=5)
    assert of(shop.state(), "_recent") == [("ann", None)]


def test_compaction_forgets_no_cell_that_is_recent(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(settle=timedelta(minutes=5))
    shop.deliver(set_cell("ann", tier="'gold'"))
    assert not shop.fold()
    assert of(shop.state(), "_recent") == [("ann", ["tier"])]
    shop.wait(minutes=6)
    shop.deliver(set_cell("ben", tier="'gold'"))
    assert shop.fold()  # the first one only
    assert of(shop.state(), "_recent") == [("ann", None), ("ben", ["tier"])]
    assert [one.folded for one in shop.store.outbox.change_sets(1)] == [True, False]


def test_nothing_is_folded_past_an_open_change_set(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(settle=timedelta())
    shop.answer(shop.intend(set_cell("ann", tier="'old'")), 0, ChunkState.SENT)
    newer = shop.intend(set_cell("ann", tier="'new'"))
    shop.answer(newer, 0, ChunkState.ACKNOWLEDGED)
    with shop.store.begin() as tx:
        shop.store.outbox.close_change_set(tx, newer.change_set.id)
    assert not shop.fold()
    assert of(shop.state(), "tier") == [("ann", "new")]


def test_where_nothing_needs_to_settle_nothing_is_recent(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(settle=timedelta())
    shop.deliver(set_cell("ann", tier="'gold'"))
    assert of(shop.state(), "_recent") == [("ann", None)]
    assert shop.fold()


def test_compaction_waits_until_enough_lies_unfolded(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(settle=timedelta(), fold_above=0.2)
    shop.deliver(*(set_cell(f"p{number:02}", tier="'x'") for number in range(10)))
    assert shop.fold()
    shop.deliver(*(set_cell(f"p{number:02}", tier="'y'") for number in range(2)))
    assert not shop.fold()
    shop.deliver(set_cell("p09", tier="'z'"))
    assert shop.fold()
    assert of(shop.state(), "tier") == [
        (f"p{number:02}", "y" if number < 2 else "z" if number == 9 else "x")
        for number in range(10)
    ]


# --- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("folded", [False, True], ids=["in change sets", "in the base"])
@pytest.mark.parametrize(
    ("was", "now", "held", "unsettled"),
    [
        ("'abc'", "CAST(1 AS BIGINT)", None, ["tier"]),  # a text cannot be told as a number
        ("'12'", "CAST(1 AS BIGINT)", None, ["tier"]),  # "12" is not 12 at the destination
        ("DATE '2026-01-01'", "CAST(1 AS BIGINT)", None, ["tier"]),
        ("CAST(7 AS BIGINT)", "CAST(1 AS DOUBLE)", 7.0, None),  # 7 is 7
        ("CAST(1.25 AS DOUBLE)", "CAST(1 AS BIGINT)", 1, ["tier"]),  # 1.25 is not 1
        ("CAST(1e300 AS DOUBLE)", "CAST(1 AS DECIMAL(9,2))", None, ["tier"]),
        ("CAST(NULL AS VARCHAR)", "CAST(1 AS BIGINT)", None, None),  # nothing is nothing
    ],
)
def test_a_value_of_a_former_type_is_known_only_if_it_is_the_same_there(
    shop: Shop,
    set_cell: SetCell,
    was: str,
    now: str,
    held: object,
    unsettled: list[str] | None,
    *,
    folded: bool,
) -> None:
    shop.settings = LedgerSettings(settle=timedelta())
    shop.deliver(set_cell("ann", tier=was))
    if folded:
        assert shop.fold()
    shop.deliver(set_cell("ben", tier=now))
    assert of(shop.state(), "tier", "_unsettled") == [("ann", held, unsettled), ("ben", 1, None)]
    shop.fold()
    assert of(shop.state(), "tier", "_unsettled") == [("ann", held, unsettled), ("ben", 1, None)]


def test_a_refused_value_of_a_former_type_holds_nothing_back(shop: Shop, set_cell: SetCell) -> None:
    rows = (
        set_cell("ann", tier="'abc'"),
        set_cell("ben", tier="CAST(NULL AS VARCHAR)", city="'x'"),
    )
    shop.answer(shop.intend(*rows), 0, ChunkState.ACKNOWLEDGED, refused=[0, 1])
    newer = shop.intend(set_cell("eve", tier="CAST(12 AS BIGINT)"))
    shop.answer(newer, 0, ChunkState.ACKNOWLEDGED, refused=[0])
    assert of(shop.quarantined(), "tier", "city") == [("ben", None, "x"), ("eve", 12, None)]


# --- whose ledger ---------------------------------------------------------------------------------


def test_another_endpoint_stops_with_the_choices_that_are_left(
    shop: Shop, set_cell: SetCell
) -> None:
    shop.deliver(set_cell("ann", tier="'gold'"))
    shop.ledger().check_endpoint()
    with pytest.raises(Refused, match=r"(?s)rest.here.*rest.there.*hint: .*another name.*put the"):
        shop.ledger(endpoint="https://rest.there").check_endpoint()
    other = shop.ledger(workspace="shop_two", endpoint="https://rest.there")
    other.check_endpoint()
    assert other.state(now=shop.now) is None


def test_every_intent_and_every_fold_makes_older_plans_stale(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(settle=timedelta())
    numbers = []
    for _ in range(2):
        shop.deliver(set_cell("ann", tier="'gold'"))
        numbers.append(shop.ledger().record.number)
        shop.fold()
        numbers.append(shop.ledger().record.number)
    assert numbers == sorted(set(numbers))


def test_when_a_cell_was_sent_outlives_folding_for_timed_fields_alone(
    shop: Shop, set_cell: SetCell
) -> None:
    first = shop.now
    shop.deliver(set_cell("ann", tier="'gold'", city="'Lyon'"), set_cell("ben", tier="'gold'"))
    shop.wait(days=1)
    second = shop.now
    shop.deliver(set_cell("ann", city="'Nice'"))
    shop.settings = LedgerSettings(timed=frozenset({"city", "never_sent"}))
    expected = [("ann", "gold", "Nice", second), ("ben", "gold", None, None)]
    times = ("tier", "city", "_sent_at city")
    assert of(shop.state(), *times) == expected
    shop.wait(hours=1)
    assert shop.fold()
    assert of(shop.state(), *times) == expected
    assert "_sent_at tier" not in shop.state()[0]
    shop.deliver(set_cell("ben", city="'Metz'"), set_cell("ann", tier="'silver'"))
    assert of(shop.state(), "_sent_at city") == [("ann", second), ("ben", shop.now)]
    assert first < second


def test_a_ledger_without_timed_fields_keeps_no_times(shop: Shop, set_cell: SetCell) -> None:
    shop.settings = LedgerSettings(timed=frozenset({"tier"}))
    shop.deliver(set_cell("ann", tier="'gold'"))
    shop.wait(hours=1)
    assert shop.fold()
    shop.settings = LedgerSettings()
    shop.deliver(set_cell("ann", tier="'silver'"))
    shop.wait(hours=1)
    assert shop.fold()
    assert set(shop.state()[0]) == {"_identifier", "_person_id", "_unsettled", "_recent", "tier"}
