"""50,578 real records of 5,156 persons of history, made by nobody here: the whole walk.

The data set is splink's (`historical_figures_with_errors_50k`): names, birth dates and places with
the errors of clerks, 2,904 impossible dates among them, and the truth in `cluster`, which no feed
reads.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.journey.braze import Profiles, running
from tests.journey.conftest import Once
from tests.journey.contract import Cell, Refused, wanted
from tests.journey.project import Project

from onefold.app import ledger_state, show_run
from onefold.run import RunSummary
from onefold.store import StepRecord

NAME = "historical_figures_with_errors_50k.parquet"
DATA = Path(__file__).parents[4] / "shared" / "data" / NAME
RECORDS, PERSONS = 50_578, 5_156
COLUMNS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "dob": "birthdate",
    "home_city": "city",
    "gender": "gender",
    "occupation": "occupation",
    "records": "records",
}

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason=f"the data set is not at {DATA}")


@dataclass(frozen=True, kw_only=True)
class History:
    """Both runs, and what stood in the tables and in Braze after them."""

    first: RunSummary
    second: RunSummary
    steps: tuple[StepRecord, ...]
    rows: list[dict[str, Any]]
    persons: Mapping[str, str]
    rejected: list[dict[str, Any]]
    profiles: Profiles
    counts: Mapping[str, Any]
    ledger_profiles: int


@pytest.fixture(scope="module")
def history(once: Once) -> History:
    return once("historical", lambda folder: _live(folder / "project"))


def _live(folder: Path) -> History:
    shutil.copytree(Path(__file__).parent / "project", folder)
    (folder / "data").mkdir()
    (folder / "data" / NAME).symlink_to(DATA)
    with running() as sandbox:
        environ = {"BRAZE_ENDPOINT": sandbox.url, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "sandbox-key"}
        project = Project(folder, environ)
        first, second = project.run(), project.run()
        with project.house() as house:
            steps = show_run(house, first.run_id).steps
            ledger = ledger_state(house, "history").profiles
        figures = project.rows("SELECT unique_id, person_id FROM figures")
        return History(
            first=first,
            second=second,
            steps=steps,
            rows=project.rows("SELECT * FROM braze_figures"),
            persons={row["unique_id"]: row["person_id"] for row in figures},
            rejected=project.rows("SELECT line, field FROM rejects.figures"),
            profiles=sandbox.profiles(),
            counts=sandbox.summary(),
            ledger_profiles=ledger,
        )


@pytest.fixture(scope="module")
def delivered() -> list[dict[str, Any]]:
    table = pq.read_table(DATA, columns=["unique_id", "cluster", "dob"])
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _is_a_date(text: str | None) -> bool:
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError:
        return False
    return True


def test_every_record_landed_or_is_told(history: History, delivered: list[dict[str, Any]]) -> None:
    assert len(delivered) == RECORDS
    wrong = {line for line, row in enumerate(delivered, start=1) if not _is_a_date(row["dob"])}
    assert {row["line"] for row in history.rejected} == wrong
    assert {row["field"] for row in history.rejected} == {"dob"}
    (landed,) = [step for step in history.steps if step.stage == "ingest"]
    assert landed.rows_in == RECORDS
    assert landed.rejected == len(wrong) == history.first.rejected
    assert landed.rows_out == len(history.persons) == RECORDS - len(wrong)


def test_the_persons_are_plausible(history: History, delivered: list[dict[str, Any]]) -> None:
    """More persons than in truth (a record without a birth date stays alone), hardly a wrong one.

    Counted in pairs of records: said to be one person, and being one.
    """
    truth = {row["unique_id"]: row["cluster"] for row in delivered}
    people = Counter(history.persons.values())
    assert history.first.people == len(people)
    assert PERSONS < len(people) < len(history.persons) / 2
    said = _pairs(people.values())
    true = _pairs(Counter(truth[record] for record in history.persons).values())
    right = _pairs(
        Counter((person, truth[record]) for record, person in history.persons.items()).values()
    )
    assert right / said > 0.98
    assert right / true > 0.25
    assert max(people.values()) < 2 * max(Counter(truth.values()).values())


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def test_every_person_is_in_braze_as_wanted(history: History) -> None:
    assert len(history.rows) == history.first.people
    assert history.profiles == {row["external_id"]: dict(_cells(row)) for row in history.rows}
    assert sum(row["records"] for row in history.rows) == len(history.persons)


def _cells(row: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    for name, column in COLUMNS.items():
        cell = wanted(name, row[column])
        if cell is not None and not isinstance(cell, Refused):
            yield name, cell


def test_a_gender_that_braze_does_not_know_is_left_out_alone(history: History) -> None:
    odd = [row for row in history.rows if row["gender"] not in (None, "male", "female")]
    assert odd
    assert all("gender" not in history.profiles[row["external_id"]] for row in odd)
    (told,) = [one for one in history.first.reasons if one["room"] == "destinations"]
    assert (told["field"], told["rows"]) == ("gender", len(odd))


def test_both_sides_counted_the_same(history: History) -> None:
    cells = sum(map(len, history.profiles.values()))
    assert history.first.fields_changed == history.first.data_points == cells
    assert history.counts["data_points"] == cells
    assert history.counts["data_points_unchanged"] == history.counts["refused_objects"] == 0
    assert history.counts["silent"] == {}
    assert history.counts["requests"] == history.first.requests == -(-history.first.people // 75)
    assert history.counts["users"] == history.first.acknowledged == history.ledger_profiles


def test_the_second_run_sends_nothing(history: History) -> None:
    assert history.second.people == history.first.people
    assert history.second.requests == history.second.data_points == 0
