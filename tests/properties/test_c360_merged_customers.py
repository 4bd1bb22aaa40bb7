"""merged_customers against an oracle in plain Python: which record gives which columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.c360 import MergeSettings, build, standard_models
from onefold.c360.merged_customers import GROUPS
from onefold.model import FeedField, RecordShape, parse_type
from onefold.warehouse import Engine, EngineSettings

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
SETTINGS = MergeSettings(priority=("pos", "web"), group_priority={"email": ("web",)})
CARD = FeedField(name="card", path="card", type=parse_type("string"), tag="fk-loyalty")
(MODEL,) = (
    model
    for model in standard_models([RecordShape(source="pos", fields=(CARD,))], merge=SETTINGS)
    if model.name == "merged_customers"
)
TEXTS = [name for group in GROUPS for name in group.columns if name != "birthdate"]
SCHEMA = pa.schema(
    {
        **dict.fromkeys(("person_id", "datasource", "pk", "loyalty", *TEXTS), pa.string()),
        "birthdate": pa.date32(),
        **dict.fromkeys(("create_dt", "update_dt"), pa.timestamp("us", tz="UTC")),
        **dict.fromkeys(("blv_email", "blv_phone"), pa.string()),
    }
)

maybe_text = st.sampled_from([None, None, "a", "b"])
days = st.sampled_from([None, *(datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2, 3))])
records = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": st.sampled_from(["ann", "bob", None]),
            "datasource": st.sampled_from(["web", "pos", "loyalty"]),
            "pk": st.sampled_from(list("123456789")),
            "loyalty": maybe_text,
            "birthdate": st.sampled_from([None, date(1990, 1, 1)]),
            "create_dt": days,
            "update_dt": days,
            "blv_email": st.sampled_from([None, "shared"]),
            "blv_phone": st.sampled_from([None, "shared"]),
            **dict.fromkeys(TEXTS, maybe_text),
        }
    ),
    max_size=10,
    unique_by=lambda record: (record["datasource"], record["pk"]),
)


def newest_first(record: dict[str, Any]) -> tuple[Any, ...]:
    changed = record["update_dt"]
    age = float("inf") if changed is None else -changed.timestamp()
    return age, record["datasource"], record["pk"]


def merged(theirs: list[dict[str, Any]]) -> dict[str, Any]:
    person: dict[str, Any] = {}
    for group in GROUPS:
        trusted = SETTINGS.group_priority.get(group.name, SETTINGS.priority)
        usable = [
            record
            for record in theirs
            if any(record[name] is not None for name in group.columns)
            and not (group.bad and record[group.bad])
        ]

        def preference(record: dict[str, Any], group: Any = group, trusted: Any = trusted) -> Any:
            source = record["datasource"]
            rank = trusted.index(source) if source in trusted else len(trusted)
            missing = sum(record[name] is None for name in group.columns)
            return rank, missing, newest_first(record)

        best = min(usable, key=preference, default=None)
        for name in group.columns:
            person[name] = best and best[name]
        for part in ("datasource", "pk"):
            person[f"{group.name}_{part}"] = best and best[part]
    cards = [r["loyalty"] for r in sorted(theirs, key=newest_first) if r["loyalty"] is not None]
    person["loyalty"] = cards[0] if cards else None
    person["create_dt"] = min((r["create_dt"] for r in theirs if r["create_dt"]), default=None)
    person["update_dt"] = max((r["update_dt"] for r in theirs if r["update_dt"]), default=None)
    return person


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(EngineSettings(spill_folder=tmp_path_factory.mktemp("spill")))


def computed(engine: Engine, given: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    engine.register("records_given", pa.Table.from_pylist(given, schema=SCHEMA))
    engine.table("records_typed", "SELECT * FROM records_given")
    engine.unregister("records_given")
    built = build(engine, MODEL, as_of=AS_OF, variables={}, tables=lambda _: "records_typed")
    rows = engine.arrow(f"SELECT * FROM {built}").read_all().to_pylist()
    return {row.pop("person_id"): row for row in rows}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(records)
def test_the_best_record_of_each_group(engine: Engine, given: list[dict[str, Any]]) -> None:
    people = {record["person_id"] for record in given} - {None}
    expected = {
        person: merged([record for record in given if record["person_id"] == person])
        for person in people
    }
    assert computed(engine, given) == expected
