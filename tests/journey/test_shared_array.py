"""Campaigns that share an array, and one that sets a boolean: who joins, leaves, changes, ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import objects, running
from tests.journey.conftest import Once

SEGMENT = "SELECT person_id FROM braze_people WHERE loaves >= {least}\n"
CAMPAIGN = """\
status: active
include: [{segment}]
to: braze
attributes: []
groups:
  - {{name: all, treatments: {{letter: 100%}}}}
audience: {audience}
"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one run sent, how profiles stood after it, and what it cost and was said to cost."""

    sent: Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]
    points: int
    planned: int


@pytest.fixture(scope="module")
def steps(once: Once) -> Mapping[str, Step]:
    return once("shared array", _live)


def _live(folder: Path) -> Mapping[str, Step]:
    with running() as sandbox:
        project = bakery(folder, sandbox.url)
        # Segments are of profiles: the bakery gets some.
        project.edit("sources/customers.yaml", "person_id: customer_no", "stitch: true")
        (folder / "segments").mkdir()
        (folder / "campaigns").mkdir()
        project.write("segments/some.sql", SEGMENT.format(least=1))
        project.write("segments/many.sql", SEGMENT.format(least=10))
        campaigns = {
            "big": ("many", "{array: audiences}"),
            "fans": ("some", "{array: audiences, value: fans}"),
            "vip": ("many", "{attribute: vip, value: true, on_leave: false}"),
        }
        for name, (segment, audience) in campaigns.items():
            text = CAMPAIGN.format(segment=segment, audience=audience)
            project.write(f"campaigns/{name}.yaml", text)
        found = {}

        def run(step: str) -> None:
            project.run(as_of=None, send=False)
            planned = project.plan().data_points
            known = len(sandbox.requests())
            before = sandbox.summary()["data_points"]
            project.run(as_of=None, allow_clears=True)
            users = sandbox.call("state")["users"]
            found[step] = Step(
                sent={one["external_id"]: one for one in objects(sandbox.requests(after=known))},
                profiles={one["external_id"]: one["custom_attributes"] for one in users},
                points=sandbox.summary()["data_points"] - before,
                planned=planned,
            )

        deliver(
            project,
            5,
            ("C1", "Ada", "ada@bread.example", 10),
            ("C2", "Bo", "bo@bread.example", 2),
            ("C3", "Cleo", "cleo@bread.example", 20),
        )
        run("first")
        run("again")
        deliver(project, 6, ("C1", "Ada", "ada@bread.example", 3))
        run("left")
        project.edit("campaigns/big.yaml", "{array: audiences}", "{array: audiences, value: large}")
        run("other value")
        project.edit("campaigns/fans.yaml", "status: active", "status: ended")
        run("ended")
        return found


def _arrays(step: Step) -> dict[str, Any]:
    return {who: held.get("audiences") for who, held in step.profiles.items()}


def test_each_campaign_adds_its_element(steps: Mapping[str, Step]) -> None:
    first = steps["first"]
    assert {who: sorted(held) for who, held in _arrays(first).items()} == {
        "C1": ["big_all_letter", "fans"],
        "C2": ["fans"],
        "C3": ["big_all_letter", "fans"],
    }
    assert first.sent["C1"]["audiences"] == {"add": ["big_all_letter", "fans"]}
    assert first.profiles["C1"]["vip"] is True
    assert "vip" not in first.profiles["C2"]


def test_nothing_is_sent_twice(steps: Mapping[str, Step]) -> None:
    assert steps["again"].sent == {}


def test_who_leaves_one_campaign_stays_in_the_other(steps: Mapping[str, Step]) -> None:
    left = steps["left"]
    assert left.sent["C1"]["audiences"] == {"remove": ["big_all_letter"]}
    assert _arrays(left)["C1"] == ["fans"]
    assert left.profiles["C1"]["vip"] is False
    assert list(left.sent) == ["C1"]


def test_another_value_takes_the_place_of_the_old_one(steps: Mapping[str, Step]) -> None:
    changed = steps["other value"]
    assert changed.sent == {
        "C3": {
            "external_id": "C3",
            "audiences": {"add": ["large"], "remove": ["big_all_letter"]},
        }
    }
    assert sorted(_arrays(changed)["C3"]) == ["fans", "large"]


def test_an_ended_campaign_takes_its_elements_away(steps: Mapping[str, Step]) -> None:
    ended = steps["ended"]
    assert set(ended.sent) == {"C1", "C2", "C3"}
    assert _arrays(ended)["C3"] == ["large"]
    assert not _arrays(ended)["C2"]


def test_an_element_costs_a_point(steps: Mapping[str, Step]) -> None:
    for step in steps.values():
        assert step.points == step.planned
    assert steps["other value"].points == 2
    assert steps["ended"].points == 3
