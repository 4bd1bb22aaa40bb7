from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Run, StitchConfig, person_view, stitch
from onefold.warehouse import Engine

Row = dict[str, str | None]
Land = Callable[[str, Sequence[Row]], tuple[RecordShape, str]]

CUSTOMERS: list[Row] = [
    {"pk": "1", "given-name": "Ada", "email": "Ada+x@Mail.example", "fk-card": "C1"},
    {"pk": "2", "given-name": "Bob", "email": "both@mail.example", "fk-card": "C2"},
    {"pk": "3", "given-name": "Cleo", "email": "both@mail.example", "fk-card": "C3"},
]


def field(name: str, tag: str | None) -> FeedField:
    return FeedField(name=name, type=parse_type("string"), path=name, tag=tag)


@pytest.fixture
def persons(engine: Engine, land: Land, run: Run) -> dict[str, str]:
    """Stitch the customers, bind what views read, and give each record's person."""
    done = stitch(engine, StitchConfig(), [land("customers", CUSTOMERS)], None, run)
    engine.run("CREATE SCHEMA landed; CREATE SCHEMA stitch")
    for name in ("unified_coalesced", "key_persons"):
        engine.run(f"CREATE TABLE stitch.{name} AS SELECT * FROM {getattr(done, name)}")
    engine.run("CREATE TABLE landed.customers AS SELECT * FROM landed_customers")
    return dict(engine.rows("SELECT pk, person_id FROM stitch.unified_coalesced"))


def test_a_profile_takes_the_person_of_its_record(
    engine: Engine, land: Land, persons: dict[str, str]
) -> None:
    shape, _ = land("customers", CUSTOMERS)

    rows = engine.rows(f"SELECT _key, person_id FROM ({person_view(shape).sql('duckdb')})")

    assert dict(rows) == persons


def test_other_records_follow_the_first_key_that_leads_to_one_person(
    engine: Engine, persons: dict[str, str]
) -> None:
    engine.run(
        "CREATE TABLE landed.orders AS SELECT * FROM (VALUES "
        "('a', 'c1 ', 'both@mail.example'), ('b', 'C9', 'ada@mail.example'), "
        "('c', NULL, 'both@mail.example'), ('d', NULL, NULL)) AS t(_key, card, mail)"
    )
    shape = RecordShape(
        source="orders",
        fields=(field("card", "fk-card"), field("mail", "email")),
        stitch="attach",
    )

    rows = engine.rows(f"SELECT _key, person_id FROM ({person_view(shape).sql('duckdb')})")

    assert dict(rows) == {"a": persons["1"], "b": persons["1"], "c": None, "d": None}


def test_resolved_sources_bring_their_person_and_others_have_none(
    engine: Engine, persons: dict[str, str]
) -> None:
    engine.run("CREATE TABLE landed.wide AS SELECT '1' AS _key, 7 AS person_id, 'x' AS other")
    fields = (field("person_id", None), field("other", None))
    resolved = RecordShape(source="wide", fields=fields, person_id="person_id")
    loose = RecordShape(source="wide", fields=fields, stitch="none")

    assert engine.rows(person_view(resolved)) == [("1", "x", "7")]
    assert engine.rows(person_view(loose)) == [("1", "x", None)]


def test_person_ids_are_uuids_of_the_run_s_instant(persons: dict[str, str], run: Run) -> None:
    for person in set(persons.values()):
        assert str(UUID(person)) == person
        assert UUID(person).version == 7
        assert UUID(person).int >> 80 == int(run.as_of.timestamp() * 1000)
