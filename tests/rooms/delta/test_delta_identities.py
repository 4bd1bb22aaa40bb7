"""Golden cases of identifiers that changed: who is known by which, who is now, and what to tell."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from onefold.delta import find_identity_changes
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "identity_changes"
CASES = sorted(path.parent for path in GOLDEN.glob("*/changes.csv"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


def rows(case: Path, name: str) -> list[dict[str, str]]:
    with (case / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def load(engine: Engine, name: str, columns: dict[str, list[str]]) -> str:
    texts = {column: pa.array(values, pa.string()) for column, values in columns.items()}
    engine.register(name, pa.table(texts))
    return name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_identity_changes(engine: Engine, case: Path) -> None:
    known, persons, all_wanted = (rows(case, name) for name in ("ledger", "persons", "wanted"))
    wanted = [row for row in all_wanted if not row.get("")]
    refused = [row["identifier"] for row in all_wanted if row.get("")]
    load(engine, "given", _columns(wanted))
    engine.view("wanted", "SELECT *, true AS _wanted FROM given")
    counts = find_identity_changes(
        engine,
        acknowledged=load(engine, "known", _columns(known)),
        desired="wanted",
        aliases=load(
            engine,
            "aliases",
            {
                "old_person_id": [row["former person"] for row in persons],
                "person_id": [row["person"] for row in persons],
            },
        ),
        refused=load(engine, "refused", {"_identifier": refused}) if refused else None,
    )
    found = engine.rows("SELECT * FROM identity_changes ORDER BY _order")
    expected = rows(case, "changes")
    assert found == [
        (row["what"], row["from"], row["to"] or None, row["person"], int(row["order"]))
        for row in expected
    ]
    assert counts == Counter(row["what"] for row in expected)


def _columns(given: list[dict[str, str]]) -> dict[str, list[str]]:
    return {
        "_identifier": [row["identifier"] for row in given],
        "_person_id": [row["person"] for row in given],
    }
