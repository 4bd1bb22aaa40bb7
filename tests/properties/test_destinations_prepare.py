"""Prepared rows: preparing them again changes nothing, and each identifier stands once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefold.destinations import Attribute, BrazeSettings, Channel, open_destination
from onefold.model import ATTRIBUTES, parse_type
from onefold.warehouse import Engine, EngineSettings

Rows = list[dict[str, Any]]

TEXT_FIELDS = ("email", "phone", "gender", "country", "time_zone", "email_subscribe", "Tier")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=2, timezone="Europe/Paris"))
    yield engine
    engine.close()


def braze(**types: str) -> Channel:
    attributes = tuple(
        Attribute(name=name, type=parse_type(type_)) for name, type_ in types.items()
    )
    settings = BrazeSettings(endpoint="http://127.0.0.1:9", workspace="shop")
    return open_destination("braze", settings, "key").channel(ATTRIBUTES, attributes)


def prepare(engine: Engine, destination: Channel, table: pa.Table) -> tuple[Rows, Rows]:
    """Give the prepared rows in order of the identifier, and the refusals."""
    engine.register("given_rows", table)
    engine.table("desired", "SELECT * FROM given_rows")
    engine.unregister("given_rows")
    prepared = destination.prepare(engine, "desired")
    assert prepared.rows + prepared.refused_rows + prepared.collapsed_rows == table.num_rows
    rows = engine.arrow(f"FROM {prepared.relation} ORDER BY _identifier").read_all().to_pylist()
    refusals = engine.arrow(f"FROM {prepared.refusals} ORDER BY ALL").read_all().to_pylist()
    assert len(rows) == prepared.rows
    assert sum(refusal["field"] is None for refusal in refusals) == prepared.refused_rows
    return rows, refusals


texts = st.text(max_size=300) | st.sampled_from(
    ["A.B@Example.com ", "0033 612345678", "+1 (212) 555-0100", "male", "fr", " Europe/Paris",
     "Opted_In", "e\u0301", "\u212b", "İ@example.com", "GB\u00a0",
     "01/05/2026", "2026-01-05T10:00:00+02:00", "france", "europe/paris"]
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(values=st.lists(st.none() | texts, min_size=1, max_size=80))
def test_preparing_again_changes_nothing(engine: Engine, values: list[str | None]) -> None:
    destination = braze(**dict.fromkeys(TEXT_FIELDS, "string"))
    columns = {
        "_identifier": [f"p{number:03}" for number in range(len(values))],
        "_person_id": pa.array(range(len(values)), type=pa.int64()),
        **{name: pa.array(values, type=pa.string()) for name in TEXT_FIELDS},
    }
    rows, refusals = prepare(engine, destination, pa.table(columns))
    for row, value in zip(rows, values, strict=True):
        refused = set(row["_refused"])
        assert {name for name in TEXT_FIELDS if row[name] is None} == (
            set(TEXT_FIELDS) if value is None else refused
        )
        assert value is not None or not refused
    again, none = prepare(
        engine,
        destination,
        pa.Table.from_pylist(rows)
        .select(["_identifier", "_person_id", *TEXT_FIELDS])
        .cast(pa.table(columns).schema),
    )
    assert none == []
    assert again == [{**row, "_refused": [], "_reasons": []} for row in rows]
    assert len(refusals) == sum(len(row["_refused"]) for row in rows)


identifiers = st.none() | st.sampled_from(["", "a", "A", "b", "é", "x" * 987, "x" * 988])
tiers = st.none() | st.sampled_from(["gold", "silver", "x" * 256, "y" * 256])


@settings(max_examples=15, deadline=None)
@given(given_rows=st.lists(st.tuples(identifiers, tiers), max_size=25))
def test_each_identifier_stands_once(
    engine: Engine, given_rows: list[tuple[str | None, str | None]]
) -> None:
    table = pa.table(
        {
            "_identifier": pa.array([row[0] for row in given_rows], type=pa.string()),
            "_person_id": pa.array(range(len(given_rows)), type=pa.int64()),
            "Tier": pa.array([row[1] for row in given_rows], type=pa.string()),
        }
    )
    rows, refusals = prepare(engine, braze(Tier="string"), table)

    versions: dict[str, set[tuple[str | None, bool]]] = defaultdict(set)
    first: dict[str, int] = {}
    whole: list[tuple[str | None, int, str]] = []
    for person, (identifier, tier) in enumerate(given_rows):
        if not identifier:
            whole.append((identifier, person, "identifier_missing"))
        elif len(identifier.encode()) > 987:
            whole.append((identifier, person, "identifier_too_long"))
        else:
            too_long = tier is not None and len(tier) > 255
            versions[identifier].add((None if too_long else tier, too_long))
            first.setdefault(identifier, person)
    whole += [
        (identifier, person, "identifier_not_unique")
        for person, (identifier, _) in enumerate(given_rows)
        if identifier in versions and len(versions[identifier]) > 1
    ]
    kept = {
        identifier: (first[identifier], *next(iter(found)))
        for identifier, found in versions.items()
        if len(found) == 1
    }
    assert {
        row["_identifier"]: (row["_person_id"], row["Tier"], row["_refused"] == ["Tier"])
        for row in rows
    } == kept
    assert sorted(
        ((refusal["_identifier"], refusal["_person_id"], refusal["reason"])
         for refusal in refusals if refusal["field"] is None),
        key=repr,
    ) == sorted(whole, key=repr)  # fmt: skip
