"""An engine for the room's tests, and the shop's tables as rules see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onefold.segments import PERSONS, Catalogue, Grain, TableShape
from onefold.warehouse import Engine, EngineSettings

AS_OF = datetime(2026, 3, 1, 9, tzinfo=UTC)
ZONE = "Europe/Paris"
INSTANT = "TIMESTAMP WITH TIME ZONE"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(memory_limit="500MB", spill_folder=tmp_path, threads=1))
    made.run("CREATE SCHEMA segments")
    made.run("CREATE SCHEMA lists")
    yield made
    made.close()


@pytest.fixture
def shop() -> Catalogue:
    """The tables that golden error cases and the reference page speak of."""
    return {
        "merged_customers": TableShape(
            columns={
                "person_id": "VARCHAR",
                "city": "VARCHAR",
                "birthdate": "DATE",
                "age": "BIGINT",
                "score": "DOUBLE",
                "is_employee": "BOOLEAN",
                "interests": "VARCHAR[]",
            },
            grain=Grain.PERSON,
        ),
        "transaction_attributes_extended": TableShape(
            columns={
                "person_id": "VARCHAR",
                "lifetime_order_revenue": "DECIMAL(12,2)",
                "latest_order_datetime": INSTANT,
            },
            grain=Grain.PERSON,
        ),
        "email_opt_status": TableShape(
            columns={"person_id": "VARCHAR", "brand": "VARCHAR", "is_email_opted_in": "BOOLEAN"},
            grain=Grain.ROWS,
        ),
        "unified_itemized_transactions": TableShape(
            columns={
                "person_id": "VARCHAR",
                "order_id": "VARCHAR",
                "order_datetime": INSTANT,
                "product_id": "VARCHAR",
                "product_category": "VARCHAR",
                "purchase_brand": "VARCHAR",
                "item_revenue": "DECIMAL(12,2)",
                "is_return": "BOOLEAN",
                "is_cancellation": "BOOLEAN",
            },
            grain=Grain.ROWS,
        ),
        "segments.loyalty_members": PERSONS,
        "lists.vip_evening": PERSONS,
    }


@pytest.fixture
def as_of() -> datetime:
    return AS_OF


@pytest.fixture
def zone() -> str:
    return ZONE
