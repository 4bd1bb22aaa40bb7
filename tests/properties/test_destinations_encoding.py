"""Encoded values, read by Python's own JSON reader, are the values; numbers have no exponent."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefold.destinations.encode import encode
from onefold.model import parse_type
from onefold.warehouse import Engine, EngineSettings, column, select

FEW = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=1, timezone="America/New_York"))
    yield engine
    engine.close()


def encoded(engine: Engine, type_: str, arrow: pa.DataType, values: list[Any]) -> list[str]:
    engine.register("given_values", pa.table({"it": pa.array(values, type=arrow)}))
    query = select(encode(column("it"), parse_type(type_)), source="given_values")
    texts = [text for (text,) in engine.rows(query)]
    engine.unregister("given_values")
    return texts


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | values, min_size=1, max_size=60)


@FEW
@given(values=several(st.text()))
def test_texts(engine: Engine, values: list[str | None]) -> None:
    assert [json.loads(text) for text in encoded(engine, "string", pa.string(), values)] == values


@FEW
@given(values=several(st.booleans()))
def test_booleans(engine: Engine, values: list[bool | None]) -> None:
    assert [json.loads(text) for text in encoded(engine, "boolean", pa.bool_(), values)] == values


@FEW
@given(values=several(st.integers(-(2**53), 2**53)))
def test_integers(engine: Engine, values: list[int | None]) -> None:
    assert [json.loads(text) for text in encoded(engine, "integer", pa.int64(), values)] == values


@FEW
@given(values=several(st.floats(allow_nan=False, allow_infinity=False)))
def test_floats_come_back_bit_by_bit(engine: Engine, values: list[float | None]) -> None:
    texts = encoded(engine, "float", pa.float64(), values)
    for text, value in zip(texts, values, strict=True):
        if value is None:
            assert text == "null"
        else:
            assert struct.pack("d", json.loads(text)) == struct.pack("d", value)
            assert "e" not in text
            assert "." in text  # so that Braze sees one kind of number


@FEW
@given(values=several(st.floats(allow_nan=False, allow_infinity=False)))
def test_floats_have_the_fewest_digits(engine: Engine, values: list[float | None]) -> None:
    texts = encoded(engine, "float", pa.float64(), values)
    for text, value in zip(texts, values, strict=True):
        if value is not None:
            assert Decimal(text) == Decimal(repr(value))


@FEW
@given(data=st.data(), scale=st.integers(0, 12), digits=st.integers(1, 15))
def test_decimals_are_exact_and_plain(
    engine: Engine, data: st.DataObject, scale: int, digits: int
) -> None:
    precision = max(scale, digits)
    unscaled = st.integers(-(10**digits) + 1, 10**digits - 1)
    values = data.draw(several(unscaled.map(lambda number: Decimal(number).scaleb(-scale))))
    texts = encoded(
        engine, f"decimal({precision},{scale})", pa.decimal128(precision, scale), values
    )
    for text, value in zip(texts, values, strict=True):
        read = json.loads(text, parse_float=Decimal)
        assert read == value
        assert "e" not in text.replace("null", "").lower() or value is None
        assert value is None or ("." in text) == (scale > 0)


def test_a_decimal_of_digits_after_the_point_alone(engine: Engine) -> None:
    values = [Decimal("-0.5"), Decimal("0.25"), Decimal(0)]
    texts = encoded(engine, "decimal(38,38)", pa.decimal128(38, 38), values)
    assert texts == ["-0.5", "0.25", "0.0"]


@FEW
@given(values=several(st.dates(date(1, 1, 1), date(3000, 12, 31))))
def test_dates(engine: Engine, values: list[date | None]) -> None:
    texts = encoded(engine, "date", pa.date32(), values)
    assert [json.loads(text) for text in texts] == [value and value.isoformat() for value in values]


instants = st.integers(
    int((datetime(1, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1000,
    int((datetime(3001, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    * 1000
    - 1,
).map(lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds))


@FEW
@given(values=several(instants))
def test_instants_are_utc_with_milliseconds(engine: Engine, values: list[datetime | None]) -> None:
    texts = encoded(engine, "datetime", pa.timestamp("us", tz="UTC"), values)
    written = [
        value
        and f"{value.year:04}-{value:%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
        for value in values
    ]  # fmt: skip
    assert [json.loads(text) for text in texts] == written
