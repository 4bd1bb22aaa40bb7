"""Golden cases: a rule, the people, and who of them is in, each with a reason that a person reads.

`ONEFOLD_UPDATE_GOLDEN=1 pytest …` writes `expected.sql` again; `expected.csv` is written by hand.
"""

from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv as arrow_csv
from ruamel.yaml import YAML

from onefold.model import parse_type
from onefold.segments import (
    Catalogue,
    Grain,
    TableShape,
    compile_segment,
    explain_person,
    parse_rules,
    to_data,
)
from onefold.warehouse import Engine

GOLDEN = Path(__file__).parents[2] / "golden" / "segments"
CASES = sorted(path.parent for path in GOLDEN.glob("*/segment.yaml"))
UPDATE = bool(os.environ.get("ONEFOLD_UPDATE_GOLDEN"))


def _yaml(path: Path) -> Any:
    return YAML().load(path.read_text(encoding="utf-8"))


def _load(engine: Engine, path: Path) -> dict[str, str]:
    """Load a CSV whose header says `name type`; give its columns with their engine types."""
    header = path.read_text(encoding="utf-8").splitlines()[0]
    names = next(csv.reader([header]))
    data = arrow_csv.read_csv(
        path,
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, "string"),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    engine.register("loading", data)
    types = {name.split()[0]: parse_type(name.split(maxsplit=1)[1]).engine_type for name in names}
    casts = ", ".join(
        f'CAST("{name}" AS {type_}) AS {column}'
        for name, (column, type_) in zip(names, types.items(), strict=True)
    )
    engine.run(f"CREATE TABLE {path.stem} AS SELECT {casts} FROM loading")
    return types


@pytest.fixture(params=CASES, ids=lambda path: path.name)
def case(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def about(case: Path) -> dict[str, Any]:
    found = _yaml(case / "about.yaml")
    instant = datetime.fromisoformat(found["as_of"].isoformat())
    return {"as_of": instant, "timezone": found["timezone"], "rows": found["rows"]}


@pytest.fixture
def catalogue(engine: Engine, case: Path, about: dict[str, Any]) -> Catalogue:
    engine.run(f"SET TimeZone = '{about['timezone']}'")
    return {
        path.stem: TableShape(
            columns=_load(engine, path),
            grain=Grain.ROWS if path.stem in about["rows"] else Grain.PERSON,
        )
        for path in sorted(case.glob("*.csv"))
        if path.stem != "expected"
    }


def _expected(case: Path) -> dict[str, bool]:
    with (case / "expected.csv").open(encoding="utf-8", newline="") as file:
        return {row["person_id"]: row["member"] == "yes" for row in csv.DictReader(file)}


def test_there_are_cases() -> None:
    assert len(CASES) >= 6


def test_the_segment_holds_whom_a_marketer_expects(
    engine: Engine, case: Path, about: dict[str, Any], catalogue: Catalogue
) -> None:
    rule = parse_rules(_yaml(case / "segment.yaml"))
    query = compile_segment(rule, catalogue, as_of=about["as_of"], timezone=about["timezone"])
    found = [row[0] for row in engine.rows(query)]
    members = {person for person, member in _expected(case).items() if member}
    assert sorted(found) == sorted(members)


def test_the_sql_reads_as_agreed(case: Path, about: dict[str, Any], catalogue: Catalogue) -> None:
    rule = parse_rules(_yaml(case / "segment.yaml"))
    query = compile_segment(rule, catalogue, as_of=about["as_of"], timezone=about["timezone"])
    text = query.sql("duckdb", pretty=True) + "\n"
    path = case / "expected.sql"
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_explanation_agrees_with_the_segment(
    engine: Engine, case: Path, about: dict[str, Any], catalogue: Catalogue
) -> None:
    rule = parse_rules(_yaml(case / "segment.yaml"))
    for person, member in _expected(case).items():
        root = explain_person(
            rule, catalogue, person_id=person, as_of=about["as_of"], timezone=about["timezone"]
        )[0]
        holds, _ = engine.row(root.query)
        assert holds is member, person


def test_the_builder_would_write_the_same_file(case: Path) -> None:
    data = _yaml(case / "segment.yaml")
    assert to_data(parse_rules(data)) == data
