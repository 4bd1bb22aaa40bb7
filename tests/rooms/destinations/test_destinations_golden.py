"""Each folder of tests/golden/destinations: what a brand wants to send, and the JSON that leaves.

`destination.yaml` declares the attributes, `desired.csv` holds the rows (an empty cell is NULL;
`changed` names the fields that differ from what Braze has), `body.json` the request, `refused.csv`
what is refused and why, `price.yaml` what it costs.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ruamel.yaml import YAML

from onefold.destinations import Channel
from onefold.model import parse_type
from onefold.warehouse import Engine

GOLDEN = Path(__file__).parents[2] / "golden" / "destinations"
CASES = sorted(path.name for path in GOLDEN.iterdir())
KEYS = ("external_id", "changed")


def load_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def load_desired(engine: Engine, path: Path, types: dict[str, str]) -> None:
    """Load desired.csv with the types of the attributes, and `_changed` as a list of names."""
    with path.open(encoding="utf-8", newline="") as file:
        records = [
            {key: value or None for key, value in row.items()} for row in csv.DictReader(file)
        ]
    names = list(types)
    assert list(records[0]) == [*KEYS, *names]
    engine.register("golden_texts", pa.Table.from_pylist(records))
    casts = ", ".join(
        f'CAST("{name}" AS {parse_type(type_.removesuffix(" as string")).engine_type}) AS "{name}"'
        for name, type_ in types.items()
    )
    everything = ", ".join(f"'{name}'" for name in names)
    engine.table(
        "desired",
        f"""SELECT external_id AS _identifier, 0 AS _person_id,
            CASE changed WHEN 'everything' THEN [{everything}]
              ELSE string_split(changed, '; ') END AS _wanted, {casts} FROM golden_texts""",
    )
    engine.unregister("golden_texts")


def exact(text: str | bytes) -> Any:
    """Read JSON, with its numbers as they are written."""
    return json.loads(text, parse_float=str, parse_int=str)


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, engine: Engine, attributes_of: Callable[..., Channel]) -> None:
    folder = GOLDEN / case
    declared = load_yaml(folder / "destination.yaml")
    types = declared.pop("attributes")
    braze = attributes_of(types, **declared)
    load_desired(engine, folder / "desired.csv", types)

    prepared = braze.prepare(engine, "desired")
    engine.table(
        "changes",
        "SELECT * EXCLUDE (_wanted), list_filter(_wanted, "
        "lambda field : NOT list_contains(_refused, field)) AS _changed "
        f"FROM {prepared.relation}",
    )
    cut = braze.cut(engine, "changes")
    price = braze.price(engine, cut.relation)

    (request,) = braze.requests(engine, cut.relation, 0, price.requests).values()
    assert exact(request.body) == exact((folder / "body.json").read_text(encoding="utf-8"))
    refused = engine.rows(
        f"SELECT _identifier, field, reason FROM {prepared.refusals} ORDER BY ALL NULLS FIRST"
    )
    with (folder / "refused.csv").open(encoding="utf-8", newline="") as file:
        expected = [tuple(cell or None for cell in row) for row in csv.reader(file)]
    assert [("external_id", "field", "reason"), *refused] == expected
    costs = {"data_points": price.data_points, "requests": price.requests}
    assert costs == load_yaml(folder / "price.yaml")


def test_there_are_cases() -> None:
    assert len(CASES) >= 5
