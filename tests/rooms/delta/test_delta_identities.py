"""Golden cases of identifiers that changed: who is known by which, who is now, and what to tell."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from onefold.delta import find_identity_changes, moved_cells
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "identity_changes"
CASES = sorted(path.parent for path in GOLDEN.glob("*/changes.csv"))
NOBODY_KNOWS = "(nobody knows)"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


def rows(case: Path, name: str) -> list[dict[str, str]]:
    with (case / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def load(engine: Engine, name: str, columns: Mapping[str, Sequence[str | None]]) -> str:
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
        refusals=_refusals(engine, case),
    )
    columns = "_kind, _from, _to, _person_id, _turn, _order, _reason"
    found = engine.rows(f"SELECT {columns} FROM identity_changes ORDER BY _order")
    expected = rows(case, "changes")
    assert found == [
        (
            *(row["what"], row["from"], row["to"] or None, row["person"]),
            *(int(row["turn"]), int(row["order"]), row.get("reason") or None),
        )
        for row in expected
    ]
    assert counts == Counter(row["what"] for row in expected)


def _refusals(engine: Engine, case: Path) -> str | None:
    if not (case / "refused_before.csv").exists():
        return None
    before = rows(case, "refused_before")
    given = {
        f"_{name}": [row[column] for row in before]
        for name, column in (("kind", "what"), ("from", "from"), ("to", "to"), ("reason", "reason"))
    }
    return load(engine, "refusals", given)


def _columns(given: list[dict[str, str]]) -> dict[str, list[str | None]]:
    people = [row["person"] for row in given]
    return {
        "_identifier": [row["identifier"] for row in given],
        "_person_id": [None if person == NOBODY_KNOWS else person for person in people],
    }


LEDGER = """
SELECT * FROM (VALUES
  ('web-1', 'ann', 'gold', 7, ['points']),
  ('C1', 'anna', 'silver', NULL, NULL),
  ('C2', 'ann', 'gold', 7, NULL),
  ('C3', 'bob', NULL, NULL, NULL)
) AS known(_identifier, _person_id, tier, points, _unsettled)
"""


def moved(engine: Engine, *changes: str) -> dict[str, dict[str, object]]:
    engine.table("known", LEDGER)
    engine.table("changes", " UNION ALL ".join(changes))
    moved_cells(engine, "changes", "known", ["tier", "points"])
    found = engine.arrow("SELECT * FROM moved_cells").read_all().to_pylist()
    assert {(row.pop("_kind"), row.pop("_from"), row.pop("_to")) for row in found} == {
        (one.split("'")[1], one.split("'")[3], one.split("'")[5]) for one in changes
    }
    return {row.pop("_identifier"): row for row in found}


def change(kind: str, old: str, new: str) -> str:
    return (
        f"SELECT '{kind}' AS _kind, '{old}' AS _from, '{new}' AS _to, 'p' AS _person_id, "
        "2::BIGINT AS _chunk, 4::INTEGER AS _position"
    )


def test_a_renamed_profile_keeps_its_values_and_its_doubts(engine: Engine) -> None:
    assert moved(engine, change("rename", "web-1", "C9")) == {
        "web-1": {
            "_person_id": "",
            "_chunk": 2,
            "_position": 4,
            "_changed": ["tier", "points"],
            "_unknown": [],
            "tier": None,
            "points": None,
        },
        "C9": {
            "_person_id": "p",
            "_chunk": 2,
            "_position": 4,
            "_changed": ["tier", "points"],
            "_unknown": ["points"],
            "tier": "gold",
            "points": 7,
        },
    }


def test_a_merged_profile_fills_what_the_other_lacks_and_nobody_is_sure(engine: Engine) -> None:
    rows = moved(engine, change("merge", "C2", "C1"))
    assert rows["C2"]["_changed"] == ["tier", "points"]
    assert (rows["C1"]["_changed"], rows["C1"]["_unknown"]) == (["points"], ["points"])
    assert (rows["C1"]["tier"], rows["C1"]["points"]) == (None, 7)


def test_one_that_held_nothing_still_belongs_to_nobody_afterwards(engine: Engine) -> None:
    rows = moved(engine, change("merge", "C3", "C1"))
    assert list(rows) == ["C3"]
    assert (rows["C3"]["_person_id"], rows["C3"]["_changed"]) == ("", [])
