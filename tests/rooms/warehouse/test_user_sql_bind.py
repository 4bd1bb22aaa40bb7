"""Binding: values become typed literals, tables become relations, time becomes the run's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from onefold.errors import SqlError, UnknownReference
from onefold.model import TableName
from onefold.warehouse import (
    ColumnNote,
    Engine,
    EngineSettings,
    Value,
    bind,
    described_columns,
    parse_user_sql,
)

LATE_IN_LONDON = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
PEOPLE = TableName("main", "people")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(EngineSettings(spill_folder=tmp_path, timezone="Europe/Paris"))


def run(engine: Engine, query: str, **variables: Value) -> list[tuple[object, ...]]:
    bound = bind(
        parse_user_sql(query, file="q.sql"),
        as_of=LATE_IN_LONDON,
        timezone="Europe/Paris",
        variables=variables,
        tables={PEOPLE: "real people", TableName("segments", "vips"): "segments.vips"},
    )
    engine.view("bound", bound)  # literals, so that a view works as well as a table
    return engine.rows('SELECT * FROM "bound"')


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "BOOLEAN"),
        (-500, "INTEGER"),
        (0.1, "DOUBLE"),
        (Decimal("12.50"), "DECIMAL(4,2)"),
        ("O'Neill -- :today", "VARCHAR"),
        (date(2026, 2, 28), "DATE"),
    ],
)
def test_a_variable_keeps_its_value_and_type(engine: Engine, value: Value, kind: str) -> None:
    ((found, found_kind),) = run(engine, "SELECT :x AS x, typeof(:x) AS t", x=value)
    assert (found, found_kind) == (value, kind)


def test_a_negative_value_stays_one_operand(engine: Engine) -> None:
    assert run(engine, "SELECT 10 - :x AS a, 10 -:x AS b", x=-3) == [(13, 13)]


def test_today_is_the_day_of_the_projects_zone(engine: Engine) -> None:
    query = """
        SELECT :today AS a, current_date AS b, today() AS c, typeof(:today) AS d,
               epoch_ms(:now) AS e, epoch_ms(now()) AS f, typeof(current_timestamp) AS g
    """
    milliseconds = int(LATE_IN_LONDON.timestamp() * 1000)
    day = date(2026, 4, 1)
    zoned = "TIMESTAMP WITH TIME ZONE"
    assert run(engine, query) == [(day, day, day, "DATE", milliseconds, milliseconds, zoned)]


def test_a_bare_parameter_gives_its_name_to_the_column(engine: Engine) -> None:
    run(engine, "SELECT :today, :x", x=1)
    assert [column.name for column in engine.relation_columns("bound")] == ["today", "x"]


def test_tables_are_read_under_the_name_the_query_calls_them(engine: Engine) -> None:
    engine.view("real people", "SELECT 'p1' AS person_id, 'a' AS email")
    engine.view("segments.vips", "SELECT 'p1' AS person_id")
    assert run(engine, "SELECT people.email FROM people") == [("a",)]
    assert run(engine, "SELECT p.email FROM main.People p") == [("a",)]
    joined = "SELECT vips.person_id FROM segments.vips JOIN people USING (person_id)"
    assert run(engine, joined) == [("p1",)]
    assert run(engine, "SELECT segments.vips.person_id FROM segments.vips") == [("p1",)]


def test_a_cte_hides_a_table_only_where_sql_says_so(engine: Engine) -> None:
    engine.view("real people", "SELECT 'p1' AS person_id UNION ALL SELECT 'p2'")
    narrowed = "WITH people AS (SELECT * FROM people WHERE person_id = 'p2') SELECT * FROM people"
    assert run(engine, narrowed) == [("p2",)]
    inner = "(WITH people AS (SELECT 7 AS n) SELECT n FROM people)"
    assert run(engine, f"SELECT {inner} AS n, count(*) AS m FROM people") == [(7, 2)]


def test_the_query_says_what_it_reads_and_asks_for() -> None:
    sql = parse_user_sql(
        "WITH a AS (SELECT * FROM B), c AS (SELECT * FROM a) "
        "SELECT :x AS x, now() AS n FROM c JOIN Segments.Vips USING (id)",
        file="q.sql",
    )
    assert sql.tables == (TableName("main", "b"), TableName("segments", "vips"))
    assert sql.parameters == ("now", "x")


def test_an_unknown_parameter_names_the_nearest() -> None:
    sql = parse_user_sql("SELECT 1 AS a,\n  :vip_revenu AS b", file="q.sql")
    with pytest.raises(SqlError) as caught:
        bind(sql, as_of=LATE_IN_LONDON, timezone="UTC", variables={"vip_revenue": 1}, tables={})
    assert str(caught.value) == (
        "q.sql:2:3: nothing gives :vip_revenu a value; nearest: :vip_revenue\n"
        "  hint: add it under vars: in onefold.yaml, such as  vip_revenu: 500"
    )


def test_an_unknown_table_names_the_nearest() -> None:
    sql = parse_user_sql("SELECT *\nFROM merged_customer", file="q.sql")
    tables = {TableName("main", "merged_customers"): "x", PEOPLE: "y"}
    with pytest.raises(UnknownReference) as caught:
        bind(sql, as_of=LATE_IN_LONDON, timezone="UTC", variables={}, tables=tables)
    assert str(caught.value).startswith(
        "q.sql:2:6: no table merged_customer; nearest: merged_customers\n"
    )


def test_a_naive_instant_is_refused() -> None:
    sql = parse_user_sql("SELECT 1 AS a", file="q.sql")
    with pytest.raises(ValueError, match="time zone"):
        bind(sql, as_of=datetime(2026, 1, 1), timezone="UTC", variables={}, tables={})  # noqa: DTZ001 - the point


def test_comments_behind_columns_describe_them() -> None:
    sql = parse_user_sql(
        """
        /* onefold
        primary_key: person_id
        */
        -- the people
        SELECT
          mc.person_id,
          coalesce(a, b) AS External_id,  -- the id Braze already knows
          mc.email,                       -- [pii] The address we may write to
          upper(x) AS loud,
          count(*) AS n                   /* How many */
          , last_one                      -- [PII]
        FROM mc
        """,
        file="q.sql",
    )
    assert described_columns(sql) == (
        ColumnNote(name="external_id", description="the id Braze already knows"),
        ColumnNote(name="email", pii=True, description="The address we may write to"),
        ColumnNote(name="n", description="How many"),
        ColumnNote(name="last_one", pii=True),
    )
