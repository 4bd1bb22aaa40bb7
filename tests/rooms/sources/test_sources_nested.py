"""NDJSON and Parquet: values by path, numbers exact, keys that may be absent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.errors import SourceUnreadable

LONG = st.decimals(allow_nan=False, allow_infinity=False, places=20).filter(
    lambda d: abs(d) < 10**9
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(numbers=st.lists(LONG, min_size=1, max_size=20), text=st.text(max_size=30))
def test_long_decimals_are_exact(folder: Any, numbers: list[Decimal], text: str) -> None:
    lines = [
        f'{{"s": {json.dumps(text)}, "n": {number:f}, "j": [{number:f}, "{number:f}"]}}'
        for number in numbers
    ]
    got = folder.rows("a.ndjson", "\n".join(lines), ["s", "n", "j:j:json"], "ndjson")
    assert [Decimal(row["n"]) for row in got] == numbers
    assert [row["s"] or "" for row in got] == [text] * len(numbers)
    kept = [json.loads(row["j"], parse_float=Decimal) for row in got]
    assert kept == [[number, f"{number:f}"] for number in numbers]


def test_an_absent_key_is_null(folder: Any) -> None:
    got = folder.rows("a.ndjson", '{"id": 1, "b": true}\n{"id": 2}\n', ["id", "b", "c"], "ndjson")
    assert [(row["id"], row["b"], row["c"]) for row in got] == [
        ("1", "true", None),
        ("2", None, None),
    ]


def test_many_blocks(folder: Any) -> None:
    """Two dozen megabytes; characters of three bytes are cut by the blocks they are read in."""
    lines = [json.dumps({"id": n, "t": "€" * 700}, ensure_ascii=False) for n in range(12_000)]
    got = folder.rows("a.ndjson", "\n\n".join(lines), ["id", "t"], "ndjson")
    assert [(row["_line"], row["id"]) for row in got] == [
        (2 * number + 1, str(number)) for number in range(12_000)
    ]
    assert {row["t"] for row in got} == {"€" * 700}


def test_a_misspelt_key_is_not_an_absent_one(folder: Any) -> None:
    with pytest.raises(SourceUnreadable, match=r"has no column emial \(nearest: email\)"):
        folder.rows("a.ndjson", '{"id": 1, "email": "x"}\n', ["id", "emial"], "ndjson")


def test_keys_with_odd_characters(folder: Any) -> None:
    line = json.dumps({"a/b": {"c~d": 1}, "é'\"": 2, "list": [{"x": 3}]})
    got = folder.rows("a.ndjson", line, ["p:a/b.c~d", "q:é'\"", "r:list.0.x"], "ndjson")
    assert [(row["p"], row["q"], row["r"]) for row in got] == [("1", "2", "3")]


def test_extra_keys_are_reported(folder: Any) -> None:
    shape = folder.shape(
        "a.ndjson", '{"id": 1, "a": {"b": 1}}\n{"new": 1}\n', ["id", "b:a.b"], "ndjson"
    )
    assert (shape.extra, shape.missing) == (("new",), ())


def test_parquet_keeps_its_types(folder: Any, tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "at": pa.array([datetime(2027, 1, 1, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC")),
            "day": [date(2027, 1, 1), None],
            "place": [{"city": "Lyon", "geo": {"lat": 45.76}}, None],
            "kind": pa.array(["a", "b"]).dictionary_encode(),
            "dotted.name": ["x", "y"],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=1)
    fields = ["id", "price", "at", "day", "city:place.city", "lat:place.geo.lat", "kind"]
    data = (tmp_path / "t.parquet").read_bytes()
    got = folder.rows("a.parquet", data, [*fields, "d:dotted.name"], "parquet")
    assert got[0] == {
        "_line": 1,
        "id": 1,
        "price": Decimal("1.50"),
        "at": datetime(2027, 1, 1, tzinfo=UTC),
        "day": date(2027, 1, 1),
        "city": "Lyon",
        "lat": 45.76,
        "kind": "a",
        "d": "x",
        "_broken": None,
        "_raw": None,
    }
    assert [got[1][name] for name in ("_line", "price", "city", "lat")] == [2, None, None, None]


def test_parquet_without_a_nested_value(folder: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"place": [{"city": "Lyon"}]}), tmp_path / "t.parquet")
    data = (tmp_path / "t.parquet").read_bytes()
    with pytest.raises(SourceUnreadable, match=r"has no column place\.town"):
        folder.rows("a.parquet", data, ["town:place.town"], "parquet")
