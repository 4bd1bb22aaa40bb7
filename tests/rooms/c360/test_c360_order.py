"""The order of models: who reads whom, and what is said of circles and strangers."""

from __future__ import annotations

import pytest

from onefold.c360 import Model, order, project_model
from onefold.errors import ProjectError, UnknownReference
from onefold.model import TableName

SOURCE = TableName("main", "pos")


def models(**queries: str) -> list[Model]:
    return [project_model(text, file=f"tables/{name}.sql") for name, text in queries.items()]


def test_a_table_comes_after_what_it_reads() -> None:
    found = order(
        models(
            a="SELECT * FROM c JOIN b USING (x)",
            b="WITH d AS (SELECT 1 AS x) SELECT x FROM c, d",
            c="SELECT x FROM pos",
            d="SELECT x FROM pos",
        ),
        {SOURCE},
    )
    assert [model.name for model in found] == ["c", "d", "b", "a"]


def test_a_test_that_looks_elsewhere_waits_for_it() -> None:
    header = "/* onefold\ntests: {relationships: {x: b.x}}\n*/\n"
    found = order(models(a=header + "SELECT x FROM pos", b="SELECT x FROM pos"), {SOURCE})
    assert [model.name for model in found] == ["b", "a"]


def test_a_circle_is_named_with_its_files() -> None:
    circle = models(
        c="SELECT x\nFROM a",
        a="SELECT x FROM pos\nJOIN b USING (x)",
        b="SELECT x FROM c",
        other="SELECT x FROM pos",
    )
    with pytest.raises(ProjectError) as caught:
        order(circle, {SOURCE})
    assert str(caught.value) == (
        "tables/a.sql:2:6: tables read each other in a circle:"
        " a (tables/a.sql) -> b (tables/b.sql) -> c (tables/c.sql) -> a (tables/a.sql)\n"
        "  hint: take one of these reads out, or move what both need into a third table"
    )


def test_a_table_that_reads_itself_is_a_circle() -> None:
    with pytest.raises(ProjectError, match=r"circle: a \(tables/a.sql\) -> a \(tables/a.sql\)"):
        order(models(a="SELECT x FROM a"), {SOURCE})


def test_an_unknown_table_names_the_nearest() -> None:
    with pytest.raises(UnknownReference) as caught:
        order(models(people="SELECT 1 AS x", a="SELECT x\nFROM peopel"))
    assert str(caught.value) == (
        "tables/a.sql:2:6: no table peopel; nearest: people\n  hint: write people"
    )


def test_an_unknown_table_with_nothing_near_lists_what_there_is() -> None:
    with pytest.raises(UnknownReference) as caught:
        order(models(a="SELECT x FROM segments.vips"), {SOURCE})
    assert str(caught.value) == (
        "tables/a.sql:1:15: no table segments.vips\n  hint: tables there are: a, pos"
    )


def test_two_files_of_one_name() -> None:
    twice = [*models(a="SELECT 1 AS x"), project_model("SELECT 2 AS x", file="tables/more/a.sql")]
    with pytest.raises(
        ProjectError, match=r"there are two tables a: tables/a\.sql and tables/more"
    ):
        order(twice)
