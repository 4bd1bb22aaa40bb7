"""A feed's fields change while its table stands."""

from __future__ import annotations

from typing import Any

import pytest

from onefold.errors import LoadRefused


def test_a_new_field_is_null_in_the_rows_that_stand(desk: Any) -> None:
    first = desk.land(("a", "1", "Lyon"), ("b", "1", "Nice"))
    desk.fields["zip"] = "string"
    second = desk.land(("c", "1", "Metz", "57000"))
    assert set(first.files) < set(second.files), "nothing is rewritten for a new field"
    assert desk.rows("id, zip") == [("a", None), ("b", None), ("c", "57000")]

    desk.land(("a", "1", "Lyon", "69000"))
    assert desk.rows("id, zip") == [("a", "69000"), ("b", None), ("c", "57000")]


def test_a_removed_field_is_no_longer_a_column(desk: Any) -> None:
    first = desk.land(("a", "1", "Lyon"), ("c", "1", "Nice"))
    del desk.fields["city"]
    landing = desk.land(("a", "2"), ("b", "1"))
    assert "city" not in {column.name for column in landing.columns}
    assert not set(first.files) & set(landing.files), "no file holds it any more"
    assert desk.rows("id, day") == [("a", 2), ("b", 1), ("c", 1)]

    desk.fields["city"] = "integer"
    desk.land(("b", "2", "7"))
    assert desk.rows("id, city") == [("a", None), ("b", 7), ("c", None)]


def test_a_changed_type_converts_every_row(desk: Any) -> None:
    first = desk.land(("a", "1", "75001"), ("b", "1", None))
    desk.fields["city"] = "integer"
    second = desk.land(("c", "1", "13"))
    assert not set(first.files) & set(second.files)
    assert desk.rows("id, city, _line") == [("a", 75001, 2), ("b", None, 3), ("c", 13, 2)]


def test_a_type_that_rows_cannot_follow_is_refused(desk: Any) -> None:
    desk.land(("a", "1", "75001"), ("b", "1", "Nice"))
    files = desk.files()
    desk.fields["city"] = "integer"
    with pytest.raises(LoadRefused) as caught:
        desk.land(("c", "1", "13"))
    text = str(caught.value)
    assert "city is declared integer now, but stands as VARCHAR in landed.people" in text
    assert "and 1 values are not of it: nothing of this load landed" in text
    assert "put the old type back, or load everything anew with --full-refresh" in text
    assert desk.files() == files


def test_the_type_of_a_key_is_for_good(desk: Any) -> None:
    desk.land(("1", "1", "Nice"))
    desk.fields["id"] = "integer"
    with pytest.raises(LoadRefused, match="it is part of the primary key"):
        desk.land(("2", "1", "Lyon"))
