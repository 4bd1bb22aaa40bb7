"""What change sets cost: exactly the rows that were sent and not refused, by day and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from onefold.ledger import workspace_costs
from onefold.model import ChunkState
from onefold.warehouse import Engine, EngineSettings, Tables

Shop = Any  # see conftest
FIRST = date(2026, 3, 1)


def priced(person: str, **costs: int) -> str:
    """Write a row of changes with what each of its cells costs."""
    names = ", ".join(f"'{name}'" for name in costs)
    values = "".join(f", 'x' AS {name}" for name in costs)
    points = ", ".join(map(str, costs.values()))
    return (
        f"SELECT '{person}' AS _identifier, [{names}] AS _changed, [{points}] AS _costs, "
        f"{sum(costs.values())} AS _points{values}"
    )


def spent(shop: Shop, since: date = FIRST) -> Mapping[tuple[date, str], tuple[int, int]]:
    found: dict[tuple[date, str], tuple[int, int]] = {}
    for one in workspace_costs(shop.store, shop.tables, "shop", since):
        cells, points = found.get((one.day, one.field), (0, 0))
        found[one.day, one.field] = (cells + one.cells, points + one.data_points)
    return found


def test_rows_count_by_the_answer_of_their_request(shop: Shop) -> None:
    intent = shop.intend(
        priced("ann", tier=1, push_subscribe=0),
        priced("ben", tier=1),
        priced("cat", tier=1),
        priced("dan", tier=1, children=3),
        priced("eve", tier=1),
        priced("fay", tier=1),
        priced("gus", tier=1),
        priced("hal", tier=1),
        priced("ida", tier=1),
    )
    shop.answer(intent, 0, ChunkState.ACKNOWLEDGED, refused=[1])  # ann, and not ben
    shop.answer(intent, 1, ChunkState.UNSETTLED)  # cat and dan may have arrived
    shop.answer(intent, 2, ChunkState.REJECTED)  # eve and fay surely not
    shop.answer(intent, 3, ChunkState.SENT)  # gus and hal may have; ida never left
    expected = {
        (FIRST, "children"): (1, 3),
        (FIRST, "push_subscribe"): (1, 0),
        (FIRST, "tier"): (5, 5),
    }
    assert spent(shop) == expected  # while it is open
    shop.ledger().close()
    assert spent(shop) == expected  # and after
    assert shop.store.costs.of_runs(["r"]) == {"r": 8}
    assert shop.store.costs.of_change_sets([intent.change_set.id]) == {intent.change_set.id: 8}


def test_costs_outlive_folding_and_a_second_close(shop: Shop) -> None:
    shop.deliver(priced("ann", tier=1))
    shop.wait(days=1)
    shop.deliver(priced("ann", tier=1), priced("ben", tier=1))
    shop.wait(hours=1)
    assert shop.fold()
    shop.ledger().close()
    assert spent(shop) == {(FIRST, "tier"): (1, 1), (date(2026, 3, 2), "tier"): (2, 2)}
    assert spent(shop, date(2026, 3, 2)) == {(date(2026, 3, 2), "tier"): (2, 2)}


def test_the_day_is_that_of_the_engines_zone(shop: Shop, tmp_path: Path) -> None:
    engine = Engine(
        EngineSettings(
            spill_folder=tmp_path / "paris",
            memory_limit="300MB",
            threads=1,
            timezone="Europe/Paris",
        )
    )
    there = replace(shop, engine=engine, tables=Tables(engine, shop.store.folder, {}))
    there.now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    there.deliver(priced("ann", tier=1))
    assert spent(there) == {(date(2026, 3, 2), "tier"): (1, 1)}
    engine.close()


def test_all_ledgers_of_a_workspace_count_and_no_other(shop: Shop) -> None:
    shop.deliver(priced("ann", tier=1))
    events = shop.ledger(object="events")
    rows = "SELECT 'e1' AS _identifier, 1 AS _points, 0::BIGINT AS _chunk, 0::INTEGER AS _position"
    shop.engine.table("events", rows)
    intent = events.intend("events", run_id="r2", now=shop.now, price={}, scopes={})
    shop.answer(intent, 0, ChunkState.ACKNOWLEDGED)
    events.close()
    shop.ledger(workspace="other").intend(
        shop.changes([priced("ann", tier=1)]), run_id="r3", now=shop.now, price={}, scopes={}
    )
    assert spent(shop) == {(FIRST, "tier"): (1, 1), (FIRST, "events"): (1, 1)}


def test_what_became_known_without_a_send_costs_nothing(shop: Shop) -> None:
    shop.deliver("SELECT 'ann' AS _identifier, ['tier'] AS _changed, 'x' AS tier")
    assert spent(shop) == {}
