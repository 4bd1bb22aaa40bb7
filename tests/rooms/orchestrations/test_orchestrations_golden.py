"""Golden cases: a campaign, the segments, what was given before, and who gets what, with a reason.

`expected.csv` is written by hand. Where it leaves the treatment open, the documented rule decides.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

from onefold.orchestrations import CampaignSettings, Group, Treatment, assign
from onefold.warehouse import Engine

GOLDEN = Path(__file__).parents[2] / "golden" / "orchestrations"
CASES = sorted(path.parent for path in GOLDEN.glob("*/campaign.yaml"))
TEXT = pa.string()


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _shares(group: Mapping[str, Any]) -> dict[str, Fraction]:
    return {name: Fraction(text.rstrip("%")) / 100 for name, text in group["treatments"].items()}


def _campaign(written: Mapping[str, Any]) -> CampaignSettings:
    groups = []
    for group in written["groups"]:
        treatments = tuple(
            Treatment(name=name, share=Decimal(text.rstrip("%")) / 100)
            for name, text in group["treatments"].items()
        )
        groups.append(
            Group(name=group["name"], members=group.get("members"), treatments=treatments)
        )
    return CampaignSettings(
        name=written["name"],
        include=tuple(written["include"]),
        exclude=tuple(written.get("exclude", ())),
        groups=tuple(groups),
        fields=(),
        membership=None,
    )


def _register(engine: Engine, name: str, rows: list[dict[str, Any]], **types: pa.DataType) -> str:
    engine.register(name, pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))
    return name


def _kept(engine: Engine, case: Path) -> str | None:
    rows = [
        {
            "person_id": row["person"],
            "group_name": row["group"],
            "treatment": row["treatment"],
            "round": int(row["round"]),
        }
        for row in _rows(case / "kept.csv")
    ]
    columns = {"person_id": TEXT, "group_name": TEXT, "treatment": TEXT, "round": pa.int64()}
    return _register(engine, "kept", rows, **columns) if rows else None


def _aliases(engine: Engine, case: Path) -> str | None:
    rows = [
        {"old_person_id": row["old_person"], "person_id": row["person"]}
        for row in _rows(case / "aliases.csv")
    ]
    return _register(engine, "aliases", rows, old_person_id=TEXT, person_id=TEXT) if rows else None


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_golden(
    engine: Engine,
    case: Path,
    by_share: Callable[[str, str, Mapping[str, Fraction]], str],
) -> None:
    written = YAML().load((case / "campaign.yaml").read_text(encoding="utf-8"))
    segments: dict[str, list[dict[str, str]]] = {}
    for row in _rows(case / "segments.csv"):
        segments.setdefault(row["segment"], []).append({"person_id": row["person"]})
    for name, people in segments.items():
        _register(engine, name, people, person_id=TEXT)
    assigned = assign(
        engine,
        _campaign(written),
        kept=_kept(engine, case),
        aliases=_aliases(engine, case),
        result="audience",
    )
    found = {
        person: (group, treatment)
        for person, group, treatment in engine.rows(
            f"SELECT person_id, group_name, treatment FROM {assigned.audience}"
        )
    }
    expected = {}
    for row in _rows(case / "expected.csv"):
        (group,) = [one for one in written["groups"] if one["name"] == row["group"]]
        by_rule = by_share(written["name"], row["person"], _shares(group))
        expected[row["person"]] = (row["group"], row["treatment"] or by_rule)
    assert found == expected
    assert assigned.members == len(expected) == engine.count(assigned.audience)
    assert assigned.control == sum(treatment == "control" for _, treatment in expected.values())
