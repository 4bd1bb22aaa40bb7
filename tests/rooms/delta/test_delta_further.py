"""Golden cases of further identifiers: who is called what besides, and what is told of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from onefold.delta import doubted_cells, find_further, further_cells
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "further_identifiers"
CASES = sorted(path.parent for path in GOLDEN.glob("*/changes.csv"))
CHANGE = (
    "SELECT 'alias' AS _kind, 'C1' AS _from, 'x' AS _to, 'C1' AS _identifier, 'p' AS _person_id, "
    "'card' AS _label, 'K1' AS _name, 2::BIGINT AS _chunk, 4::INTEGER AS _position"
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


def rows(case: Path, name: str) -> list[dict[str, str]]:
    with (case / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def load(engine: Engine, relation: str, **columns: list[str | None]) -> str:
    texts = {f"_{column}": pa.array(values, pa.string()) for column, values in columns.items()}
    engine.register(relation, pa.table(texts))
    return relation


def state(engine: Engine, name: str, known: list[dict[str, str]], value: str) -> str:
    """The state of the ledger, which has one label here."""
    texts = load(
        engine,
        f"{name}_texts",
        identifier=[row["identifier"] for row in known],
        value=[row[value] or None for row in known],
        unsure=[row["unsure"] or None for row in known],
    )
    engine.table(
        name,
        "SELECT _identifier, _value AS loyalty, "
        f"CASE WHEN NOT _unsure IS NULL THEN ['loyalty'] END AS _unsettled FROM {texts}",
    )
    return name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_further_identifiers(engine: Engine, case: Path) -> None:
    wanted, known = rows(case, "wanted"), rows(case, "known")
    find_further(
        engine,
        wanted=load(
            engine,
            "wanted",
            identifier=[row["identifier"] for row in wanted],
            person_id=[row["person"] for row in wanted],
            label=[row["label"] for row in wanted],
            name=[row["name"] for row in wanted],
        ),
        acknowledged=state(engine, "known", known, "name"),
        settled=state(engine, "settled", known, "settled"),
        ready=load(engine, "ready", identifier=[row["identifier"] for row in rows(case, "ready")]),
        result="found",
    )
    columns = "_what, _identifier, coalesce(_was, ''), _name, _turn"
    found = engine.rows(f"SELECT {columns} FROM found ORDER BY ALL")
    assert found == [
        (row["what"], row["identifier"], row["was"], row["name"], int(row["turn"]))
        for row in rows(case, "changes")
    ]


def test_the_ledger_learns_the_name_under_its_label(engine: Engine) -> None:
    engine.table("changes", CHANGE)
    assert further_cells(engine, "changes") == 1
    (row,) = engine.arrow("SELECT * FROM further_cells").read_all().to_pylist()
    assert (row["_identifier"], row["_changed"], row["card"]) == ("C1", ["card"], "K1")
    assert (row["_chunk"], row["_position"]) == (2, 4)


def test_nobody_knows_what_an_identified_user_holds(engine: Engine) -> None:
    engine.table("changes", CHANGE)
    engine.table(
        "held",
        "SELECT 'C1' AS _identifier, 'p' AS _person_id, 'gold' AS tier, NULL::INTEGER AS points "
        "UNION ALL SELECT 'C2', 'q', 'tin', 3",
    )
    assert doubted_cells(engine, "changes", "held", ["tier", "points"]) == 1
    (row,) = engine.arrow("SELECT * FROM doubted_cells").read_all().to_pylist()
    assert (row["_identifier"], row["_changed"], row["_unknown"]) == ("C1", ["tier"], ["tier"])
    assert row["tier"] == "gold"
