"""A load that is refused lands nothing, says why, and keeps what it refused."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from onefold.errors import LoadRefused, SourceUnreadable
from onefold.ingest import FeedConfig, Load, TooManyRejects
from onefold.model import FeedField, Tally, parse_type

BAD = [("a", "1", "x"), ("b", "soon", "x"), (None, "2", "x"), ("d", "never", "x")]


def test_too_many_rejects(desk: Any) -> None:
    with pytest.raises(LoadRefused) as caught:
        desk.land(*BAD, name="data/people-1.csv")
    error = caught.value
    text = str(error)
    assert "source people: 3 of 4 rows (75%) were rejected, and max_rejected is 1%" in text
    assert "nothing of this load landed" in text
    assert "day: not an integer: 2 rows, first at data/people-1.csv:3" in text
    assert "id: the primary key is missing: 1 rows, first at data/people-1.csv:4" in text
    assert "rejects.people" in text
    assert "max_rejected" in error.hint
    assert "soon" not in text
    assert not desk.files()

    assert isinstance(error, TooManyRejects)
    assert (error.read, error.rejected) == (4, 3)
    kept = desk.engine.rows(
        f"SELECT file, line, field, value FROM read_parquet('{error.rejects.files[0].path}')"
    )
    assert sorted(kept, key=str) == [
        ("data/people-1.csv", 3, "day", "soon"),
        ("data/people-1.csv", 4, "id", None),
        ("data/people-1.csv", 5, "day", "never"),
    ]


@pytest.mark.parametrize(
    ("limit", "refused"),
    [(Fraction(3, 4), False), (Fraction(74, 100), True), (3, False), (2, True), (0, True)],
)
def test_the_limit_itself_is_allowed(desk: Any, limit: Fraction | int, refused: bool) -> None:
    desk.max_rejected = limit
    if refused:
        with pytest.raises(TooManyRejects):
            desk.land(*BAD)
    else:
        assert desk.land(*BAD).tally == Tally(read=4, landed=1, rejected=3)


def test_every_reason_of_a_row_is_found_at_once(desk: Any) -> None:
    desk.max_rejected = 1
    desk.fields |= {"zip": "varchar(2)", "vip": "boolean"}
    landing = desk.land((None, "x", "Nice", "06000", "maybe"))
    assert {reject.field for reject in landing.rejects.summary} == {"id", "day", "zip", "vip"}
    assert landing.tally == Tally(read=1, rejected=1)


def test_an_object_that_breaks_off_lands_nothing(desk: Any) -> None:
    desk.land(("a", "1", "Lyon"))
    before = desk.files()
    good = desk.delivered([("b", "1", "Nice")])
    broken = pa.RecordBatchReader.from_batches(good.schema, breaking(desk))
    with pytest.raises(SourceUnreadable, match=r"two\.csv vanished"):
        desk.deliver(("one.csv", good), ("two.csv", broken))
    assert desk.files() == before
    assert desk.rows() == [("a", "Lyon")]


def breaking(desk: Any) -> Iterator[pa.RecordBatch]:
    yield from desk.delivered([("c", "1", "Metz")])
    raise SourceUnreadable("two.csv vanished while it was read")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"primary_key": ("no",)}, "no such field: no"),
        ({"last_updated": "when"}, "no such field: when"),
        ({"primary_key": ()}, "upsert needs a primary key"),
        ({"fields": ("_id",), "primary_key": ("_id",)}, "has no _ in front"),
        ({"fields": ("id", "id")}, "is unique"),
    ],
)
def test_a_feed_that_means_nothing(change: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {"fields": ("id",), "primary_key": ("id",), **change}
    options["fields"] = tuple(
        FeedField(name=name, path=name, type=parse_type("string")) for name in options["fields"]
    )
    with pytest.raises(ValueError, match=message):
        FeedConfig(source="people", load=Load.UPSERT, **options)
