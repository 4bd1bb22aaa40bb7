"""transaction_attributes_extended against an oracle in plain Python, on small made-up shops."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.c360 import build, standard_models
from onefold.warehouse import Engine, EngineSettings

PARIS = ZoneInfo("Europe/Paris")
AS_OF = datetime(2026, 3, 30, 22, 30, tzinfo=UTC)
TODAY = AS_OF.astimezone(PARIS).date()
WINDOWS = ("l30d", "l3m", "l6m", "l12m", "ly12m", "lifetime")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Order:
    person_id: str | None
    datasource: str
    order_id: str
    order_datetime: datetime
    order_revenue: Decimal
    order_quantity: int
    purchase_brand: str | None
    purchase_channel: str | None
    store_id: str | None

    @property
    def rank(self) -> tuple[datetime, str, str]:
        return self.order_datetime, self.datasource, self.order_id

    @property
    def day(self) -> date:
        return self.order_datetime.astimezone(PARIS).date()


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def within(day: date, window: str) -> bool:
    begins = {
        "l30d": TODAY - timedelta(days=30),
        "l3m": months_before(TODAY, 3),
        "l6m": months_before(TODAY, 6),
        "l12m": months_before(TODAY, 12),
        "ly12m": months_before(TODAY, 24),
        "lifetime": date.min,
    }
    ends = months_before(TODAY, 12) if window == "ly12m" else TODAY
    return begins[window] < day <= ends


def preferred(orders: list[Order], column: str) -> str | None:
    counts = Counter(value for order in orders if (value := getattr(order, column)))
    latest = {
        value: max(order.rank for order in orders if getattr(order, column) == value)
        for value in counts
    }
    return max(counts, key=lambda value: (counts[value], latest[value]), default=None)


def ratio(total: Decimal | int, by: int) -> Decimal | None:
    return Decimal(total) / by if by else None


def attributes(orders: list[Order]) -> Iterator[tuple[str, Any]]:
    """Give one person's columns, straight from the words of the reference."""
    first, latest = orders[0], orders[-1]
    second = orders[1] if len(orders) > 1 else None
    yield "first_order_id", first.order_id
    yield "second_order_id", second and second.order_id
    yield "latest_order_id", latest.order_id
    yield "latest_order_store_id", latest.store_id
    yield "days_since_latest_order", (TODAY - latest.day).days
    yield "first_to_latest_order_days", (latest.day - first.day).days
    repeat = (second.day - first.day).days if second else None
    yield "first_to_second_order_days", repeat
    too_early = (TODAY - first.day).days <= 84
    came_back = repeat is not None and repeat <= 84
    yield "early_repeat_purchaser", True if came_back else None if too_early else False
    yield "one_and_done", second is None
    for window in WINDOWS:
        yield from windowed(window, [order for order in orders if within(order.day, window)])
    yield "multi_purchase_channel", len({o.purchase_channel for o in orders} - {None}) > 1
    yield "multi_purchase_brand", len({o.purchase_brand for o in orders} - {None}) > 1


def windowed(window: str, orders: list[Order]) -> Iterator[tuple[str, Any]]:
    revenue = sum((order.order_revenue for order in orders), Decimal(0))
    items = sum(order.order_quantity for order in orders)
    yield f"{window}_order_revenue", revenue
    yield f"{window}_order_frequency", len(orders)
    yield f"{window}_total_items", items
    yield f"{window}_average_order_value", ratio(revenue, len(orders))
    yield f"{window}_average_item_price", ratio(revenue, items)
    yield f"{window}_average_num_items", ratio(items, len(orders))
    plurals = {
        "purchase_brand": "purchase_brands",
        "purchase_channel": "purchase_channels",
        "store_id": "stores",
    }
    for column, plural in plurals.items():
        yield f"{window}_{plural}", len({getattr(order, column) for order in orders} - {None})
        yield f"{window}_preferred_{column}", preferred(orders, column)


def deciles(people: dict[str, Any], value: Any) -> dict[str, int]:
    """Cut people into ten parts, the first ones larger, as NTILE does."""
    ordered = sorted(people, key=lambda person: (value(people[person]), person))
    size, larger = divmod(len(ordered), 10)
    sizes = [size + (part < larger) for part in range(10)]
    parts = (part for part, count in enumerate(sizes, start=1) for _ in range(count))
    return dict(zip(ordered, parts, strict=True))


def oracle(orders: list[Order]) -> dict[str, dict[str, Any]]:
    people: dict[str, list[Order]] = {}
    for order in sorted(orders, key=lambda order: order.rank):
        counts = order.order_datetime <= AS_OF and order.order_quantity > 0
        if order.person_id is not None and counts:
            people.setdefault(order.person_id, []).append(order)
    found = {person: dict(attributes(theirs)) for person, theirs in people.items()}
    buyers = {p: theirs for p, theirs in people.items() if found[p]["l12m_order_frequency"]}
    scores = {
        "l12m_recency": deciles(buyers, lambda theirs: theirs[-1].order_datetime),
        "l12m_frequency": deciles(buyers, lambda t: found[t[0].person_id]["l12m_order_frequency"]),
        "l12m_monetary": deciles(buyers, lambda t: found[t[0].person_id]["l12m_order_revenue"]),
    }
    for person, columns in found.items():
        for name, parts in scores.items():
            columns[name] = parts.get(person)
        digits = [parts.get(person) for parts in scores.values()]
        columns["l12m_rfm_score"] = None if None in digits else "".join(map(str, digits))
    return found


BOUNDARIES = [
    datetime.combine(day, datetime.min.time(), PARIS) + timedelta(seconds=shift)
    for months in (0, 3, 6, 12, 24)
    for day in (months_before(TODAY, months), months_before(TODAY, months) + timedelta(days=1))
    for shift in (-1, 0)
]
instants = st.one_of(
    st.sampled_from(BOUNDARIES).map(lambda local: local.astimezone(UTC)),
    st.integers(0, 1000 * 86_400).map(
        lambda seconds: datetime(2023, 7, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
)
orders_of_a_shop = st.lists(
    st.builds(
        Order,
        person_id=st.sampled_from(["ann", "bob", "cid", "dan", None]),
        datasource=st.sampled_from(["web", "pos"]),
        order_id=st.sampled_from([str(number) for number in range(12)]),
        order_datetime=instants,
        order_revenue=st.decimals(-50, 500, places=2),
        order_quantity=st.integers(0, 4),
        purchase_brand=st.sampled_from(["shoes", "bags", None]),
        purchase_channel=st.sampled_from(["web", "store"]),
        store_id=st.sampled_from(["S1", "S2", None]),
    ),
    max_size=14,
    unique_by=lambda order: (order.datasource, order.order_id),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("spill")
    return Engine(EngineSettings(spill_folder=folder, timezone="Europe/Paris"))


(MODEL,) = (m for m in standard_models(()) if m.name == "transaction_attributes_extended")
SCHEMA = pa.schema(
    {
        **dict.fromkeys(("person_id", "datasource", "order_id"), pa.string()),
        "order_datetime": pa.timestamp("us", tz="UTC"),
        "order_revenue": pa.decimal128(18, 4),
        "order_quantity": pa.int64(),
        **dict.fromkeys(("purchase_brand", "purchase_channel", "store_id"), pa.string()),
    }
)


def computed(engine: Engine, orders: list[Order]) -> dict[str, dict[str, Any]]:
    columns = {name: [getattr(order, name) for order in orders] for name in SCHEMA.names}
    engine.register("orders_given", pa.table(columns, schema=SCHEMA))
    engine.table("orders_typed", "SELECT * FROM orders_given")
    engine.unregister("orders_given")
    built = build(engine, MODEL, as_of=AS_OF, variables={}, tables=lambda _: "orders_typed")
    rows = engine.arrow(f"SELECT * FROM {built}").read_all().to_pylist()
    return {row["person_id"]: row for row in rows}


def agrees(found: Any, expected: Any) -> bool:
    """Averages are rounded to cents; where halves go is the engine's business."""
    if isinstance(expected, Decimal) and found is not None:
        return bool(abs(found - expected) <= CENT / 2 + Decimal("1e-9"))
    return bool(found == expected)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders_of_a_shop)
def test_every_window_and_measure(engine: Engine, orders: list[Order]) -> None:
    found, expected = computed(engine, orders), oracle(orders)
    assert set(found) == set(expected)
    wrong = [
        (person, name, found[person][name], value)
        for person, columns in expected.items()
        for name, value in columns.items()
        if not agrees(found[person][name], value)
    ]
    assert wrong == []


def test_the_oracle_knows_every_column_but_plain_copies_of_an_order(engine: Engine) -> None:
    order = Order("ann", "web", "1", AS_OF, Decimal(1), 1, "b", "c", "s")
    (columns,) = computed(engine, [order]).values()
    unknown = set(columns) - set(oracle([order])["ann"]) - {"person_id"}
    assert all(
        name.startswith(("first_order_", "second_order_", "latest_order_")) for name in unknown
    )
