"""`onefold ledger costs`: what each attribute cost, how often it changed, what would save."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import running
from tests.journey.conftest import Once
from tests.journey.project import Project


@pytest.fixture(scope="module")
def project(once: Once) -> Project:
    return once("costs", _live)


def _live(folder: Path) -> Project:
    with running() as sandbox:
        project = bakery(folder, sandbox.url)
        ada, bo = ("C1", "Ada", "ada@bread.example"), ("C2", "Bo", "bo@bread.example")
        for day, loaves in ((5, 11), (6, 12), (7, 18), (8, 19)):
            deliver(project, day, (*ada, loaves), (*bo, 3))
            project.run(as_of=None)
        return project


def _bill(project: Project, *options: str) -> Any:
    said = project.onefold("ledger", "costs", "--json", *options)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def test_the_bill_ranks_attributes_and_says_how_often_they_went(project: Project) -> None:
    bill = _bill(project)
    assert bill["data_points"] == 9  # three of two people, then Ada's loaves three times
    ranking = [(one["field"], one["cells"], one["people"], one["share"]) for one in bill["fields"]]
    assert ranking == [
        ("loaves", 5, 2, 0.5556),
        ("email", 2, 2, 0.2222),
        ("first_name", 2, 2, 0.2222),
    ]
    spoken = project.onefold("ledger", "costs", "--days", "7").stdout
    assert "56%" in spoken
    assert "9 data points" in spoken


def test_a_policy_is_tried_on_what_was_sent(project: Project) -> None:
    tried = _bill(project, "--attribute", "loaves", "--what-if", "round_to: 10")["what_if"]
    assert (tried["data_points"], tried["would_cost"], tried["waiting"]) == (5, 3, 0)
    banded = '{bands: {few: "< 15", many: else}}'
    tried = _bill(project, "--attribute", "loaves", "--what-if", banded)["what_if"]
    assert tried["would_cost"] == 3
    tried = _bill(project, "--attribute", "loaves", "--what-if", "min_change: 50%")["what_if"]
    assert (tried["would_cost"], tried["waiting"]) == (3, 1)  # 11, 18; 19 waits
    spoken = project.onefold(
        "ledger", "costs", "--attribute", "loaves", "--what-if", "min_interval: 7d"
    ).stdout
    assert "2 instead of 5 data points, 60% less; the last value of 1 people" in spoken


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--attribute", "loaves"), "--attribute and --what-if belong together"),
        (("--attribute", "loaves", "--what-if", "round: 10"), "round is no policy"),
        (("--attribute", "loaves", "--what-if", "round_to: x"), "neither a number above 0"),
        (("--attribute", "loaves", "--what-if", "{round_to"), "cannot be read"),
        (("--attribute", "loafs", "--what-if", "round_to: 10"), "loafs was never sent"),
        (
            ("--attribute", "email", "--what-if", "round_to: 10"),
            "email: round_to: 10 is for numbers, and this column is string",
        ),
        (
            ("--attribute", "email", "--what-if", "min_change: 5%"),
            "email: min_change is for numbers, not string",
        ),
    ],
)
def test_what_cannot_be_tried_is_told(
    project: Project, options: tuple[str, ...], told: str
) -> None:
    said = project.onefold("ledger", "costs", *options)
    assert said.returncode != 0
    assert told in said.stderr
