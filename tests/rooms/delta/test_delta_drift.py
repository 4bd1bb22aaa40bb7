"""Golden cases of drift: what the ledger says, what Braze was found to hold, and what disagrees."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from onefold.delta import Drift, find_drift
from onefold.model import FieldType, parse_type
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "drift"
CASES = sorted(path.parent for path in GOLDEN.glob("*/drift.csv"))
UNKNOWN = "(unknown)"

Row = dict[str, str]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


def rows(case: Path, name: str) -> list[Row]:
    with (case / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def types(case: Path) -> dict[str, FieldType]:
    (first, *_) = rows(case, "ledger")
    named = (name.partition(":") for name in first if ":" in name)
    return {name: parse_type(type_) for name, _, type_ in named}


def names(text: str | None) -> str:
    return f"[{', '.join(repr(one) for one in (text or '').split())}]::VARCHAR[]"


def value(text: str, type_: FieldType) -> str:
    return f"CAST({text!r} AS {type_.engine_type})" if text else f"NULL::{type_.engine_type}"


def load(engine: Engine, case: Path) -> Drift:
    fields = types(case)
    ledger = [
        f"SELECT '{row['person']}' AS _identifier, NULL::VARCHAR AS _person_id, "
        f"{names(row.get('unsettled'))} AS _unsettled, "
        f"{names(row.get('sent a moment ago'))} AS _recent, "
        + ", ".join(f"{value(row[f'{name}:{of}'], of)} AS {name}" for name, of in fields.items())
        for row in rows(case, "ledger")
    ]
    held = [
        f"SELECT '{row['person']}' AS _identifier, {row['found'] == 'yes'} AS _found, "
        f"{names(row.get('of another type'))} AS _unreadable, "
        + ", ".join(f"{value(row[name], of)} AS {name}" for name, of in fields.items())
        for row in rows(case, "braze")
    ]
    engine.table("acknowledged", " UNION ALL ".join(ledger))
    engine.table("held", " UNION ALL ".join(held))
    return find_drift(engine, "acknowledged", "held", list(fields))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_drift(engine: Engine, case: Path) -> None:
    drift = load(engine, case)
    expected = rows(case, "drift")
    found = set()
    for row in engine.arrow("SELECT * FROM drift").read_all().to_pylist():
        for field in row["_changed"]:
            held = UNKNOWN if field in row["_unknown"] else str(row[field] or "")
            found.add((row["_identifier"], field, held))
    assert found == {(row["person"], row["field"], row["ledger takes over"]) for row in expected}
    kinds = {
        (field, kind): cells for field, own in drift.counts.items() for kind, cells in own.items()
    }
    assert kinds == Counter((row["field"], row["how"]) for row in expected)
    assert drift.looked_at == len(rows(case, "braze"))
