"""Every folder of tests/golden/stitch is a case that a marketer can read.

`records.csv` holds records under their semantic tags, `stitch.yaml` the settings, `persons.csv`
who each record is, and `links.csv` why. Names of persons are free; only who shares one counts.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from onefold.model import RecordShape
from onefold.stitch import Run, StitchConfig, stitch
from onefold.warehouse import Engine

CASES = sorted((Path(__file__).parents[2] / "golden" / "stitch").iterdir())
Row = dict[str, str]
Land = Callable[[str, Sequence[Row]], tuple[RecordShape, str]]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def config_of(path: Path) -> StitchConfig:
    written: dict[str, Any] = dict(YAML(typ="safe").load(path))
    lists = written.pop("bad_values", {})
    return StitchConfig(
        **written,
        deny={semantic: tuple(values) for semantic, values in lists.get("deny", {}).items()},
        allow={semantic: tuple(values) for semantic, values in lists.get("allow", {}).items()},
    )


def landed(case: Path, land: Land) -> list[tuple[RecordShape, str]]:
    records = rows_of(case / "records.csv")
    sources = sorted({row["datasource"] for row in records})
    return [
        land(source, [row for row in records if row["datasource"] == source]) for source in sources
    ]


def groups(labels: Iterable[tuple[str, str, str]]) -> set[frozenset[str]]:
    """Give who belongs together, without what the groups are called."""
    members: dict[str, set[str]] = {}
    for datasource, pk, label in labels:
        members.setdefault(label, set()).add(f"{datasource} {pk}")
    return {frozenset(names) for names in members.values()}


def link(row: Sequence[str]) -> tuple[frozenset[str], str, str]:
    source_a, key_a, source_b, key_b, rule, value = row
    return frozenset({f"{source_a} {key_a}", f"{source_b} {key_b}"}), rule, value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_who_and_why(engine: Engine, land: Land, run: Run, case: Path) -> None:
    config = config_of(case / "stitch.yaml")

    result = stitch(engine, config, landed(case, land), None, run)

    found = engine.rows(f"SELECT datasource, pk, person_id FROM {result.unified_coalesced}")
    persons = rows_of(case / "persons.csv")
    assert groups(found) == groups((row["datasource"], row["pk"], row["person"]) for row in persons)
    links = {link(row) for row in engine.rows(f"SELECT * FROM {result.links}")}
    assert links == {link(tuple(row.values())) for row in rows_of(case / "links.csv")}
