"""A bakery that rounds, bands and holds back: what is sent, what waits, and what it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Profiles, running
from tests.journey.conftest import Once
from tests.journey.project import Project

from onefold.run import RunSummary

ATTRIBUTES = """\
attributes:
  first_name:
  email: {from: mail}
  loaves: {min_change: 10%}
  loaves in tens: {from: loaves, round_to: 10}
  appetite: {from: loaves, bands: {none: empty, small: "< 10", large: else}}
  loaves of the week: {from: loaves, min_interval: 7d}
"""


@dataclass(frozen=True, kw_only=True)
class Days:
    """Two days: what the second sent, held back and told."""

    first: Profiles
    second: Profiles
    points: int
    summary: RunSummary
    why: Mapping[str, Mapping[str, str]]
    spoken: str
    planned: Mapping[str, Any]


@pytest.fixture(scope="module")
def days(once: Once) -> Days:
    return once("policies", _live)


def _live(folder: Path) -> Days:
    with running() as sandbox:
        project = _written(folder, sandbox.url)
        deliver(
            project,
            5,
            ("C1", "Ada", "ada@bread.example", 101),
            ("C2", "Bo", "bo@bread.example", 8),
            ("C3", "Cleo", "cleo@bread.example", ""),
        )
        project.run(as_of=None)
        first, before = sandbox.profiles(), sandbox.summary()["data_points"]
        deliver(
            project,
            6,
            ("C1", "Ada", "ada@bread.example", 104),
            ("C2", "Bo", "bo@bread.example", 9),
            ("C3", "Cleo", "cleo@bread.example", 12),
        )
        project.run(as_of=None, send=False)
        planned = json.loads(project.onefold("plan", "--json").stdout)[0]
        people = {who: project.plan(person=who).people_shown[0] for who in ("C1", "C2", "C3")}
        ran = project.onefold("run")
        assert ran.returncode == 0, ran.stderr
        points = sandbox.summary()["data_points"] - before
        return Days(
            first=first,
            second=sandbox.profiles(),
            points=points,
            summary=project.run(as_of=None),
            why={
                who: {one.field: one.why for one in shown.fields} for who, shown in people.items()
            },
            spoken=ran.stdout,
            planned=planned,
        )


def _written(folder: Path, url: str) -> Project:
    project = bakery(folder, url)
    plain = "attributes:\n  first_name:\n  email: {from: mail}\n  loaves:\n"
    project.edit("destinations/braze.yaml", plain, ATTRIBUTES)
    return project


def _custom(profiles: Profiles, who: str) -> Mapping[str, Any]:
    return {name: value for name, (_, value) in profiles[who].items()}


def test_what_is_compared_is_rounded_and_banded(days: Days) -> None:
    first, second = (_custom(one, "C1") for one in (days.first, days.second))
    assert (first["loaves in tens"], first["appetite"]) == (100, "large")
    assert second == first  # 104 is 100 too, and 3 more of 101 are too few


def test_bands_name_no_value_where_one_says_so(days: Days) -> None:
    assert _custom(days.first, "C3")["appetite"] == "none"
    assert _custom(days.second, "C3")["appetite"] == "large"


def test_only_what_passes_its_policy_is_sent(days: Days) -> None:
    # Bo: 9 is an eighth more than 8, and 10 in tens as 8 was. Cleo: four first values.
    assert days.points == 1 + 4
    assert _custom(days.second, "C2")["loaves"] == 9
    assert _custom(days.second, "C2")["loaves of the week"] == 8
    assert days.planned["data_points"] == 5


def test_plan_tells_why_a_change_is_not_sent(days: Days) -> None:
    assert days.why["C1"]["loaves"] == "min_change 10%: 101 → 104 is 2.97%"
    assert days.why["C1"]["loaves of the week"].startswith("min_interval 7d: sent at 20")
    assert days.why["C1"]["loaves in tens"] == "unchanged since the last acknowledged send"
    assert days.why["C2"]["loaves"] == "new or changed"
    assert days.why["C3"]["loaves of the week"] == "new or changed"


def test_plan_and_run_count_what_waits(days: Days) -> None:
    held = [
        {"field": "loaves", "reason": "min_change", "cells": 1},
        {"field": "loaves of the week", "reason": "min_interval", "cells": 2},
    ]
    assert days.planned["held"] == held
    assert list(days.summary.held) == held
    assert "not sent yet" in days.spoken


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "first_name:",
            "first_name: {min_change: 5%}",
            (
                "7:28: the attribute first_name: min_change is for numbers, "
                "and what is sent is string"
            ),
        ),
        (
            "email: {from: mail}",
            "email: {from: mail, round_to: 10}",
            ("8:33: the attribute email: round_to: 10 is for numbers, and this column is string"),
        ),
        (
            "loaves: {min_change: 10%}",
            'loaves: {bands: {few: "< 3", many: else}, min_change: 5%}',
            ("9:57: the attribute loaves: min_change is for numbers, and what is sent is string"),
        ),
        (
            "email: {from: mail}",
            "email: {from: mail, merge_by: sku}",
            (
                "8:33: the attribute email: merge_by is for arrays and objects, "
                "and its column is string"
            ),
        ),
        (
            "loaves: {min_change: 10%}",
            "loaves: {round_to: month}",
            (
                "9:22: the attribute loaves: round_to: month is for dates and "
                "datetimes, and this column is integer"
            ),
        ),
    ],
)
def test_check_refuses_a_policy_that_does_not_fit(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    project = _written(tmp_path, "http://127.0.0.1:8765")
    project.edit("destinations/braze.yaml", old, new)
    said = project.onefold("check")
    assert said.returncode == 1
    assert f"destinations/braze.yaml:{told}" in said.stdout + said.stderr
