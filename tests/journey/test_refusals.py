"""What nobody can take: rows, fields, whole people. Nothing else suffers, nothing is forgotten."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Profiles, Sandbox, running
from tests.journey.conftest import Once
from tests.journey.oracle import sent
from tests.journey.project import Project

from onefold.app import explain
from onefold.app.explaining import Story

LONG = "a" * 300
BLOCKED = "C3"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One run: how the command ended, what it said and sent, what Braze has since."""

    code: int
    summary: dict[str, Any]
    sent: dict[str, Any]
    profiles: Profiles


@dataclass(frozen=True, kw_only=True)
class Week:
    """All runs by name, and at the end: the blocked one's story, and how many are held back."""

    steps: dict[str, Step]
    blocked: Story
    quarantined: int

    def __getitem__(self, name: str) -> Step:
        return self.steps[name]


@pytest.fixture(scope="module")
def week(once: Once) -> Week:
    return once("refusals", _live)


def _live(folder: Path) -> Week:
    with running("--block-external-id", BLOCKED) as sandbox:
        project = bakery(folder, sandbox.url)
        deliver(
            project,
            5,
            ("C1", "Ada", "ada@bread.example", 12),
            ("C2", LONG, "bo@bread.example", 3),
            ("C3", "Cleo", "cleo@bread.example", 4),
            ("C4", "Dan", "dan at bread.example", 5),
            ("C5", "Eve", "eve@bread.example", 6),
            ("C6", "Fay", "fay@bread.example", "ten"),
        )
        steps = {"first": _by_command(project, sandbox)}
        steps["unchanged"] = _quietly(project, sandbox)
        deliver(
            project,
            6,
            ("C2", "Bo", "bo@bread.example", 3),
            ("C5", "Eva", "eve", 7),
            ("C6", "Fay", "fay@bread.example", "eleven"),
        )
        steps["corrected"] = _by_command(project, sandbox, "--allow-rejects")
        deliver(project, 7, ("C3", "Cléo", "cleo@bread.example", 4))
        steps["the blocked one changed"] = _by_command(project, sandbox)
        steps["and no more"] = _quietly(project, sandbox)
        with project.house() as house:
            blocked = explain(house, BLOCKED)
        return Week(steps=steps, blocked=blocked, quarantined=project.plan().quarantined)


def _by_command(project: Project, sandbox: Sandbox, *options: str) -> Step:
    before = sandbox.summary()["requests"]
    ended = project.onefold("run", "--json", *options)
    return _step(sandbox, before, ended.returncode, json.loads(ended.stdout))


def _quietly(project: Project, sandbox: Sandbox) -> Step:
    before = sandbox.summary()["requests"]
    return _step(sandbox, before, 0, asdict(project.run(as_of=None)))


def _step(sandbox: Sandbox, before: int, code: int, summary: dict[str, Any]) -> Step:
    cells = dict(sent(sandbox.requests(after=before)))
    return Step(code=code, summary=summary, sent=cells, profiles=sandbox.profiles())


def test_rejected_rows_end_with_3_and_with_0_when_allowed(week: Week) -> None:
    assert week["first"].code == 3, "rows that ingest rejected"
    assert week["the blocked one changed"].code == 3, "a person whom Braze refused"
    assert week["corrected"].code == 0
    assert week["corrected"].summary["rejected"] == 1


def test_a_rejected_row_is_told_with_file_line_and_field(week: Week) -> None:
    (row,) = [one for one in week["first"].summary["reasons"] if one["room"] == "ingest"]
    assert row == {
        "room": "ingest",
        "name": "customers",
        "reason": "loaves: not an integer",
        "rows": 1,
        "file": "data/customers-2026-01-05.csv",
        "line": 7,
        "field": "loaves",
    }
    assert all("C6" not in step.profiles for step in week.steps.values())


def test_a_field_that_braze_would_not_take_is_left_out_alone(week: Week) -> None:
    first = week["first"]
    assert first.sent["C2"] == {"email": ("string", "bo@bread.example"), "loaves": ("integer", 3)}
    assert first.sent["C4"] == {"first_name": ("string", "Dan"), "loaves": ("integer", 5)}
    told = {
        (r["field"], r["reason"]): r["rows"] for r in first.summary["reasons"] if "line" not in r
    }
    assert told[("first_name", "longer than 255 characters")] == 1
    assert told[("email", "not an e-mail address")] == 1


def test_a_field_is_sent_once_it_is_right(week: Week) -> None:
    assert week["corrected"].sent["C2"] == {"first_name": ("string", "Bo")}


def test_a_value_that_turns_bad_leaves_the_good_one_in_braze(week: Week) -> None:
    assert week["corrected"].sent["C5"] == {
        "first_name": ("string", "Eva"),
        "loaves": ("integer", 7),
    }
    assert week["corrected"].profiles["C5"]["email"] == ("string", "eve@bread.example")


def test_braze_refuses_one_person_and_the_others_arrive(week: Week) -> None:
    first = week["first"]
    assert BLOCKED in first.sent
    assert first.profiles.keys() == {"C1", "C2", "C4", "C5"}
    assert first.summary["acknowledged"] == 4
    told = {r["reason"]: r["rows"] for r in first.summary["reasons"] if r["field"] is None}
    assert told == {"provided external_id is blacklisted and disallowed": 1}


def test_the_refusal_lands_on_the_right_person(week: Week) -> None:
    newest, first = week.blocked.sends
    for send in (newest, first):
        assert send["state"] == "refused"
        assert send["answer"] == "provided external_id is blacklisted and disallowed"
    assert first["fields"] == {"first_name": "Cleo", "email": "cleo@bread.example", "loaves": 4}
    assert newest["fields"] == {**first["fields"], "first_name": "Cléo"}


def test_the_same_values_are_not_sent_to_be_refused_again(week: Week) -> None:
    assert week["unchanged"].sent == {}
    assert BLOCKED not in week["corrected"].sent
    assert week["and no more"].sent == {}
    assert week.quarantined == 1


def test_new_values_are_tried_once(week: Week) -> None:
    assert week["the blocked one changed"].sent == {
        BLOCKED: {
            "first_name": ("string", "Cléo"),
            "email": ("string", "cleo@bread.example"),
            "loaves": ("integer", 4),
        }
    }
