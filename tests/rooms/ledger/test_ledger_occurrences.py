"""Ledgers of events and purchases: what was sent is known for a while, and then forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from onefold.model import ChunkState

Shop = Any  # see conftest
DAY = timedelta(days=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def purchase(name: str, day: int) -> str:
    """A purchase that happened so many days before."""
    time = (NOON - day * DAY).isoformat()
    return (
        f"""SELECT '{name}' AS _identifier, ['user', 'row', 'time', 'hash'] AS _changed, """
        f"""'anna' AS "user", '{name}' AS "row", TIMESTAMPTZ '{time}' AS "time", 'h' AS "hash" """
    )


def known(shop: Shop) -> dict[str, bool]:
    """Give the ids that the ledger knows, and whether nobody knows what became of them."""
    return {row["_identifier"]: row["_unsettled"] is not None for row in shop.state()}


def kept_since(shop: Shop) -> datetime | None:
    record = shop.ledger().record
    since: datetime | None = record.kept_since
    return since


def test_what_happened_long_ago_is_forgotten_when_the_ledger_is_folded(shop: Shop) -> None:
    shop.deliver(purchase("old", 200), purchase("last day", 180), purchase("new", 1))
    shop.wait(minutes=10)
    assert shop.ledger().fold(run_id="r", now=shop.now, forget_before=NOON - 180 * DAY)
    assert known(shop) == {"last day": False, "new": False}
    assert kept_since(shop) == NOON - 180 * DAY


def test_what_was_forgotten_once_stays_forgotten(shop: Shop) -> None:
    """A window that is made longer later does not bring back what nobody knows any more."""
    shop.deliver(purchase("a", 50))
    shop.wait(minutes=10)
    shop.ledger().fold(run_id="r", now=shop.now, forget_before=NOON - 60 * DAY)
    shop.deliver(purchase("b", 100), purchase("c", 2))
    shop.wait(minutes=10)
    shop.ledger().fold(run_id="r", now=shop.now, forget_before=NOON - 400 * DAY)
    assert known(shop) == {"a": False, "c": False}
    assert kept_since(shop) == NOON - 60 * DAY


def test_a_ledger_that_forgets_nothing_knows_all(shop: Shop) -> None:
    shop.deliver(purchase("a", 5000))
    shop.wait(minutes=10)
    assert shop.fold()
    assert known(shop) == {"a": False}
    assert kept_since(shop) is None


def test_what_got_no_answer_is_unsettled_through_folding_until_it_is_sent_again(
    shop: Shop,
) -> None:
    intent = shop.intend(purchase("a", 1))
    shop.answer(intent, 0, ChunkState.SENT)
    shop.ledger().close()
    assert known(shop) == {"a": True}
    shop.wait(minutes=10)
    assert shop.fold()
    assert known(shop) == {"a": True}
    shop.deliver(purchase("a", 1))
    assert known(shop) == {"a": False}
