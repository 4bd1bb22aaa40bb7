"""Rounding and bands, before anything is compared: exact, whatever the type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.destinations import (
    Attribute,
    Band,
    Bands,
    Braze,
    BrazeSettings,
    Period,
    Rounding,
    Shape,
    shape_problem,
)
from onefold.model import ATTRIBUTES, Secret, parse_type
from onefold.warehouse import Engine

Settings = Callable[..., BrazeSettings]
RECENCY = Bands(
    bands=(
        Band(name="green", operator="<", limit=Decimal(30)),
        Band(name="yellow", operator="<=", limit=Decimal("90.5")),
    ),
    otherwise="grey",
)


def shaped(
    engine: Engine, settings_of: Settings, kind: str, shape: Shape, values: list[Any]
) -> list[Any]:
    """Prepare values of a type, and give them in their order."""
    attribute = Attribute(name="clv", type=parse_type(kind), shape=shape)
    braze = Braze(settings_of(), Secret("key")).channel(ATTRIBUTES, [attribute])
    texts = [None if value is None else str(value) for value in values]
    names = [f"{number:04}" for number in range(len(values))]
    text = pa.array(texts, pa.string())
    engine.register("texts", pa.table({"_identifier": names, "_person_id": names, "t": text}))
    engine.table(
        "wishes",
        "SELECT _identifier, _person_id, "
        f"CAST(t AS {attribute.type.engine_type}) AS clv FROM texts",
    )
    prepared = braze.prepare(engine, "wishes").relation
    rows = engine.arrow(f'SELECT clv FROM "{prepared}" ORDER BY _identifier').read_all()
    found: list[Any] = rows.column("clv").to_pylist()
    return found


def half_away(value: Decimal, unit: Decimal) -> Decimal:
    return (value / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit


@pytest.mark.parametrize(
    ("kind", "unit", "values", "expected"),
    [
        ("integer", "10", [24, 25, -25, 0, None], [20, 30, -30, 0, None]),
        ("decimal(8,2)", "10", ["104.99", "-5.00", "4.99"], ["100", "-10", "0"]),
        ("decimal(8,2)", "0.25", ["1.12", "1.13"], ["1.00", "1.25"]),
        ("decimal(3,1)", "100", ["99.9"], ["100"]),
        ("float", "0.01", [1.005, 123456.785, -0.004], [1.01, 123456.79, 0.0]),
        ("float", "0.1", [0.25, 0.05], [0.3, 0.1]),
        ("float", "10", [1e300], [1e300]),
    ],
)
def test_halves_go_away_from_zero_and_digits_are_as_written(
    engine: Engine,
    braze_settings: Settings,
    kind: str,
    unit: str,
    values: list[Any],
    expected: list[Any],
) -> None:
    found = shaped(engine, braze_settings, kind, Rounding(Decimal(unit)), values)
    if kind.startswith("decimal"):
        assert found == [Decimal(text) for text in expected]
    else:
        assert found == expected


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    unit=st.sampled_from([Decimal(text) for text in ("1", "10", "0.5", "0.01", "250", "7")]),
    cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=20),
)
def test_decimals_and_floats_are_rounded_as_decimals(
    engine: Engine, braze_settings: Settings, unit: Decimal, cents: list[int]
) -> None:
    values = [Decimal(number) / 100 for number in cents]
    expected = [half_away(value, unit) for value in values]
    assert shaped(engine, braze_settings, "decimal(14,2)", Rounding(unit), values) == expected
    floats = shaped(engine, braze_settings, "float", Rounding(unit), values)
    assert floats == [float(value) for value in expected]


def test_the_first_band_that_holds_gives_its_name(engine: Engine, braze_settings: Settings) -> None:
    values = ["-1", "29.99", "30", "90.5", "90.51", None]
    expected = ["green", "green", "yellow", "yellow", "grey", None]
    assert shaped(engine, braze_settings, "decimal(6,2)", RECENCY, values) == expected
    assert shaped(engine, braze_settings, "float", RECENCY, values) == expected
    assert shaped(engine, braze_settings, "float", RECENCY, ["nan", "inf"]) == ["grey", "grey"]


def test_no_value_has_a_band_when_one_says_so(engine: Engine, braze_settings: Settings) -> None:
    never = Bands(bands=RECENCY.bands, otherwise="grey", empty="never")
    assert shaped(engine, braze_settings, "integer", never, [None, 3]) == ["never", "green"]


def test_moments_go_back_to_the_beginning_in_the_projects_zone(
    engine: Engine, braze_settings: Settings
) -> None:
    month, day = Rounding(Period.MONTH), Rounding(Period.DAY)
    assert shaped(engine, braze_settings, "date", month, [date(2027, 2, 28), None]) == [
        date(2027, 2, 1),
        None,
    ]
    late = datetime(2027, 3, 27, 23, 30, tzinfo=UTC)  # the 28th in Paris, before the clocks change
    assert shaped(engine, braze_settings, "datetime", day, [late]) == [
        datetime(2027, 3, 27, 23, 0, tzinfo=UTC)
    ]


@pytest.mark.parametrize(
    ("shape", "kind", "problem"),
    [
        (Rounding(Decimal(10)), "string", "round_to: 10 is for numbers, and this column is string"),
        (
            Rounding(Decimal("0.5")),
            "integer",
            "integers have nothing that round_to: 0.5 could round",
        ),
        (
            Rounding(Decimal("0.001")),
            "decimal(38,2)",
            "a decimal(38,2) has no digits left for round_to: 0.001",
        ),
        (
            Rounding(Period.MONTH),
            "integer",
            "round_to: month is for dates and datetimes, and this column is integer",
        ),
        (Rounding(Period.DAY), "date", "dates have nothing that round_to: day could round"),
        (RECENCY, "boolean", "bands are for numbers, and this column is boolean"),
        (RECENCY, "float", None),
        (Rounding(Period.DAY), "datetime", None),
        (Rounding(Decimal(10)), "decimal(38,9)", None),
    ],
)
def test_a_shape_that_does_not_fit_is_told(shape: Shape, kind: str, problem: str | None) -> None:
    assert shape_problem(shape, parse_type(kind)) == problem
