"""A budget of data points: what it counts, when it stops a run, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import running
from tests.journey.project import Project

from onefold.app import ledger_state
from onefold.errors import BudgetExceeded


def _budgeted(project: Project, budget: str) -> None:
    path = project.folder / "destinations" / "braze.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("budget:")]
    at = kept.index("workspace: bakery") + 1
    path.write_text("\n".join([*kept[:at], f"budget: {budget}", *kept[at:], ""]), "utf-8")


def test_a_run_that_would_exceed_the_budget_sends_nothing(tmp_path: Path) -> None:
    with running() as sandbox:
        project = bakery(tmp_path, sandbox.url)
        _budgeted(project, "{data_points_per_month: 10}")
        deliver(
            project, 5, ("C1", "Ada", "ada@bread.example", 12), ("C2", "Bo", "bo@bread.example", 3)
        )
        first = project.run(as_of=None)
        assert [one["used"] for one in first.budgets] == [0]
        assert first.data_points == sandbox.summary()["data_points"] == 6
        deliver(
            project,
            6,
            ("C1", "Ada", "ada@bread.example", 13),
            ("C2", "Bo", "bo@bread.example", 4),
            ("C3", "Cleo", "cleo@bread.example", 5),
        )
        with pytest.raises(BudgetExceeded) as stopped:
            project.run(as_of=None)
        assert sandbox.summary()["data_points"] == 6
        assert "the budget of braze would be exceeded: 6 of 10 data points used" in str(
            stopped.value
        )
        assert "add 5 (loaves: 3, 60%, email: 1, 20%, first_name: 1, 20%)" in str(stopped.value)
        assert str(stopped.value.where) == "destinations/braze.yaml:5:33"

        plan = json.loads(project.onefold("plan", "--json").stdout)[0]
        (budget,) = plan["budgets"]
        assert (budget["used"], budget["adds"], budget["exceeded"]) == (6, 5, True)
        assert "budget of braze would be exceeded" in plan["refused_by"]
        assert plan["columns"][0] == {"field": "loaves", "data_points": 3, "share": 0.6}
        assert plan["orchestrations"] == {"everybody": 5}
        spoken = project.onefold("plan").stdout
        assert "60%" in spoken
        assert "6 of 10 data points used" in spoken

        _budgeted(project, "{data_points_per_day: 10, on_fail: warn}")
        ran = project.onefold("run")
        assert ran.returncode == 0
        assert "notice: the budget was exceeded, and on_fail is warn" in ran.stderr
        assert sandbox.summary()["data_points"] == 11

        _budgeted(project, "{data_points_per_month: 1}")
        assert project.run(as_of=None).budgets[0]["exceeded"] is False  # nothing to send
        with project.house() as house:
            assert [one["data_points"] for one in ledger_state(house, "bakery").change_sets] == [
                5,
                6,
            ]
        runs = json.loads(project.onefold("runs", "--json").stdout)
        assert [one["data_points"] for one in runs] == [0, 5, 0, 6]


def test_a_budget_without_a_limit_is_refused(tmp_path: Path) -> None:
    project = bakery(tmp_path, "http://127.0.0.1:8765")
    _budgeted(project, "{on_fail: warn}")
    said = project.onefold("check")
    assert "destinations/braze.yaml:5:1: the budget has no limit" in said.stdout + said.stderr
