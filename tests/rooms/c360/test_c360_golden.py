"""Cases that a marketer can read: tables in, the columns that matter out.

A case is a folder `tests/golden/c360/<model>/<case>/`:
    about.yaml      what it shows (`shows:`), `as_of:`, the source priorities, the sources' tags
    <table>.csv     the rows of the tables that the model reads; columns left out are NULL
    expected.csv    the columns that the case is about, for every row, sorted
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from onefold.c360 import MergeSettings, build, check, standard_models
from onefold.c360.merged_customers import GROUPS
from onefold.model import FeedField, RecordShape, TableName, parse_type
from onefold.warehouse import Engine, EngineSettings

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[2] / "golden" / "c360"
CASES = sorted(path.parent for path in GOLDEN.glob("*/*/about.yaml"))
LANDED = {"person_id": "VARCHAR", "_key": "VARCHAR", "_file": "VARCHAR", "_line": "BIGINT"}
COALESCED = {
    **dict.fromkeys(("person_id", "datasource", "pk", "customer", "loyalty"), "VARCHAR"),
    **dict.fromkeys((name for group in GROUPS for name in group.columns), "VARCHAR"),
    "birthdate": "DATE",
    "create_dt": "TIMESTAMPTZ",
    "update_dt": "TIMESTAMPTZ",
    "has_blv": "BOOLEAN",
    "blv_email": "VARCHAR",
    "blv_phone": "VARCHAR",
}


def shapes(about: dict[str, Any]) -> tuple[RecordShape, ...]:
    """Read `sources: {orders: {order_no: [string, txn-item/order-id]}}`."""
    profiles = RecordShape(
        source="shop",
        fields=tuple(
            FeedField(name=name, path=name, type=parse_type("string"), tag=f"fk-{name}")
            for name in ("customer", "loyalty")
        ),
    )
    attached = (
        RecordShape(
            source=source,
            stitch="attach",
            fields=tuple(
                FeedField(name=name, path=name, type=parse_type(kind), tag=tag)
                for name, (kind, tag) in fields.items()
            ),
        )
        for source, fields in about.get("sources", {}).items()
    )
    return (profiles, *attached)


Types = dict[TableName, dict[str, str]]


@pytest.fixture(scope="module")
def built_types(tmp_path_factory: pytest.TempPathFactory) -> Types:
    """Give the columns of the standard tables that other standard tables read."""
    engine = Engine(EngineSettings(spill_folder=tmp_path_factory.mktemp("spill")))
    types: Types = {TableName("main", "unified_coalesced"): COALESCED}
    for model in standard_models(()):
        if model.name in {"unified_itemized_transactions", "unified_transactions"}:
            built = build(engine, model, as_of=NOON, variables={}, tables=built_before)
            columns = engine.relation_columns(built)
            types[model.table] = {column.name: column.engine_type for column in columns}
    return types


def built_before(table: TableName) -> str:
    return f"c360_{table.name}"


def landed_types(sources: tuple[RecordShape, ...]) -> Types:
    return {
        TableName("main", shape.source): {
            **LANDED,
            **{field.name: field.type.engine_type for field in shape.fields},
        }
        for shape in sources
    }


def as_csv(engine: Engine, relation: str, columns: list[str]) -> str:
    """Write the rows as the cases do: sorted, NULL as nothing, instants in the project's zone."""
    picked = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in columns)
    rows = engine.rows(f'SELECT {picked} FROM "{relation}" ORDER BY ALL')
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([columns, *rows])
    return out.getvalue()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_case(case: Path, engine: Engine, load: Callable[..., None], built_types: Types) -> None:
    about = YAML(typ="safe").load(case / "about.yaml")
    sources = shapes(about)
    models = standard_models(
        sources,
        merge=MergeSettings(
            priority=tuple(about.get("priority", ())),
            group_priority={k: tuple(v) for k, v in about.get("group_priority", {}).items()},
        ),
    )
    model = next(model for model in models if model.name == case.parent.name)
    known = {**built_types, **landed_types(sources)}
    for table in model.reads:
        file = case / f"{table.name}.csv"
        load(f"in_{table.name}", known[table], file if file.exists() else None)
    built = build(
        engine,
        model,
        as_of=datetime.fromisoformat(about["as_of"]) if "as_of" in about else NOON,
        variables={},
        tables=lambda table: f"in_{table.name}",
    )
    expected = (case / "expected.csv").read_text(encoding="utf-8")
    assert as_csv(engine, built, expected.split("\n", 1)[0].split(",")) == expected
    assert [result for result in check(engine, model, built) if result.failed_rows] == []


def test_there_are_cases_for_every_standard_model() -> None:
    built = {model.name for model in standard_models(()) if not model.passes_on}
    assert {case.parent.name for case in CASES} == built
