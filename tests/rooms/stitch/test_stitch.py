from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Previous, Run, StitchConfig, stitch
from onefold.warehouse import Engine

Row = dict[str, str | None]
Land = Callable[[str, Sequence[Row]], tuple[RecordShape, str]]

ANN: Row = {"pk": "ann", "given-name": "Ann", "email": "ann@x.fr", "fk-card": "1"}
ANNE: Row = {"pk": "anne", "given-name": "Anne", "email": "anne@x.fr", "fk-card": "2"}
BOB: Row = {"pk": "bob", "given-name": "Bob", "email": "bob@x.fr", "fk-card": "3"}


def test_records_of_every_shape_meet_in_one_table(engine: Engine, run: Run) -> None:
    engine.table(
        "web",
        "SELECT '1' AS _key, ' Zoé ' AS first, ' ZOE@x.fr' AS mail, 42 AS card, "
        "TIMESTAMPTZ '2026-02-03 04:05:06+00' AS touched",
    )
    engine.table("till", "SELECT 'k|2' AS _key, DATE '1990-05-06' AS born, 'A7' AS number")
    web = RecordShape(
        source="web",
        fields=(
            FeedField(name="first", type=parse_type("string"), path="first", tag="given-name"),
            FeedField(name="mail", type=parse_type("string"), path="mail", tag="email"),
            FeedField(name="card", type=parse_type("integer"), path="card", tag="fk-email"),
            FeedField(name="touched", type=parse_type("datetime"), path="touched"),
        ),
        last_updated="touched",
    )
    till = RecordShape(
        source="till",
        fields=(
            FeedField(name="born", type=parse_type("date"), path="born", tag="birthdate"),
            FeedField(name="number", type=parse_type("string"), path="number", tag="sk-person"),
        ),
    )

    done = stitch(engine, StitchConfig(), [(web, "web"), (till, "till")], None, run)

    columns = {c.name: c.engine_type for c in engine.relation_columns(done.unified_coalesced)}
    assert columns["birthdate"] == "DATE"
    assert columns["update_dt"] == columns["create_dt"] == "TIMESTAMP WITH TIME ZONE"
    assert list(columns)[:3] == ["person_id", "datasource", "pk"]
    rows = engine.rows(
        "SELECT datasource, pk, given_name, email, fk_email, sk_person, "
        "CAST(birthdate AS VARCHAR), epoch(update_dt), company "
        f"FROM {done.unified_coalesced} ORDER BY datasource DESC"
    )
    touched = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
    assert rows == [
        ("web", "1", "Zoé", "zoe@x.fr", "42", None, None, touched, None),
        ("till", "k|2", None, None, None, "A7", "1990-05-06", None, None),
    ]


@pytest.mark.parametrize("rows", [[], None], ids=["no record", "no profile"])
def test_nothing_to_stitch_gives_empty_tables(
    engine: Engine, land: Land, run: Run, rows: list[Row] | None
) -> None:
    shape, name = land("crm", [ANN])
    engine.run(f"DELETE FROM {name}")

    done = stitch(engine, StitchConfig(), [] if rows is None else [(shape, name)], None, run)

    assert (done.stats.records, done.stats.persons, done.stats.churn) == (0, 0, 0)
    assert engine.rows(f"SELECT * FROM {done.unified_coalesced}") == []


def test_only_the_results_are_left(engine: Engine, land: Land, run: Run) -> None:
    stitch(engine, StitchConfig(), [land("crm", [ANN, BOB])], None, run)

    tables = {row[0] for row in engine.rows("SELECT table_name FROM duckdb_tables()")}
    assert tables == {
        "landed_crm",
        "stitch_unified_coalesced",
        "stitch_links",
        "stitch_bad_values",
        "stitch_key_persons",
        "stitch_aliases",
        "stitch_changes",
    }


def days(engine: Engine, land: Land, run: Run, *rows_by_day: list[Row]) -> dict[str, str]:
    """Stitch day after day, each after the other; give the last day's person of each record."""
    previous = None
    for day, rows in enumerate(rows_by_day):
        today = Run(id=f"day-{day}", as_of=run.as_of + timedelta(days=day))
        done = stitch(engine, StitchConfig(), [land("crm", rows)], previous, today)
        engine.table(f"persons_{day}", f"SELECT * FROM {done.unified_coalesced}")
        engine.table(f"aliases_{day}", f"SELECT * FROM {done.aliases}")
        previous = Previous(assignments=f"persons_{day}", aliases=f"aliases_{day}")
    return persons(engine, len(rows_by_day) - 1)


def persons(engine: Engine, day: int) -> dict[str, str]:
    return dict(engine.rows(f"SELECT pk, person_id FROM persons_{day}"))


def changes(engine: Engine) -> dict[str, tuple[str, list[str]]]:
    rows = engine.rows("SELECT person_id, change, previous_ids FROM stitch_changes")
    return {person: (change, before) for person, change, before in rows}


def test_persons_merge_split_and_go(engine: Engine, land: Land, run: Run) -> None:
    one_card = [ANN, {**ANNE, "fk-card": "1"}, BOB]

    days(engine, land, run, [ANN, ANNE, BOB], one_card)
    first, second = persons(engine, 0), persons(engine, 1)
    loser = ({first["ann"], first["anne"]} - {second["ann"]}).pop()
    assert second["ann"] == second["anne"] == min(first["ann"], first["anne"])
    assert changes(engine)[second["ann"]] == ("merged", sorted([first["ann"], first["anne"]]))
    assert changes(engine)[second["bob"]] == ("unchanged", [first["bob"]])
    assert changes(engine)[loser] == ("retired", [])
    assert engine.rows("SELECT * FROM aliases_1") == [(loser, second["ann"], "day-1", "merge")]

    third = days(engine, land, run, [ANN, ANNE, BOB], one_card, [ANN, ANNE])
    assert changes(engine)[third["ann"]] == ("split", [second["ann"]])
    assert changes(engine)[third["anne"]] == ("split", [second["ann"]])
    assert changes(engine)[second["bob"]] == ("retired", [])
    assert engine.rows("SELECT * FROM aliases_2") == [(loser, second["ann"], "day-1", "merge")]


def test_chance_makes_a_common_name_no_evidence(engine: Engine, land: Land, run: Run) -> None:
    """Two records of one city: a rare name means one person, a common one does not."""
    crowd: list[Row] = [
        {"pk": f"{n}", "given-name": "Marie", "surname": "Martin", "city": f"Ville {n}"}
        for n in range(1, 400)
    ]
    town: list[Row] = [
        {"pk": f"t{n}", "given-name": f"Person {n}", "surname": f"Name {n}", "city": "Ville 1"}
        for n in range(20)
    ]
    twice: list[Row] = [
        {"pk": "rare 1", "given-name": "Ombeline", "surname": "Quesnel", "city": "Ville 1"},
        {"pk": "rare 2", "given-name": "Ombeline", "surname": "Quesnel", "city": "Ville 1"},
        {"pk": "common", "given-name": "Marie", "surname": "Martin", "city": "Ville 1"},
    ]

    stitch(engine, StitchConfig(), [land("crm", crowd + town + twice)], None, run)

    links = engine.rows("SELECT pk_a, pk_b, rule FROM stitch_links")
    assert [(*sorted((a, b)), rule) for a, b, rule in links] == [("rare 1", "rare 2", "name+city")]


def test_the_largest_persons_are_counted(engine: Engine, land: Land, run: Run) -> None:
    same = [{**ANN, "pk": str(number)} for number in range(5)]
    config = StitchConfig(supersized_records=4)

    done = stitch(engine, config, [land("crm", [*same, BOB])], None, run)

    assert (done.stats.persons, done.stats.largest, done.stats.supersized) == (2, 5, 1)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Run(id="r", as_of=datetime(2026, 1, 1))  # noqa: DTZ001 (the point of the test)
