"""The shape of compiled SQL: one pass over persons, every table joined once, hash joins only."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from sqlglot import exp

from onefold.errors import SqlError
from onefold.model import Column
from onefold.segments import (
    PERSONS,
    Catalogue,
    Grain,
    SegmentSettings,
    TableShape,
    compile_predicates,
    compile_segment,
    compile_sql_segment,
    explain_person,
    measure,
    parse_rules,
    sample,
)
from onefold.warehouse import Engine

BOUGHT_TWICE = {"purchased": {"within": "30 days", "at_least": {"orders": 2, "revenue": 50}}}
OPTED_IN = {"any_row_of": "email_opt_status", "where": {"field": "brand", "op": "is not null"}}
SPENT = {
    "field": "transaction_attributes_extended.lifetime_order_revenue",
    "op": ">=",
    "value": 500,
}
JOINS = ("JOIN", "PRODUCT")


@pytest.fixture
def people(engine: Engine) -> Engine:
    """20,000 persons: enough for the planner to care how it joins."""
    for statement in (
        (
            "CREATE TABLE merged_customers AS SELECT 'p' || i AS person_id, 'c' || i % 9 AS city, "
            "DATE '2000-01-01' + (i % 999)::INTEGER AS birthdate, i % 90 AS age, i / 7 AS score, "
            "i % 50 = 0 AS is_employee, ['x'] AS interests FROM range(20000) r(i)"
        ),
        (
            "CREATE TABLE transaction_attributes_extended AS SELECT 'p' || i AS person_id, "
            "(i % 900)::DECIMAL(12,2) AS lifetime_order_revenue, "
            "TIMESTAMPTZ '2026-01-01' AS latest_order_datetime FROM range(0, 20000, 2) r(i)"
        ),
        (
            "CREATE TABLE email_opt_status AS SELECT 'p' || i % 7000 AS person_id, 'b' || i % 3 AS "
            "brand, i % 2 = 0 AS is_email_opted_in FROM range(15000) r(i)"
        ),
        (
            "CREATE TABLE unified_itemized_transactions AS SELECT 'p' || i % 5000 AS person_id, "
            "'o' || i // 2 AS order_id, TIMESTAMPTZ '2026-02-20' AS order_datetime, "
            "'x' AS product_id, 'y' AS product_category, 'z' AS purchase_brand, "
            "9.99::DECIMAL(12,2) AS item_revenue, i % 9 = 0 AS is_return, "
            "false AS is_cancellation FROM range(40000) r(i)"
        ),
        (
            "CREATE TABLE segments.loyalty_members AS SELECT 'p' || i AS person_id "
            "FROM range(0, 20000, 3) r(i)"
        ),
        "CREATE TABLE lists.vip_evening AS SELECT 'p' || i AS person_id FROM range(90) r(i)",
    ):
        engine.run(statement)
    return engine


def _joins(engine: Engine, query: exp.Select) -> set[str]:
    """Name the ways in which the engine would join."""
    ((_, plan),) = engine.rows(f"EXPLAIN (FORMAT json) {query.sql('duckdb')}")
    names = set(re.findall(r'"name": "(\w+)"', plan))
    return {name for name in names if name.endswith(JOINS)}


def _compiled(data: Any, catalogue: Catalogue, as_of: datetime, **kwargs: Any) -> exp.Select:
    rule = parse_rules(data)
    return compile_segment(rule, catalogue, as_of=as_of, timezone="Europe/Paris", **kwargs)


@pytest.mark.parametrize(
    "data",
    [
        {"all": [SPENT, OPTED_IN, {"not": BOUGHT_TWICE}, {"in_segment": "loyalty_members"}]},
        {"any": [SPENT, OPTED_IN, BOUGHT_TWICE, {"not": {"in_list": "vip_evening"}}]},
        {"not": {"any": [{"not": {"all": [OPTED_IN, BOUGHT_TWICE]}}, {"not": SPENT}]}},
    ],
    ids=["all", "any", "not"],
)
def test_the_engine_hashes_and_never_loops(
    people: Engine, shop: Catalogue, as_of: datetime, data: Any
) -> None:
    query = _compiled(data, shop, as_of)
    assert _joins(people, query) == {"HASH_JOIN"}
    assert measure(people, query).persons > 0


def test_predicates_of_campaign_groups_hash_too(
    people: Engine, shop: Catalogue, as_of: datetime
) -> None:
    rules = {
        "high value": parse_rules({"all": [SPENT, OPTED_IN]}),
        "loyal": parse_rules({"any": [BOUGHT_TWICE, {"in_segment": "loyalty_members"}]}),
    }
    query = compile_predicates(rules, shop, as_of=as_of, timezone="Europe/Paris")
    assert _joins(people, query) == {"HASH_JOIN"}
    assert [column.name for column in people.columns(query)] == ["person_id", "high value", "loyal"]
    counted = exp.select(
        "count(*)", 'count("high value")', "count(loyal)", "count(DISTINCT person_id)"
    ).from_(query.subquery())
    assert people.row(counted) == (20_000,) * 4


def test_a_table_named_twice_is_joined_once(shop: Catalogue, as_of: datetime) -> None:
    upper = SPENT | {"field": str(SPENT["field"]).upper(), "op": "<"}
    query = _compiled({"all": [SPENT, upper, {"not": SPENT}]}, shop, as_of)
    assert len(query.args["joins"]) == 1


def test_the_universe_is_not_joined_to_itself(shop: Catalogue, as_of: datetime) -> None:
    city = {"field": "main.Merged_Customers.City", "op": "is", "value": "c1"}
    query = _compiled({"any": [city, {"not": city}]}, shop, as_of)
    assert not query.args.get("joins")


def test_names_that_collide_get_aliases_of_their_own(engine: Engine, as_of: datetime) -> None:
    shape = TableShape(columns={"person_id": "VARCHAR", "select": "BIGINT"}, grain=Grain.PERSON)
    engine.run("CREATE SCHEMA landed")
    catalogue = {"merged_customers": PERSONS}
    engine.run("CREATE TABLE merged_customers AS SELECT 'p1' AS person_id")
    for number, table in enumerate(["person", "landed.person", "r"]):
        engine.run(f"""CREATE TABLE {table} AS SELECT 'p1' AS person_id, {number} AS "select" """)
        catalogue[table] = shape
    tables = [
        {"field": f"{table}.select", "op": "is", "value": number}
        for number, table in enumerate(["person", "landed.person", "r"])
    ]
    rows = {"any_row_of": "r", "where": {"field": "select", "op": "is", "value": 2}}
    query = _compiled({"all": [*tables, rows]}, catalogue, as_of)
    assert engine.rows(query) == [("p1",)]


def test_the_universe_can_be_looked_at_as_rows(
    people: Engine, shop: Catalogue, as_of: datetime
) -> None:
    condition = {"op": "is", "value": "c1"}
    as_row = {"any_row_of": "merged_customers", "where": condition | {"field": "city"}}
    as_field = condition | {"field": "merged_customers.city"}
    assert measure(people, _compiled(as_row, shop, as_of)) == measure(
        people, _compiled(as_field, shop, as_of)
    )


def test_column_names_of_predicates_must_differ(shop: Catalogue, as_of: datetime) -> None:
    rule = parse_rules(SPENT)
    for names in (["person_id"], ["Person_ID"], ["a", "A"]):
        with pytest.raises(ValueError, match="not unique"):
            compile_predicates(
                dict.fromkeys(names, rule), shop, as_of=as_of, timezone="Europe/Paris"
            )


def test_quotes_in_values_and_names_are_only_text(
    people: Engine, shop: Catalogue, as_of: datetime
) -> None:
    nasty = "'; DROP TABLE merged_customers; --"
    rule = {"field": "merged_customers.city", "op": "in list", "value": [nasty, "c1"]}
    query = _compiled(rule, shop, as_of)
    named = compile_predicates(
        {nasty: parse_rules(rule)}, shop, as_of=as_of, timezone="Europe/Paris"
    )
    assert measure(people, query).persons > 0
    assert people.columns(named)[1].name == nasty


@pytest.mark.parametrize("value", [0.1, 0.30000000000000004, 1e300, -2.5e-7, 123456789012345680.0])
def test_floats_are_compared_to_the_last_bit(
    engine: Engine, shop: Catalogue, as_of: datetime, value: float
) -> None:
    engine.run(f"CREATE TABLE merged_customers AS SELECT 'p' AS person_id, {value!r}::DOUBLE score")
    condition = {"field": "merged_customers.score", "op": "is", "value": value}
    assert engine.rows(_compiled(condition, shop, as_of)) == [("p",)]


def test_other_names_of_the_universe_can_be_set(engine: Engine, as_of: datetime) -> None:
    engine.run("CREATE TABLE customer_360 AS SELECT 'p' AS person_id")
    query = _compiled(
        {"not": {"in_segment": "x"}},
        {"customer_360": PERSONS, "segments.x": PERSONS},
        as_of,
        settings=SegmentSettings(universe="customer_360"),
    )
    engine.run("CREATE TABLE segments.x AS SELECT 'q' AS person_id")
    assert engine.rows(query) == [("p",)]


def test_a_sql_segment_is_a_set_of_known_persons(people: Engine) -> None:
    written = exp.select("*").from_(
        exp.values([("p1",), ("p1",), ("nobody",), (None,)], alias="v", columns=["person_id"])
    )
    segment = compile_sql_segment(written, people.columns(written))
    assert people.rows(segment) == [("p1",)]


def test_a_sql_segment_may_be_a_union_with_its_own_ctes(people: Engine) -> None:
    named = exp.select("person_id").from_("merged_customers").where("age < 2")
    written = exp.union(exp.select("person_id").from_("young"), "SELECT 'p80'").with_(
        "young", named
    )
    segment = compile_sql_segment(written, people.columns(written))
    young = people.scalar("SELECT count(*) FROM merged_customers WHERE age < 2")
    assert measure(people, segment).persons == young + 1


@pytest.mark.parametrize(
    ("names", "said"),
    [([], "no column"), (["id"], "returns id"), (["person_id", "city"], "returns person_id, city")],
)
def test_a_sql_segment_returns_person_id_and_nothing_else(names: list[str], said: str) -> None:
    columns = [Column(name=name, engine_type="VARCHAR") for name in names]
    with pytest.raises(SqlError, match=said) as refused:
        compile_sql_segment(exp.select("person_id"), columns)
    assert refused.value.hint == "start it with SELECT person_id"


def test_a_segment_is_counted_and_sampled(people: Engine, shop: Catalogue, as_of: datetime) -> None:
    query = _compiled({"in_segment": "loyalty_members"}, shop, as_of)
    size = measure(people, query)
    assert (size.persons, size.universe) == (len(range(0, 20_000, 3)), 20_000)
    chosen = sample(people, query, limit=5)
    assert len(set(chosen)) == 5
    assert chosen == sample(people, query, limit=50)[:5]


def test_an_explanation_shows_what_it_saw(people: Engine, shop: Catalogue, as_of: datetime) -> None:
    rule = parse_rules({"all": [SPENT, {"not": {"all": [OPTED_IN, BOUGHT_TWICE]}}]})

    def seen(person: str) -> list[Any]:
        checks = explain_person(rule, shop, person_id=person, as_of=as_of, timezone="Europe/Paris")
        return [(check.depth, *row) for check in checks for row in people.rows(check.query)]

    # p2: revenue 2, two opt-in rows, eight items of which one came back
    assert seen("p2") == [
        (0, False, None),
        (1, False, "2.00"),
        (1, False, None),
        (2, True, None),
        (3, True, "3"),
        (3, True, "7"),
    ]
    assert seen("nobody") == []
