"""Objects are found by pattern, in loading order; nothing found says where it was looked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from onefold.errors import NotBuiltYet, ProjectError, SourceMissing
from onefold.sources import SourceConfig, list_objects

Names = Callable[[SourceConfig], list[str]]


def test_a_star_stops_at_a_slash_and_hidden_files_are_left(folder: Any, names: Names) -> None:
    for name in ("in/b.csv", "in/a.csv", "in/deep/c.csv", "in/.d.csv", "in/a.csv.part"):
        folder.put(name)
    assert names(folder.source("in/*.csv")) == ["in/a.csv", "in/b.csv"]


def test_days_come_before_names(folder: Any) -> None:
    for name in ("2027/01/09/z-1.csv", "2027/01/10/a-1.csv", "2026/12/31/b-1.csv"):
        folder.put(name)
    found = list_objects(folder.source("{yyyy}/{MM}/{dd}/*-1.csv"))
    assert [(obj.day, obj.name) for obj in found] == [
        (date(2026, 12, 31), "2026/12/31/b-1.csv"),
        (date(2027, 1, 9), "2027/01/09/z-1.csv"),
        (date(2027, 1, 10), "2027/01/10/a-1.csv"),
    ]


def test_a_day_that_is_none_is_no_match(folder: Any, names: Names) -> None:
    for name in ("20270230.csv", "20270228.csv", "2027022x.csv"):
        folder.put(name)
    assert names(folder.source("{yyyy}{MM}{dd}.csv")) == ["20270228.csv"]


def test_a_part_named_twice_must_agree(folder: Any, names: Names) -> None:
    for name in ("2026/orders-2026.csv", "2026/orders-2027.csv"):
        folder.put(name)
    assert names(folder.source("{yyyy}/orders-{yyyy}.csv")) == ["2026/orders-2026.csv"]


def test_characters_of_regular_expressions_mean_themselves(folder: Any, names: Names) -> None:
    for name in ("a+(1).csv", "aa1.csv"):
        folder.put(name)
    assert names(folder.source("a+(*).csv")) == ["a+(1).csv"]


def test_paths_may_leave_the_root_or_be_absolute(folder: Any, names: Names) -> None:
    path = folder.put("in/a.csv")
    (folder.root / "project").mkdir()
    beside = SourceConfig(
        id="x", root=folder.root / "project", pattern="../in/*.csv", format=folder.source("").format
    )
    assert names(beside) == ["../in/a.csv"]
    assert names(folder.source(str(path))) == [str(path)]


def test_the_etag_changes_with_the_object(folder: Any) -> None:
    folder.put("a.csv", "id\n1\n")
    (before,) = list_objects(folder.source("a.csv"))
    folder.put("a.csv", "id\n1\n2\n")
    (after,) = list_objects(folder.source("a.csv"))
    assert before.etag != after.etag
    assert (before.size_bytes, after.size_bytes) == (5, 7)


@pytest.mark.parametrize(
    ("pattern", "wanted", "there"),
    [
        ("data/pos/customer-*.csv", "customer-*.csv", "customers-1.csv"),
        ("data/po/customers-*.csv", "po", "pos"),
        ("data/pos/customers-2.csv", "customers-2.csv", "customers-1.csv"),
    ],
)
def test_nothing_found_names_what_is_near(
    folder: Any, pattern: str, wanted: str, there: str
) -> None:
    folder.put("data/pos/customers-1.csv")
    with pytest.raises(SourceMissing) as caught:
        list_objects(folder.source(pattern))
    text = str(caught.value)
    assert f"shop_feed: nothing matches {pattern}; looked for {wanted} in " in text
    assert f"it holds {there}" in text
    assert "hint: put the file there, or correct `from:`" in text


def test_an_empty_folder_is_called_empty(folder: Any) -> None:
    (folder.root / "data").mkdir()
    with pytest.raises(SourceMissing, match=r"in .*data, and it is empty"):
        list_objects(folder.source("data/*.csv"))


def test_what_is_not_built_is_refused(folder: Any) -> None:
    with pytest.raises(NotBuiltYet, match="only local files can be read yet"):
        list_objects(folder.source("s3://bucket/x.csv"))
    with pytest.raises(NotBuiltYet, match=r"\*\* .* is not built yet"):
        list_objects(folder.source("**/x.csv"))
    with pytest.raises(NotBuiltYet, match="format avro is not built yet"):
        list_objects(folder.source("x.avro", "avro"))


def test_an_unknown_placeholder_is_refused_with_the_nearest(folder: Any) -> None:
    with pytest.raises(ProjectError, match=r"\{mm\} is not a placeholder") as caught:
        list_objects(folder.source("{yyyy}/{mm}.csv"))
    assert "nearest: {MM}" in str(caught.value)
