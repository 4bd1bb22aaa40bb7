"""Building and testing a model: relations, errors, failing rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from onefold.c360 import Model, OnFail, build, check, project_model, standard_models
from onefold.c360.merged_customers import key_columns
from onefold.errors import ProjectError, SqlError, UnknownReference
from onefold.model import FeedField, RecordShape, TableName, parse_type
from onefold.warehouse import Engine

AS_OF = datetime(2026, 1, 15, 12, tzinfo=UTC)
PEOPLE = TableName("main", "people")


def people(engine: Engine, *rows: str) -> None:
    values = f"(VALUES {', '.join(rows)}) AS people(person_id, gender, friend)"
    engine.table("rows_of_people", f"SELECT * FROM {values}")
    engine.view("main.people", "SELECT * FROM rows_of_people")


def built(engine: Engine, model: Model) -> str:
    return build(engine, model, as_of=AS_OF, variables={"vip": 3})


def test_a_model_reads_relations_by_their_full_names(engine: Engine) -> None:
    people(engine, "('p1', 'F', NULL)")
    model = project_model("SELECT person_id, :vip AS n FROM people", file="tables/x.sql")
    relation = built(engine, model)
    assert engine.rows(f"SELECT * FROM {relation}") == [("p1", 3)]
    engine.drop(relation)


def test_an_engine_error_names_file_line_and_column(engine: Engine) -> None:
    people(engine, "('p1', 'F', NULL)")
    text = "/* onefold\nprimary_key: person_id\n*/\nSELECT person_id,\n  p.gendre\nFROM people p"
    with pytest.raises(SqlError) as caught:
        built(engine, project_model(text, file="tables/x.sql"))
    assert str(caught.value) == (
        "tables/x.sql:5:3: no column gendre in people; nearest: gender\n  hint: write gender"
    )


def test_each_test_counts_the_rows_that_fail_it(engine: Engine) -> None:
    people(
        engine,
        "('p1', 'F', 'p2')",
        "('p2', 'X', 'p9')",
        "('p2', NULL, NULL)",
        "(NULL, 'M', 'p1')",
    )
    header = """/* onefold
    primary_key: person_id
    on_fail: warn
    tests:
      not_null: [gender]
      accepted_values: {gender: [M, F]}
      relationships: {friend: people.person_id}
    */ SELECT * FROM people"""
    model = project_model(header, file="tables/x.sql")
    results = check(engine, model, built(engine, model))
    assert {result.test: result.failed_rows for result in results} == {
        "unique(person_id)": 2,
        "not_null(person_id)": 1,
        "not_null(gender)": 1,
        "accepted_values(gender)": 1,
        "relationships(friend)": 1,
    }
    assert {result.on_fail for result in results} == {OnFail.WARN}


def test_a_test_of_a_column_that_is_not_there(engine: Engine) -> None:
    people(engine, "('p1', 'F', NULL)")
    text = "/* onefold\ntests: {not_null: [gendr]}\n*/ SELECT * FROM people"
    model = project_model(text, file="tables/x.sql")
    with pytest.raises(UnknownReference) as caught:
        check(engine, model, built(engine, model))
    assert str(caught.value) == (
        "tables/x.sql: not_null(gendr) names a column that x lacks; nearest: gender\n"
        "  hint: the header's tests name columns of the SELECT below it"
    )


def orders(**fields: tuple[str, str]) -> RecordShape:
    return RecordShape(
        source="orders",
        stitch="attach",
        fields=tuple(
            FeedField(name=name, path=name, type=parse_type(kind), tag=tag)
            for name, (kind, tag) in fields.items()
        ),
    )


def test_a_tag_on_a_field_of_another_type() -> None:
    shape = orders(no=("string", "txn-item/order-id"), qty=("string", "txn-item/item-quantity"))
    with pytest.raises(ProjectError) as caught:
        standard_models([shape])
    assert str(caught.value) == (
        "sources/orders.yaml: orders.qty is tagged txn-item/item-quantity, and its type is string\n"
        "  hint: declare it as decimal or float or integer"
    )


def test_lines_without_an_order() -> None:
    with pytest.raises(ProjectError, match="none of them says which order a line is of"):
        standard_models([orders(qty=("integer", "txn-item/item-quantity"))])


def test_keys_of_profiles_become_columns() -> None:
    fields = orders(mail=("string", "fk-email"), card=("string", "fk-Loyalty-Card")).fields
    profile = RecordShape(source="crm", fields=fields)
    others = [
        RecordShape(source="lines", stitch="attach", fields=orders(a=("string", "fk-a")).fields),
        RecordShape(source="known", person_id="b", fields=orders(b=("string", "fk-b")).fields),
    ]
    assert key_columns([profile, *others]) == {
        "loyalty_card": "fk-Loyalty-Card",
        "fk_email": "fk-email",
    }


def test_sql_brought_along_finds_its_amperity_id(engine: Engine) -> None:
    models = {model.name: model for model in standard_models((), compat_amperity=True)}
    engine.view("main.unified_itemized_transactions", "SELECT 1 AS n")
    relation = built(engine, models["unified_itemized_transactions"])
    assert engine.relation_columns(relation)[-1].name == "amperity_id"
    assert all(model.columns[-1].name == "amperity_id" for model in models.values())
