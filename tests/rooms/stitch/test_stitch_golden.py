"""Every folder of tests/golden/stitch is a case that a marketer can read.

`records.csv` holds records under their semantic tags, `stitch.yaml` the settings, `persons.csv`
who each record is, and `links.csv` why. Names of persons are free; only who shares one counts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Run, StitchConfig, Stitched, stitch
from onefold.warehouse import Engine

CASES = sorted((Path(__file__).parents[2] / "golden" / "stitch").iterdir())
RUN = Run(id="golden", as_of=datetime(2026, 3, 1, tzinfo=UTC))
Row = dict[str, str]


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


def land(engine: Engine, records: list[Row]) -> list[tuple[RecordShape, str]]:
    """Land the records of each source as its own relation, as ingest does."""
    return [
        land_source(engine, source, [row for row in records if row["datasource"] == source])
        for source in sorted({row["datasource"] for row in records})
    ]


def land_source(engine: Engine, source: str, rows: list[Row]) -> tuple[RecordShape, str]:
    tags = [tag for tag in rows[0] if tag not in {"datasource", "pk"}]
    columns = {f"f_{tag}": [row[tag] or None for row in rows] for tag in tags}
    engine.register("csv", pa.table({"_key": [row["pk"] for row in rows], **columns}))
    engine.table(source, "SELECT * FROM csv")
    engine.unregister("csv")
    fields = tuple(
        FeedField(name=f"f_{tag}", type=parse_type("string"), path=tag, tag=tag) for tag in tags
    )
    return RecordShape(source=source, fields=fields), source


def groups(labels: Iterable[tuple[str, str, str]]) -> set[frozenset[str]]:
    """Give who belongs together, without what the groups are called."""
    members: dict[str, set[str]] = {}
    for datasource, pk, label in labels:
        members.setdefault(label, set()).add(f"{datasource} {pk}")
    return {frozenset(names) for names in members.values()}


def stitched(engine: Engine, case: Path) -> Stitched:
    records = rows_of(case / "records.csv")
    return stitch(engine, config_of(case / "stitch.yaml"), land(engine, records), None, RUN)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_records_of_one_person_are_one_person(engine: Engine, case: Path) -> None:
    stitched(engine, case)

    found = groups(engine.rows("SELECT datasource, pk, person_id FROM stitch_unified_coalesced"))

    expected = rows_of(case / "persons.csv")
    assert found == groups((row["datasource"], row["pk"], row["person"]) for row in expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_links_say_why(engine: Engine, case: Path) -> None:
    result = stitched(engine, case)

    found = {
        (frozenset({f"{row[0]} {row[1]}", f"{row[2]} {row[3]}"}), row[4], row[5])
        for row in engine.rows(
            "SELECT datasource_a, pk_a, datasource_b, pk_b, rule, value FROM stitch_links"
        )
    }

    expected = {
        (
            frozenset(
                {f"{row['datasource_a']} {row['pk_a']}", f"{row['datasource_b']} {row['pk_b']}"}
            ),
            row["rule"],
            row["value"],
        )
        for row in rows_of(case / "links.csv")
    }
    assert found == expected
    assert sum(result.stats.links.values()) == len(expected)
