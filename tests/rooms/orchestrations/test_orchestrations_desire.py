"""Who wants which rows, with which values: one relation a source, one flag an orchestration."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from onefold.orchestrations import (
    CampaignSettings,
    DesiredSource,
    FieldSource,
    Group,
    OrchestrationSettings,
    Treatment,
    ValueSource,
    desire,
)
from onefold.warehouse import Engine

PROFILES = ValueSource(
    name="profiles", relation="main.profiles", identifier=("external_id",), has_person=True
)
STORES = ValueSource(name="stores", relation="main.stores", identifier=("ext",), has_person=False)
FIELDS = [
    FieldSource(field="first_name", source="profiles", column="given_name"),
    FieldSource(field="Loyalty Tier", source="profiles", column="tier"),
    FieldSource(field="points", source="profiles", column="points", table="main.loyalty"),
    FieldSource(field="unused", source="profiles", column="tier"),
    FieldSource(field="home store", source="stores", column="store"),
]
DAILY = OrchestrationSettings(name="daily", source="profiles", fields=("first_name", "points"))
BY_STORE = OrchestrationSettings(name="by_store", source="stores", fields=("home store",))


def campaign(name: str, *fields: str, membership: str | None, value: str) -> CampaignSettings:
    treatments = (
        Treatment(name="offer_a", share=Decimal("0.9")),
        Treatment(name="control", share=Decimal("0.1")),
    )
    return CampaignSettings(
        name=name,
        include=(),
        exclude=(),
        groups=(Group(name="vips", members=None, treatments=treatments),),
        fields=fields,
        membership=membership,
        value=value,
    )


SPRING = campaign("spring", "Loyalty Tier", membership="spring_vip", value="{group}_{treatment}")
SUMMER = campaign("summer", membership="summer", value="it's {treatment}")


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """Four people; ann and ben are in spring, ben in control there, and ann and eve in summer."""
    people = "('p1', 'a1', 'Ann', 'gold'), ('p2', 'b1', 'Ben', 'iron'), ('p3', 'e1', 'Eve', NULL)"
    engine.run("CREATE SCHEMA segments")
    engine.run(
        f"CREATE TABLE main.profiles AS FROM (VALUES {people}, (NULL, 'x1', 'Xavier', 'iron'))"
        " t(person_id, external_id, given_name, tier)"
    )
    engine.run("CREATE TABLE main.loyalty AS SELECT 'p1' AS person_id, 5 AS points")
    engine.run("CREATE TABLE main.stores AS SELECT 'a1' AS ext, 'Lyon' AS store")
    engine.run("CREATE TABLE segments.staff AS SELECT 'p3' AS person_id")
    engine.run("CREATE TABLE segments.minors AS SELECT 'p9' AS person_id")
    engine.table(
        "spring",
        "FROM (VALUES ('p1', 'vips', 'offer_a'), ('p2', 'vips', 'control'))"
        " t(person_id, group_name, treatment)",
    )
    engine.table(
        "summer",
        "FROM (VALUES ('p1', 'vips', 'offer_a'), ('p3', 'vips', 'offer_a'))"
        " t(person_id, group_name, treatment)",
    )
    return engine


def rows(engine: Engine, desired: DesiredSource) -> dict[str, dict[str, Any]]:
    found = engine.arrow(f'SELECT * FROM "{desired.relation}"').read_all().to_pylist()
    return {row["_identifier"]: row for row in found}


def wanted(row: dict[str, Any]) -> set[str]:
    return {name.removeprefix("_in ") for name, value in row.items() if value is True}


def test_two_campaigns_and_an_orchestration(shop: Engine) -> None:
    (desired,) = desire(
        shop,
        [PROFILES],
        FIELDS,
        orchestrations=[DAILY],
        campaigns=[(SPRING, "spring"), (SUMMER, "summer")],
    )
    assert desired.fields == ("first_name", "Loyalty Tier", "points", "spring_vip", "summer")
    assert desired.flags == {name: f"_in {name}" for name in ("daily", "spring", "summer")}
    found = rows(shop, desired)
    assert {name: wanted(row) for name, row in found.items()} == {
        "a1": {"daily", "spring", "summer"},
        "b1": {"daily"},  # in control of spring: it wants nothing of him
        "e1": {"daily", "summer"},
        "x1": {"daily"},  # a row without a person
    }
    values = {name: [row[field] for field in desired.fields] for name, row in found.items()}
    assert values["a1"] == ["Ann", "gold", 5, "vips_offer_a", "it's offer_a"]
    assert values["e1"] == ["Eve", None, None, None, "it's offer_a"]
    assert values["x1"] == ["Xavier", "iron", None, None, None]
    assert found["a1"]["_person_id"] == "p1"
    assert found["x1"]["_person_id"] is None


def test_campaigns_alone_want_their_treated_people_only(shop: Engine) -> None:
    (desired,) = desire(shop, [PROFILES], FIELDS, orchestrations=[], campaigns=[(SPRING, "spring")])
    assert desired.fields == ("Loyalty Tier", "spring_vip")
    found = rows(shop, desired)
    assert list(found) == ["a1"]
    assert "p2" not in {row["_person_id"] for row in found.values()}


def test_suppressed_people_are_wanted_by_nobody(shop: Engine) -> None:
    nobody = ("segments.staff", "segments.minors")
    (desired,) = desire(
        shop,
        [PROFILES],
        FIELDS,
        orchestrations=[replace(DAILY, suppressed=nobody)],
        campaigns=[(replace(SUMMER, suppressed=nobody), "summer")],
    )
    assert {name: wanted(row) for name, row in rows(shop, desired).items()} == {
        "a1": {"daily", "summer"},
        "b1": {"daily"},
        "x1": {"daily"},
    }


def test_people_whom_one_may_not_want_are_wanted_by_others(shop: Engine) -> None:
    silent = replace(SUMMER, suppressed=("segments.staff",))
    (desired,) = desire(
        shop, [PROFILES], FIELDS, orchestrations=[DAILY], campaigns=[(silent, "summer")]
    )
    assert wanted(rows(shop, desired)["e1"]) == {"daily"}


def test_each_source_has_its_own_rows_and_memberships_go_with_the_first(shop: Engine) -> None:
    first, second = desire(
        shop,
        [PROFILES, STORES],
        FIELDS,
        orchestrations=[replace(BY_STORE, suppressed=("segments.staff",))],
        campaigns=[(replace(SUMMER, suppressed=("segments.staff",)), "summer")],
    )
    assert (first.source, first.fields, first.flags) == (
        "profiles",
        ("summer",),
        {"summer": "_in summer"},
    )
    assert (second.source, second.fields) == ("stores", ("home store",))
    assert rows(shop, second) == {
        "a1": {
            "_identifier": "a1",
            "_person_id": None,
            "_in by_store": True,
            "home store": "Lyon",
        }
    }


def test_a_source_of_which_nobody_wants_anything_is_left_out(shop: Engine) -> None:
    assert desire(shop, [PROFILES, STORES], FIELDS, orchestrations=[], campaigns=[]) == ()
    (only,) = desire(shop, [PROFILES, STORES], FIELDS, orchestrations=[BY_STORE], campaigns=[])
    assert only.source == "stores"
