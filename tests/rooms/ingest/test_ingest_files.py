"""A load rewrites the files that it must, and keeps the others as they are."""

from __future__ import annotations

from typing import Any

from onefold.ingest import Load
from onefold.model import Tally


def paths(landing: Any) -> set[str]:
    return {file.path for file in landing.files}


def test_an_upsert_rewrites_only_the_files_it_replaces_rows_of(desk: Any) -> None:
    first = desk.land(("a", "1", "Lyon"), ("b", "1", "Nice"))
    second = desk.land(("c", "1", "Metz"))
    third = desk.land(("d", "1", "Lille"))
    assert len(paths(third)) == 3

    last = desk.land(("c", "2", "Paris"), ("e", "1", "Brest"))

    assert paths(first) | (paths(third) - paths(second)) <= paths(last)
    assert not paths(second) - paths(first) <= paths(last)
    assert desk.rows() == [
        ("a", "Lyon"),
        ("b", "Nice"),
        ("c", "Paris"),
        ("d", "Lille"),
        ("e", "Brest"),
    ]
    assert paths(second) <= desk.files(), "files that stood are left for those who read them"


def test_survivors_of_a_rewritten_file_keep_their_place(desk: Any) -> None:
    desk.land(("a", "1", "Lyon"), ("b", "1", "Nice"), name="one.csv")
    desk.land(("b", "2", "Metz"), name="two.csv")
    assert desk.rows("id, _file, _line") == [("a", "one.csv", 2), ("b", "two.csv", 2)]


def test_the_same_load_again_writes_nothing(desk: Any) -> None:
    first = desk.land(("a", "1", "Lyon"), ("b", None, None))
    again = desk.land(("a", "1", "Lyon"), ("b", None, None), name="again.csv")
    assert again.files == first.files
    assert again.written == ()
    assert again.tally == Tally(read=2, landed=2)
    assert desk.rows("_file") == [("people.csv",), ("people.csv",)]


def test_older_rows_rewrite_nothing(desk: Any) -> None:
    first = desk.land(("a", "5", "Lyon"))
    assert desk.land(("a", "4", "Nice")).files == first.files
    assert desk.land(("a", None, "Nice")).tally == Tally(read=1, superseded=1)


def test_an_append_only_adds_files(desk: Any) -> None:
    desk.load = Load.APPEND
    first = desk.land(("a", "1", "Lyon"))
    second = desk.land(("a", "2", "Nice"), ("b", "1", "Metz"))
    assert paths(first) < paths(second)
    assert desk.rows() == [("a", "Lyon"), ("b", "Metz")]


def test_a_replace_keeps_no_file(desk: Any) -> None:
    desk.load = Load.REPLACE
    first = desk.land(("a", "1", "Lyon"), ("b", "1", "Nice"))
    second = desk.land(("b", "1", "Nice"))
    assert not paths(first) & paths(second)
    assert desk.rows() == [("b", "Nice")]


def test_nothing_delivered_changes_nothing(desk: Any) -> None:
    assert desk.deliver().files == ()
    first = desk.land(("a", "1", "Lyon"))
    assert desk.deliver().files == first.files
    assert desk.land(name="header-only.csv").tally == Tally()


def test_counts_by_object_and_repeated_keys(desk: Any) -> None:
    desk.max_rejected = 2
    landing = desk.deliver(
        ("one.csv", desk.delivered([("a", "1", "x"), ("a", "2", "x"), (None, "1", "x")])),
        ("two.csv", desk.delivered([("a", "1", "y"), ("b", "soon", "x"), ("c", "1", "x")])),
    )
    assert landing.tallies == {
        "one.csv": Tally(read=3, landed=1, rejected=1, superseded=1),
        "two.csv": Tally(read=3, landed=1, rejected=1, superseded=1),
    }
    assert landing.repeated_keys == 1


def test_columns_carry_what_the_project_says(desk: Any) -> None:
    columns = desk.land(("a", "1", "Lyon")).columns
    assert [(column.name, column.engine_type) for column in columns] == [
        ("id", "VARCHAR"),
        ("day", "BIGINT"),
        ("city", "VARCHAR"),
        ("_key", "VARCHAR"),
        ("_file", "VARCHAR"),
        ("_line", "BIGINT"),
    ]
