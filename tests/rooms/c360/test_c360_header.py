"""The `/* onefold … */` header of `tables/*.sql`, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from onefold.c360 import Model, ModelTest, OnFail, Rule, project_model
from onefold.errors import OnefoldError
from onefold.model import TableName

WRONG = Path(__file__).parents[2] / "golden" / "c360" / "headers" / "wrong.sql"
QUERY = "SELECT person_id, gender, email FROM merged_customers"


def model(header: str, file: str = "tables/Attributes.sql") -> Model:
    return project_model(f"/* onefold\n{header}\n*/\n{QUERY}", file=file)


def test_everything_a_header_may_say() -> None:
    found = model(
        """
title: Attributes
description: One row per person
tags: [braze]
formerly: braze_attributes
primary_key: Person_ID
segments: false
on_fail: warn
tests:
  not_null: [email]
  unique: [email, [gender, email]]
  accepted_values: {gender: [M, F]}
  relationships: {person_id: merged_customers.person_id}
"""
    )
    assert found.name == "attributes"
    assert found.grain == "One row per person"
    assert found.primary_key == ("person_id",)
    assert (found.segments, found.on_fail) == (False, OnFail.WARN)
    assert [str(test) for test in found.tests] == [
        "unique(person_id)",
        "not_null(person_id)",
        "not_null(email)",
        "unique(email)",
        "unique(gender, email)",
        "accepted_values(gender)",
        "relationships(person_id)",
    ]
    assert found.tests[-1] == ModelTest(
        rule=Rule.RELATIONSHIPS,
        columns=("person_id",),
        table=TableName("main", "merged_customers"),
        column="person_id",
    )


def test_a_file_without_a_header_is_a_table() -> None:
    found = project_model(f"-- people\n{QUERY}", file="tables/people.sql")
    assert (found.name, found.primary_key, found.tests, found.segments) == ("people", (), (), True)


def test_tables_that_tests_look_in_are_read_as_well() -> None:
    found = model("tests: {relationships: {email: lists.email}}")
    assert found.reads == (TableName("main", "lists"), TableName("main", "merged_customers"))


@pytest.mark.parametrize("block", WRONG.read_text(encoding="utf-8").split("----\n"))
def test_what_is_wrong_is_said_with_its_place(block: str) -> None:
    lines = block.strip("\n").split("\n")
    text = "\n".join(line for line in lines if not line.startswith("--> "))
    expected = "\n".join(line.removeprefix("--> ") for line in lines if line.startswith("--> "))
    with pytest.raises(OnefoldError) as caught:
        project_model(text, file="tables/x.sql")
    assert str(caught.value).replace("\n  hint", "\nhint") == expected


def test_a_file_whose_name_is_no_tables_name() -> None:
    with pytest.raises(OnefoldError, match="rename the file"):
        model("title: x", file="tables/my-table.sql")
