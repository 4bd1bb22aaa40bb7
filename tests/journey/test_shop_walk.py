"""The shop's first two days: what Braze is sent, what it holds, and that all counts agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests.journey.braze import Profiles, Sandbox, running
from tests.journey.conftest import Once
from tests.journey.contract import Cell, wanted
from tests.journey.oracle import (
    Facts,
    Given,
    Wanted,
    applied,
    changes,
    sent,
    shop_wanted,
    vip_treatments,
)
from tests.journey.project import DAY_1, DAY_2, Project

from onefold.app import ledger_state, show_run
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import IdentifierKind
from onefold.run import RunSummary
from onefold.store import StepRecord
from onefold.warehouse import Tables, relation

CUSTOMERS = 1_600


@dataclass(frozen=True, kw_only=True)
class Walked:
    """One run, and everything around it as it was seen from outside."""

    summary: RunSummary
    steps: tuple[StepRecord, ...]
    before: Profiles
    after: Profiles
    wants: Wanted
    given: Given
    requests: list[dict[str, Any]]
    counts: Mapping[str, int]
    ledger: Profiles
    ledger_profiles: int
    ledger_bytes: int


@pytest.fixture(scope="module")
def days(once: Once) -> Mapping[str, Walked]:
    return once("walk", _two_days)


def _two_days(folder: Path) -> Mapping[str, Walked]:
    with running() as sandbox:
        project = Project.shop(folder / "shop", sandbox.url, customers=CUSTOMERS)
        first = _walk(project, sandbox, DAY_1, {})
        again = _walk(project, sandbox, DAY_1, first.given)
        project.next_day(CUSTOMERS)
        second = _walk(project, sandbox, DAY_2, first.given)
        return {"day 1": first, "unchanged": again, "day 2": second}


def _walk(project: Project, sandbox: Sandbox, as_of: datetime, earlier: Given) -> Walked:
    before, counts = sandbox.profiles(), sandbox.summary()
    summary = project.run(as_of=as_of)
    facts = Facts.of(project)
    given = vip_treatments(facts, as_of, earlier)
    now = sandbox.summary()
    with project.house() as house:
        steps = show_run(house, summary.run_id).steps
        ledger = ledger_state(house, "shop").profiles
    return Walked(
        summary=summary,
        steps=steps,
        before=before,
        after=sandbox.profiles(),
        wants=shop_wanted(facts, given),
        given={**earlier, **given},
        requests=sandbox.requests(after=counts["requests"]),
        counts={
            "requests": now["requests"] - counts["requests"],
            "profiles": now["accepted"]["attributes"] - counts["accepted"]["attributes"],
            "data_points": now["data_points"] - counts["data_points"],
            "wasted": now["data_points_unchanged"] - counts["data_points_unchanged"],
            "refused": now["refused_objects"] - counts["refused_objects"],
            "silent": sum(now["silent"].values()),
            "users": now["users"],
        },
        ledger=acknowledged(project),
        ledger_profiles=ledger,
        ledger_bytes=_bytes(project.folder / ".onefold" / "tables" / "ledger"),
    )


def acknowledged(project: Project) -> Profiles:
    """Read the ledger's acknowledged relation, as what Braze would keep of it."""
    with project.house() as house, house.engine() as engine:
        (record,) = house.store.outbox.ledgers()
        key = LedgerKey(
            workspace=record.workspace,
            identifier=IdentifierKind(record.identifier),
            object=record.object,
            endpoint=record.endpoint,
        )
        ledger = Ledger(house.store, Tables(engine, house.store.folder, {}), key, LedgerSettings())
        state = ledger.state(now=house.now())
        assert state is not None
        rows = engine.arrow(exp.select("*").from_(relation(state))).read_all().to_pylist()
    assert all(row["_unsettled"] is None for row in rows)
    return {row["_identifier"]: dict(_kept(row)) for row in rows}


def _kept(row: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    for name, value in row.items():
        cell = None if name.startswith("_") else wanted(name, value)
        if isinstance(cell, tuple):
            yield name, cell


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.fixture(params=["day 1", "unchanged", "day 2"])
def walked(request: pytest.FixtureRequest, days: Mapping[str, Walked]) -> Walked:
    return days[request.param]


def test_exactly_the_changed_fields_of_the_changed_people_are_sent(walked: Walked) -> None:
    due = changes(walked.before, walked.wants)
    found = sent(walked.requests)
    assert found.keys() == due.keys()
    for identifier, cells in due.items():
        assert found[identifier] == cells, identifier


def test_braze_holds_what_is_wanted_of_everybody(walked: Walked) -> None:
    due = changes(walked.before, walked.wants)
    assert walked.after == applied(walked.before, due)
    for identifier, fields in walked.wants.items():
        kept = {name: cell for name, cell in fields.items() if cell is not None}
        held = {name: cell for name, cell in walked.after[identifier].items() if name in fields}
        assert held == kept, identifier


def test_the_ledger_says_what_braze_holds(walked: Walked) -> None:
    assert walked.ledger == walked.after
    assert walked.ledger_profiles == walked.counts["users"] == len(walked.after)


def test_the_summary_counts_what_braze_counted(walked: Walked) -> None:
    due = changes(walked.before, walked.wants)
    fields = sum(map(len, due.values()))
    assert walked.summary.requests == walked.counts["requests"] == -(-len(due) // 75)
    assert walked.summary.acknowledged == walked.counts["profiles"] == len(due)
    assert walked.summary.fields_changed == fields
    assert walked.summary.data_points == walked.counts["data_points"] == fields
    assert walked.summary.unsettled == walked.counts["refused"] == 0


def test_no_data_point_is_wasted_and_nothing_is_dropped_silently(walked: Walked) -> None:
    assert walked.counts["wasted"] == 0
    assert walked.counts["silent"] == 0


def test_every_row_read_is_landed_rejected_or_superseded(walked: Walked) -> None:
    landed = [step for step in walked.steps if step.stage == "ingest"]
    assert len(landed) == 5
    for step in landed:
        assert step.rows_in is not None
        assert step.rows_out is not None
        assert step.rejected is not None
        superseded = (step.result or {}).get("superseded", 0)
        assert step.rows_in == step.rows_out + step.rejected + superseded, step.name


def test_an_unchanged_run_sends_and_writes_nothing(days: Mapping[str, Walked]) -> None:
    first, again = days["day 1"], days["unchanged"]
    assert again.requests == []
    assert again.ledger_bytes == first.ledger_bytes
    assert again.after == first.after
    assert again.wants == first.wants


def test_the_second_day_is_a_small_one(days: Mapping[str, Walked]) -> None:
    """The walk above would prove little if nothing, or everything, had changed."""
    second = days["day 2"]
    changed = changes(second.before, second.wants)
    known = {identifier for identifier in changed if identifier in second.before}
    assert 0 < len(known) < len(second.before) / 10
    assert changed.keys() - known, "nobody new"
    assert any(len(cells) == 1 for cells in changed.values())
    assert any(None in cells.values() for cells in changed.values()), "nothing was cleared"
    assert second.before.keys() - second.wants.keys(), "nobody is gone"
