"""The shared words refuse what makes no sense, and say it as project files say it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import product

import pytest

from onefold.errors import OnefoldError, Place, Retryable, UsageError, nearest
from onefold.model import (
    DataFile,
    FeedField,
    FieldType,
    Price,
    RecordShape,
    TableName,
    TableVersion,
    Tally,
    TypeKind,
    parse_type,
    stored_alike,
)

# --- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "engine_type"),
    [
        ("boolean", "BOOLEAN"),
        ("date", "DATE"),
        ("datetime", "TIMESTAMP WITH TIME ZONE"),
        ("decimal", "DECIMAL(38,9)"),
        ("decimal(12)", "DECIMAL(12,0)"),
        ("decimal( 12 , 2 )", "DECIMAL(12,2)"),
        ("decimal(38,38)", "DECIMAL(38,38)"),
        ("float", "DOUBLE"),
        ("integer", "BIGINT"),
        ("string", "VARCHAR"),
        ("varchar", "VARCHAR"),
        ("varchar(40)", "VARCHAR"),
        ("json", "VARCHAR"),
        ("  date ", "DATE"),
    ],
)
def test_types_as_project_files_write_them(text: str, engine_type: str) -> None:
    assert parse_type(text).engine_type == engine_type


@pytest.mark.parametrize("text", ["string", "varchar(40)", "decimal(12,2)", "datetime"])
def test_a_type_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_type(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("text", "'text' is not a type. Types: boolean date datetime decimal"),
        ("", "is not a type"),
        ("Integer", "is not a type"),
        ("decimal(39,2)", "1 to 38 digits"),
        ("decimal(0)", "1 to 38 digits"),
        ("decimal(3,4)", "1 to 38 digits"),
        ("date(3)", "date takes no numbers, so write: date"),
        ("varchar(4,5)", "varchar takes no numbers"),
        ("decimal(3,4,5)", "is not a type"),
    ],
)
def test_what_is_no_type_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(").replace(".", r"\.")):
        parse_type(text)


@pytest.mark.parametrize(
    "kind", sorted(set(TypeKind) - {TypeKind.DECIMAL, TypeKind.VARCHAR, TypeKind.JSON})
)
def test_every_type_is_known_again_by_its_engine_type(kind: TypeKind) -> None:
    assert FieldType.of_engine(FieldType(kind).engine_type) == FieldType(kind)


def test_decimals_and_nested_values_are_known_again_and_strangers_are_not() -> None:
    assert FieldType.of_engine("DECIMAL(12, 2)") == parse_type("decimal(12,2)")
    assert FieldType.of_engine("varchar") == parse_type("string")
    for nested in ("VARCHAR[]", "STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "JSON"):
        found = FieldType.of_engine(nested)
        assert found is not None
        assert found.kind is TypeKind.JSON
    assert FieldType.of_engine("INTERVAL") is None
    assert FieldType.of_engine("BLOB") is None


def test_which_types_a_destination_stores_alike() -> None:
    groups = [
        ["BIGINT", "INTEGER", "DOUBLE", "DECIMAL(12,2)", "DECIMAL(5,0)"],
        ["VARCHAR", "UUID"],
        ["BOOLEAN"],
        ["DATE"],
        ["TIMESTAMP WITH TIME ZONE"],
        ["TIMESTAMP"],  # a wall clock's time is no instant
        ["VARCHAR[]"],
        ["BIGINT[]"],
    ]
    group_of = {kind: number for number, group in enumerate(groups) for kind in group}
    for one, other in product(group_of, repeat=2):
        assert stored_alike(one, other) is (group_of[one] == group_of[other]), (one, other)


# --- tables and counts ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Customers", "a b", "", "1st", "../x", "a;b", "é", 'a"b'])
def test_names_of_tables_need_no_quoting(name: str) -> None:
    with pytest.raises(ValueError, match="is not a table name: a-z, 0-9 and _ only"):
        TableName("main", name)
    with pytest.raises(ValueError, match="is not a table name"):
        TableName(name, "people")


def test_names_are_read_with_and_without_a_schema() -> None:
    assert TableName.parse("Merged_Customers") == TableName("main", "merged_customers")
    assert TableName.parse("segments.vips") == TableName("segments", "vips")
    assert str(TableName("segments", "vips")) == "segments.vips"


def test_a_version_counts_the_rows_of_its_files() -> None:
    files = tuple(DataFile(path=str(rows), rows=rows, size_bytes=1) for rows in (3, 4))
    version = TableVersion(id="v", table=TableName("main", "t"), files=files, columns=())
    assert version.rows == 7
    with pytest.raises(FrozenInstanceError):
        version.id = "w"  # type: ignore[misc]  # that is the point


def test_a_row_cannot_be_lost_from_a_tally() -> None:
    both = Tally(read=10, landed=6, rejected=3, superseded=1) + Tally(read=2, landed=2)
    assert both == Tally(read=12, landed=8, rejected=3, superseded=1)
    with pytest.raises(ValueError, match="counts do not reconcile"):
        Tally(read=10, landed=9)


def test_the_price_counts_fields_set_and_cleared() -> None:
    price = Price(rows=5, sets={"email": 3, "dob": 1}, clears={"dob": 2})
    assert price.fields == 6


def test_the_first_field_of_a_tag_is_found() -> None:
    kind = parse_type("string")
    fields = tuple(
        FeedField(name=name, type=kind, path=name, tag=tag)
        for name, tag in (("a", None), ("mail", "email"), ("mail2", "email"))
    )
    shape = RecordShape(source="pos", fields=fields)
    assert shape.tagged("email") == fields[1]
    assert shape.tagged("phone") is None


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_says_where_what_and_what_next() -> None:
    error = OnefoldError("no such key", hint="write: email", where=Place("a.yaml", 3, 7))
    assert str(error) == "a.yaml:3:7: no such key\n  hint: write: email"
    assert str(OnefoldError("plain", where=Place("a.yaml"))) == "a.yaml: plain"
    assert (UsageError("x").exit_code, error.exit_code) == (2, 1)
    assert Retryable("busy", retry_after_s=1.5).retry_after_s == 1.5


def test_the_nearest_name_is_found_case_apart() -> None:
    known = ["Loyalty Tier", "email", "first_name"]
    assert nearest("loyality_tier", known) == "Loyalty Tier"
    assert nearest("EMAIL", known) == "email"
    assert nearest("zzz", known) is None
    assert nearest("x", []) is None
