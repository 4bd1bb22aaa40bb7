"""A bakery that sends lists and objects: what arrives is what was wanted, once, at its price."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import running
from tests.journey.conftest import Once

PEOPLE = """\
/* onefold
primary_key: person_id
*/
SELECT
  person_id,
  customer_no AS external_id,
  first_name,
  CASE WHEN loaves > 0 THEN ['rye', 'oat', 'rye'] END AS likes,
  {'loaves': loaves, 'since': changed_on, 'shop': CAST(NULL AS VARCHAR)} AS orders,
  [{'name': first_name, 'loaves': loaves}] AS visits,
  '{"b": 1.50, "a": ' || loaves || '}' AS written
FROM customers
"""
ATTRIBUTES = """\
attributes:
  first_name:
  likes:
  orders:
  visits:
  written: {as: json}
"""


@dataclass(frozen=True, kw_only=True)
class Days:
    """Profiles, data points and requests of each run; what plan said of the first."""

    planned: int
    profiles: list[dict[str, dict[str, Any]]]
    points: list[int]


@pytest.fixture(scope="module")
def days(once: Once) -> Days:
    return once("nested", _live)


def _live(folder: Path) -> Days:
    with running() as sandbox:
        project = bakery(folder, sandbox.url)
        project.write("tables/braze_people.sql", PEOPLE)
        text = (folder / "destinations/braze.yaml").read_text(encoding="utf-8")
        project.write("destinations/braze.yaml", text.partition("attributes:")[0] + ATTRIBUTES)
        profiles, points = [], []

        def run() -> None:
            before = sandbox.summary()["data_points"]
            project.run(as_of=None, allow_clears=True)
            users = sandbox.call("state")["users"]
            profiles.append({one["external_id"]: one["custom_attributes"] for one in users})
            points.append(sandbox.summary()["data_points"] - before)

        deliver(project, 5, ("C1", "Ada", "", 3), ("C2", "Bo", "", 1))
        project.run(as_of=None, send=False)
        planned = project.plan().data_points
        run()
        run()
        deliver(project, 6, ("C1", "Ada", "", 0))
        run()
        return Days(planned=planned, profiles=profiles, points=points)


def test_what_arrives_is_what_was_wanted(days: Days) -> None:
    assert days.profiles[0]["C1"] == {
        "likes": ["oat", "rye"],
        "orders": {"loaves": 3, "since": "2026-01-05T00:00:00.000Z"},
        "visits": [{"loaves": 3, "name": "Ada"}],
        "written": {"a": 3, "b": 1.5},
    }


def test_what_plan_counts_is_what_braze_counts(days: Days) -> None:
    assert days.planned == 2 * (1 + 1 + 2 + 2 + 2)  # first_name, likes, orders, visits, written
    assert days.points[0] == days.planned


def test_a_second_run_sends_nothing(days: Days) -> None:
    assert days.points[1] == 0


def test_a_change_replaces_the_whole_value_and_a_null_clears_it(days: Days) -> None:
    assert days.profiles[2]["C1"] == {
        "orders": {"loaves": 0, "since": "2026-01-06T00:00:00.000Z"},
        "visits": [{"loaves": 0, "name": "Ada"}],
        "written": {"a": 0, "b": 1.5},
    }
    assert days.profiles[2]["C2"] == days.profiles[0]["C2"]
    assert days.points[2] == 1 + 2 + 2 + 2
