"""Values land exactly or not at all: Python's own parsers say what is exact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from onefold.ingest.conversion import as_text, clock_time, conversion
from onefold.model import FeedField, parse_type
from onefold.warehouse import Engine, EngineSettings, select

ZONES = ["Europe/Paris", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "UTC"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=1, timezone="Asia/Tokyo"))
    yield engine
    engine.close()


def converted(
    engine: Engine, written: str, texts: list[str], shown: str, zone: str = "UTC"
) -> list[object]:
    field = FeedField(name="x", path="x", type=parse_type(written), timezone=zone)
    text = as_text(exp.column("x"), "VARCHAR", field.type.kind)
    value = conversion(field, text, "VARCHAR", clock_time(field, text, "VARCHAR")).value
    engine.register("given_texts", pa.table({"x": pa.array(texts, pa.string())}))
    tree = select(value.as_("v"), source="given_texts")
    return [row[0] for row in engine.rows(f"SELECT {shown} FROM ({tree.sql('duckdb')})")]


NUMBERS = st.one_of(
    st.from_regex(r"[+-]?[0-9]{0,8}(\.[0-9]{0,5})?", fullmatch=True),
    st.text(alphabet="0123456789.+-eE_, x", max_size=9),
)


def exact_decimal(text: str) -> Decimal | None:
    """decimal(9,3) by Python: only plain digits, nothing rounded."""
    stripped = text.strip()
    if not stripped or set(stripped) - set("0123456789.+-"):
        return None
    try:
        value = Decimal(stripped)
    except InvalidOperation:
        return None
    fits = value == value.quantize(Decimal("0.001")) and abs(value) < 10**6
    return value if fits else None


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(NUMBERS, min_size=1, max_size=30))
def test_decimals_are_exact(engine: Engine, texts: list[str]) -> None:
    assert converted(engine, "decimal(9,3)", texts, "v") == [exact_decimal(text) for text in texts]


LOCAL = st.datetimes(
    min_value=datetime.fromisoformat("1975-01-01"), max_value=datetime.fromisoformat("2036-12-31")
).map(lambda when: when.replace(microsecond=0))


def changes(zone: str) -> list[datetime]:
    """Local times around the clock changes of one year."""
    tz = ZoneInfo(zone)
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(366 * 24)]
    turns = [
        now
        for now, after in pairwise(hours)
        if now.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset()
    ]
    return [
        turn.astimezone(tz).replace(tzinfo=None) + timedelta(minutes=15 * n)
        for turn in turns
        for n in range(-10, 11)
    ]


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=20, deadline=None)
@given(local=st.lists(LOCAL, min_size=1, max_size=50))
def test_local_times_are_what_zoneinfo_says(
    engine: Engine, zone: str, local: list[datetime]
) -> None:
    times = local + changes(zone)
    texts = [when.isoformat() for when in times]
    # fold=0 is the first of two, and moves forward in a gap
    wanted = [int(when.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp()) for when in times]
    assert converted(engine, "datetime", texts, "CAST(epoch(v) AS BIGINT)", zone) == wanted
