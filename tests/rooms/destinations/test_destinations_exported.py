"""What `/users/export/ids` answers, read as the ledger's types."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from onefold.destinations.braze.exported import (
    export_request,
    exportable,
    most_exported,
    read_exported,
)
from onefold.model import Column, IdentifierKind
from onefold.warehouse import Engine

TYPES = {
    "first_name": "VARCHAR",
    "dob": "DATE",
    "Loyalty Tier": "VARCHAR",
    "a/b~c": "BIGINT",
    "revenue": "DECIMAL(12,2)",
    "ratio": "DOUBLE",
    "vip": "BOOLEAN",
    "since": "DATE",
    "seen": "TIMESTAMP WITH TIME ZONE",
}
FIELDS = [Column(name=name, engine_type=type_) for name, type_ in TYPES.items()]


def read(engine: Engine, asked: list[str], users: list[Any]) -> dict[str, dict[str, Any]]:
    body = json.dumps({"message": "success", "users": users})
    engine.register("answers", pa.table({"asked": [asked], "body": [body]}))
    read_exported(engine, IdentifierKind.EXTERNAL_ID, "answers", FIELDS, result="held")
    shown = "* REPLACE (CAST(seen AS VARCHAR) AS seen)"
    found = engine.arrow(f"SELECT {shown} FROM held").read_all().to_pylist()
    return {row.pop("_identifier"): row for row in found}


def test_every_type_is_read_as_the_ledger_holds_it(engine: Engine) -> None:
    ada = {
        "external_id": "ada",
        "first_name": "Ada",
        "dob": "1980-05-01",
        "custom_attributes": {
            "Loyalty Tier": "gold",
            "a/b~c": 12,
            "revenue": 12.5,
            "ratio": 0.1,
            "vip": True,
            "since": "2026-01-05T00:00:00.000Z",
            "seen": "2026-01-05T09:30:00.250Z",
        },
    }
    held = read(engine, ["ada", "bob"], [ada])
    seen = held["ada"].pop("seen")
    assert datetime.fromisoformat(seen) == datetime(2026, 1, 5, 9, 30, 0, 250_000, UTC)
    assert held["ada"] == {
        "_found": True,
        "_unreadable": [],
        "first_name": "Ada",
        "dob": date(1980, 5, 1),
        "Loyalty Tier": "gold",
        "a/b~c": 12,
        "revenue": Decimal("12.50"),
        "ratio": 0.1,
        "vip": True,
        "since": date(2026, 1, 5),
    }
    assert held["bob"] == {"_found": False, "_unreadable": []} | dict.fromkeys(TYPES)


def test_a_value_of_another_type_is_named_and_not_bent(engine: Engine) -> None:
    custom = {"Loyalty Tier": 3, "a/b~c": "12", "revenue": "12.5", "vip": "true", "seen": "soon"}
    held = read(engine, ["ada"], [{"external_id": "ada", "custom_attributes": custom}])
    assert set(held["ada"]["_unreadable"]) == set(custom)
    assert all(held["ada"][name] is None for name in custom)


def test_only_what_braze_shows_can_be_read_back() -> None:
    names = ["email", "time_zone", "email_open_tracking_disabled", "points", "odd"]
    types = {"odd": "INTERVAL"}
    fields = [Column(name=name, engine_type=types.get(name, "VARCHAR")) for name in names]
    assert [field.name for field in exportable(fields)] == ["email", "points"]


@pytest.mark.parametrize(
    ("kind", "identifiers", "asked", "own_field", "most"),
    [
        (
            *(IdentifierKind.EXTERNAL_ID, ['a"', "b"]),
            *({"external_ids": ['a"', "b"]}, "external_id", 50),
        ),
        (
            *(IdentifierKind.USER_ALIAS, ['{"alias_label":"crm","alias_name":"1"}']),
            *({"user_aliases": [{"alias_label": "crm", "alias_name": "1"}]}, "user_aliases", 50),
        ),
        (IdentifierKind.BRAZE_ID, ["5f1c"], {"braze_id": "5f1c"}, "braze_id", 1),
    ],
)
def test_users_are_asked_for_by_the_destinations_identifier(
    kind: IdentifierKind, identifiers: list[str], asked: dict[str, Any], own_field: str, most: int
) -> None:
    assert most_exported(kind) == most
    request = export_request(kind, identifiers)
    sent = json.loads(request.body)
    fields = sent.pop("fields_to_export")
    assert (request.path, sent) == ("/users/export/ids", asked)
    assert {own_field, "email", "custom_attributes"} < set(fields)
    assert not {"campaigns_received", "canvases_received"} & set(fields)  # they make it dear
