"""Attributes, events and a list in one run: what is left out of one is told for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import running
from tests.journey.conftest import Once
from tests.journey.lists import NEWS, READERS, fill
from tests.journey.project import Project

from onefold.app import ledger_state
from onefold.errors import OnefoldError

LONG = "a" * 300
VISITS = """\
SELECT person_id, customer_no AS external_id, customer_no AS visit, 'visited' AS name,
  changed_on::TIMESTAMPTZ AS time
FROM customers
"""


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day: what the plan said, what it said of two people, and what the run came to."""

    spoken: str
    why: dict[str, str]
    summary: dict[str, Any]
    unknown_ledger: str


@pytest.fixture(scope="module")
def day(once: Once) -> Day:
    return once("several_objects", _live)


def _live(folder: Path) -> Day:
    with running() as sandbox:
        project = bakery(folder, sandbox.url)
        (project.folder / "queries").mkdir()
        fill(project, "readers", READERS, f"{{subscription_group: {NEWS}}}")
        fill(project, "visits", VISITS, "events", "event_key: [visit]", "window: 9000d")
        project.edit(
            "destinations/braze.yaml",
            "attributes:",
            "budget: {data_points_per_day: 90}\nattributes:",
        )
        deliver(project, 5, ("C1", LONG, "a@bread.example", 12), ("C2", "Bo", "b@bread.example", 3))
        project.run(as_of=None, send=False)
        return Day(
            spoken=project.onefold("plan").stdout,
            why=dict(_why(project, "C1")),
            summary=asdict(project.run(as_of=None)),
            unknown_ledger=_unknown(project),
        )


def _unknown(project: Project) -> str:
    with project.house() as house, pytest.raises(OnefoldError) as refused:
        ledger_state(house, "shop")
    return refused.value.hint


def _why(project: Project, person: str) -> Iterator[tuple[str, str]]:
    attributes, *_ = project.plans(person=person)
    (found,) = attributes.people_shown
    for one in found.fields:
        yield one.field, one.why


def test_a_value_left_out_is_told_though_a_list_was_prepared_after_it(day: Day) -> None:
    assert list(day.summary["reasons"]) == [
        {
            "room": "destinations",
            "name": "prepare attributes braze",
            "field": "first_name",
            "reason": "longer than 255 characters",
            "rows": 1,
        }
    ]


def test_a_plan_of_one_person_says_why_a_value_is_left_out(day: Day) -> None:
    assert day.why["first_name"] == "refused: longer than 255 characters"
    assert day.why["email"] == "new or changed"


def test_a_plan_counts_each_object_in_its_own_words(day: Day) -> None:
    assert "(workspace bakery, attributes): 2 of 2 people change, 5 data points" in day.spoken
    assert "(workspace bakery, events): 2 of 2 events are sent, 2 data points" in day.spoken
    assert "(workspace bakery, subscription_groups): 2 of 2 people change" in day.spoken


def test_a_plan_tells_the_budget_once_for_all_objects(day: Day) -> None:
    assert day.spoken.count("0 of 90 data points used") == 1
    assert "and this run would add 7" in day.spoken


def test_an_unknown_ledger_is_answered_with_those_that_there_are(day: Day) -> None:
    known = "bakery/attributes, bakery/events, bakery/subscription_groups"
    assert day.unknown_ledger == f"ledgers: {known}"
