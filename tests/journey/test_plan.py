"""`onefold plan`: changes nothing, and is what the run then sends."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Profiles, objects, running
from tests.journey.conftest import Once
from tests.journey.oracle import sent
from tests.journey.project import DAY_1, DAY_2, Project

from onefold.app import DestinationPlan
from onefold.run import RunSummary

CUSTOMERS = 1_500


@dataclass(frozen=True, kw_only=True)
class Planned:
    """Day 2: planned with its tables built and nothing sent, then run."""

    plan: DestinationPlan
    by_command: dict[str, Any]
    spoken: str
    people: Mapping[str, DestinationPlan]
    kept_before: Mapping[str, str]
    kept_after: Mapping[str, str]
    asked_of_braze: int
    before: Profiles
    requests: list[dict[str, Any]]
    summary: RunSummary
    data_points: int
    then: DestinationPlan


@pytest.fixture(scope="module")
def planned(once: Once) -> Planned:
    return once("plan", lambda folder: _live(folder / "shop"))


def _live(folder: Path) -> Planned:
    with running() as sandbox:
        project = Project.shop(folder, sandbox.url, customers=CUSTOMERS)
        project.run(as_of=DAY_1)
        project.next_day(CUSTOMERS)
        project.run(as_of=DAY_2, send=False)
        before, counts, kept = sandbox.profiles(), sandbox.summary(), _kept(folder)
        made = project.plan()
        shown = project.onefold("plan", "--json")
        spoken = project.onefold("plan")
        people = {person: project.plan(person=person) for person in _of_each_kind(project, before)}
        kept_after = _kept(folder)
        asked = sandbox.summary()["requests"] - counts["requests"]
        summary = project.run(as_of=DAY_2)
        return Planned(
            plan=made,
            by_command=json.loads(shown.stdout)[0],
            spoken=spoken.stdout,
            people=people,
            kept_before=kept,
            kept_after=kept_after,
            asked_of_braze=asked,
            before=before,
            requests=sandbox.requests(after=counts["requests"]),
            summary=summary,
            data_points=sandbox.summary()["data_points"] - counts["data_points"],
            then=project.plan(),
        )


def _of_each_kind(project: Project, before: Profiles) -> list[str]:
    """Somebody new, three whom Braze knows, and one of the campaign."""
    rows = project.rows("SELECT external_id FROM braze_customer_attributes ORDER BY ALL")
    everybody = [row["external_id"] for row in rows]
    new = [one for one in everybody if one not in before]
    known = [one for one in everybody if one in before]
    vip = next(one for one in known if "vip_spring" in before[one])
    return [new[0], known[0], known[len(known) // 2], known[-1], vip]


def _kept(folder: Path) -> dict[str, str]:
    """Every file of the store and every row of the control database, as hashes."""
    store = folder / ".onefold"
    files = {
        str(file.relative_to(store)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(store.rglob("*"))
        if file.is_file() and not file.name.startswith("control.sqlite")
    }
    connection = sqlite3.connect(store / "control.sqlite")
    try:
        rows = hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()
    return files | {"control.sqlite": rows}


def test_it_changes_nothing(planned: Planned) -> None:
    assert planned.kept_after == planned.kept_before
    assert planned.asked_of_braze == 0


def test_it_is_what_the_run_then_sends(planned: Planned) -> None:
    plan, cells = planned.plan, sent(planned.requests)
    assert plan.people == len(cells) == planned.summary.acknowledged > 0
    assert plan.requests == len(planned.requests) == planned.summary.requests
    assert plan.data_points == planned.data_points == planned.summary.data_points
    sets = Counter(n for one in cells.values() for n, cell in one.items() if cell is not None)
    clears = Counter(n for one in cells.values() for n, cell in one.items() if cell is None)
    assert {name: count for name, count in plan.sets.items() if count} == sets
    assert {name: count for name, count in plan.clears.items() if count} == clears
    assert sum(sets.values()) + sum(clears.values()) == planned.summary.fields_changed


def test_the_command_says_what_the_use_case_says(planned: Planned) -> None:
    plan = json.loads(json.dumps(asdict(planned.plan)))
    assert planned.by_command == plan
    told = f"{plan['people']} of {plan['wanted']} people change, {plan['data_points']} data points"
    assert told in planned.spoken


def test_after_the_run_nothing_is_left_to_do(planned: Planned) -> None:
    assert planned.then.people == planned.then.data_points == planned.then.requests == 0
    assert planned.then.wanted == planned.plan.wanted


def test_a_person_is_shown_the_exact_json_that_is_sent(planned: Planned) -> None:
    bodies = {one["external_id"]: one for one in objects(planned.requests)}
    seen = Counter(person in bodies for person in planned.people)
    assert seen[True], "nobody of them was sent"
    assert seen[False], "all of them were sent"
    for person, plan in planned.people.items():
        (shown,) = plan.people_shown
        assert shown.identifier == person
        if person in bodies:
            assert shown.body is not None
            assert json.loads(shown.body) == bodies[person]
            assert json.dumps(json.loads(shown.body)) == json.dumps(bodies[person]), "in order"
        else:
            assert shown.body is None


def test_a_person_is_told_why_of_every_field(planned: Planned) -> None:
    bodies = {one["external_id"]: one for one in objects(planned.requests)}
    for person, plan in planned.people.items():
        (shown,) = plan.people_shown
        due = bodies.get(person, {}).keys() - {"external_id"}
        for field in shown.fields:
            assert field.sent == (field.field in due), (person, field)
            if field.sent:
                assert field.why in {"new or changed", "cleared"}
            elif field.desired is None:
                assert field.why in {"empty", "nothing wants it for this person"}
            else:
                assert field.why == "unchanged since the last acknowledged send"
                assert field.desired == field.acknowledged


def test_a_person_is_told_why_a_field_cannot_be_sent(tmp_path: Path) -> None:
    project = bakery(tmp_path, "http://127.0.0.1:9")
    deliver(project, 5, ("C1", "A" * 256, "ada@bread.example", 1))
    project.run(as_of=None, send=False)
    (plan,) = json.loads(project.onefold("plan", "--person", "C1", "--json").stdout)
    (shown,) = plan["people_shown"]
    told = {one["field"]: one["why"] for one in shown["fields"]}
    assert told["first_name"] == "refused: longer than 255 characters"
    assert told["loaves"] == "new or changed"
