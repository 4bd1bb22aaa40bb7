"""A bakery that sends objects by part: Braze holds what is wanted, for fewer data points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import running
from tests.journey.conftest import Once
from tests.journey.project import Project

PEOPLE = """\
/* onefold
primary_key: person_id
*/
SELECT
  person_id,
  customer_no AS external_id,
  {'loaves': loaves, 'since': DATE '2026-01-01', 'shop': {'city': 'Lyon', 'street': 'Rue A'},
   'gift': CASE WHEN loaves < 9 THEN 'yes' END} AS orders,
  CASE WHEN loaves = 7 THEN {'rye': 1} ELSE {'oat': loaves} END AS stock,
  [{'sku': 'S' || n, 'kind': 'bread', 'price': 2.5, 'bought': if(n = 1, loaves, 1)}
   FOR n IN range(greatest(1, loaves - 6), loaves + 1)] AS visits
FROM customers
"""
WHOLE = "attributes:\n  orders:\n  stock:\n  visits:\n"
BY_PART = "attributes:\n  orders: {merge: true}\n  stock:\n  visits: {merge_by: sku}\n"
LOAVES = (3, 4, 6, 7, 9)  # each day those of Ada; Bo never changes


@dataclass(frozen=True, kw_only=True)
class Days:
    """By way, `whole` and `by part`: Ada's attributes and the data points after each day."""

    profiles: dict[str, list[dict[str, Any]]]
    points: dict[str, list[int]]
    planned: dict[str, list[int]]
    again: int


@pytest.fixture(scope="module")
def days(once: Once) -> Days:
    return once("merging", _live)


def _live(folder: Path) -> Days:
    ways = {"whole": WHOLE, "by part": BY_PART}
    profiles: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    points: dict[str, list[int]] = {way: [] for way in ways}
    planned: dict[str, list[int]] = {way: [] for way in ways}
    again = 0
    for way, attributes in ways.items():
        (folder / way).mkdir(parents=True)
        with running() as sandbox:
            project = _bakery(folder / way, sandbox.url, attributes)
            for day, loaves in enumerate(LOAVES, 1):
                deliver(project, day, ("C1", "Ada", "", loaves), ("C2", "Bo", "", 2))
                project.run(as_of=None, send=False)
                planned[way].append(project.plan().data_points)
                before = sandbox.summary()["data_points"]
                project.run(as_of=None)
                points[way].append(sandbox.summary()["data_points"] - before)
                users = {one["external_id"]: one for one in sandbox.call("state")["users"]}
                profiles[way].append(users["C1"]["custom_attributes"])
            before = sandbox.summary()["data_points"]
            project.run(as_of=None)
            again += sandbox.summary()["data_points"] - before
    return Days(profiles=profiles, points=points, planned=planned, again=again)


def _bakery(folder: Path, url: str, attributes: str) -> Project:
    project = bakery(folder, url)
    project.write("tables/braze_people.sql", PEOPLE)
    text = (folder / "destinations/braze.yaml").read_text(encoding="utf-8")
    project.write("destinations/braze.yaml", text.partition("attributes:")[0] + attributes)
    return project


def test_braze_ends_each_day_with_what_is_wanted(days: Days) -> None:
    for loaves, found in zip(LOAVES, days.profiles["by part"], strict=True):
        shop = {"city": "Lyon", "street": "Rue A"}
        gift = {} if loaves >= 9 else {"gift": "yes"}
        since = "2026-01-01T00:00:00.000Z"
        assert found["orders"] == {"loaves": loaves, "since": since, "shop": shop, **gift}
        assert found["stock"] == ({"rye": 1} if loaves == 7 else {"oat": loaves})
        assert found["visits"] == [
            {"sku": f"S{n}", "kind": "bread", "price": 2.5, "bought": loaves if n == 1 else 1}
            for n in range(max(1, loaves - 6), loaves + 1)
        ]


def test_both_ways_end_alike(days: Days) -> None:
    assert days.profiles["by part"] == days.profiles["whole"]


def test_parts_cost_less(days: Days) -> None:
    bo = 5 + 1 + 2 * 4  # orders, stock, visits: on the first day alone
    assert days.points["whole"] == [
        5 + 1 + 3 * 4 + bo,
        5 + 1 + 4 * 4,
        5 + 1 + 6 * 4,
        5 + 1 + 7 * 4,
        4 + 1 + 7 * 4,
    ]
    assert days.points["by part"] == [
        5 + 1 + 3 * 4 + bo,
        1 + 1 + (1 + 4),  # loaves, oat, the first visit and a new one
        1 + 1 + (1 + 2 * 4),
        5 + 1 + (4 + 4),  # stock is another object: nothing of the row may be merged
        4 + 1 + (2 + 2 * 4),  # the gift is gone; two visits are, too, and two are new
    ]


def test_what_plan_counts_is_what_braze_counts(days: Days) -> None:
    assert days.planned == days.points


def test_another_run_sends_nothing(days: Days) -> None:
    assert days.again == 0
