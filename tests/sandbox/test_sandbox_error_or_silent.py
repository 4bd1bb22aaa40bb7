"""Section by section of what Braze tells and what it swallows: one object of each kind.

Each row is a line of the contract's table of visible errors and silent drops; beside it stands what
a client reads, or what is stored instead, and under which name the sandbox counts it.
"""

import json
from typing import Any

import pytest

AT = "2026-01-05T09:30:00Z"
ADA = {"external_id": "ada"}
GROUP = "1f6e0f9e-0000-4000-8000-000000000000"


def attribute(**sent: Any) -> dict[str, Any]:
    return {"attributes": [{**ADA, **sent}]}


def group(id_: str, state: str) -> dict[str, Any]:
    return attribute(
        subscription_groups=[{"subscription_group_id": id_, "subscription_state": state}]
    )


def event(**sent: Any) -> dict[str, Any]:
    return {"events": [{**ADA, "name": "seen", "time": AT, **sent}]}


def purchase(**sent: Any) -> dict[str, Any]:
    sold = {"product_id": "p", "currency": "EUR", "price": 1.0, "time": AT}
    return {"purchases": [{**ADA, **sold, **sent}]}


LOUD: list[tuple[str, dict[str, Any], str]] = [
    (
        *("no identifier", {"attributes": [{"vip": True}]}),
        "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required",
    ),
    (
        *("too many identifiers", attribute(braze_id="x")),
        "You must specify only one of 'external_id', 'user_alias' or 'braze_id'",
    ),
    (
        *("bad email", attribute(email="ada at home")),
        "The value provided for the 'email' field is not a valid email.",
    ),
    (
        *("bad email_subscribe", attribute(email_subscribe="yes")),
        "'email_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'",
    ),
    (
        *("bad push_subscribe", attribute(push_subscribe=True)),
        "'push_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'",
    ),
    (
        *("bad current_location", attribute(current_location={"longitude": 8.5})),
        "'current_location' must be an object with a valid 'longitude' and 'latitude'",
    ),
    (
        *("subscription_groups: no array", attribute(subscription_groups={})),
        "'subscription_groups' must be an array",
    ),
    (
        *("subscription_groups: no objects", attribute(subscription_groups=["x"])),
        "'subscription_groups' must be an array of objects",
    ),
    (
        "subscription_groups: id",
        group("x", "subscribed"),
        "'subscription_group_id' must be a valid subscription group id",
    ),
    (
        "subscription_groups: state",
        group(GROUP, "on"),
        "'subscription_state' must be 'subscribed' or 'unsubscribed'",
    ),
    (
        "push token import with an identifier",
        attribute(push_token_import=True, push_tokens=[{"app_id": "a", "token": "t"}]),
        "'push_token_import' needs 'push_tokens', and neither 'external_id' nor 'braze_id'",
    ),
    (
        "push token import without tokens",
        {"attributes": [{"push_token_import": True}]},
        "'push_token_import' needs 'push_tokens', and neither 'external_id' nor 'braze_id'",
    ),
    (
        *("external_id of 988 bytes", attribute(external_id="é" * 494)),
        "'external_id' must be fewer than 988 bytes",
    ),
    (
        *("blacklisted external_id", attribute(external_id="dummy")),
        "provided external_id is blacklisted and disallowed",
    ),
    (
        *("reserved property key: time", event(properties={"time": 1})),
        "'time' is a reserved property name",
    ),
    (
        *("reserved property key: event_name", purchase(properties={"event_name": "x"})),
        "'event_name' is a reserved property name",
    ),
    ("quantity 0", purchase(quantity=0), "'quantity' is not valid"),
    ("quantity 101", purchase(quantity=101), "'quantity' is not valid"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "told"), [row[1:] for row in LOUD], ids=[row[0] for row in LOUD])
def test_a_visible_error(sandbox: Any, body: dict[str, Any], told: str) -> None:
    """The object is refused with its sentence, its place and no effect; the others are taken."""
    (array, (bad,)) = next(iter(body.items()))
    good = {"external_id": "eve", "vip": True}
    place = {"input_array": array, "index": 1 if array == "attributes" else 0}
    both = {**body, "attributes": [good, bad] if array == "attributes" else [good]}
    reply = sandbox.post("/users/track", both)
    assert (reply.status, reply.json["errors"]) == (201, [{"type": told, **place}])
    assert [user["external_id"] for user in sandbox.users()] == ["eve"]
    alone = sandbox.post("/users/track", body)
    assert (alone.status, alone.json["errors"]) == (400, [{"type": told, **place, "index": 0}])


HUGE = {f"key-{number}": "x" * 250 for number in range(450)}  # above 100 KB
MANY = {f"key-{number}": number for number in range(257)}
TOKEN = {"push_token_import": True, "push_tokens": [{"app_id": "a", "token": "t"}]}
OLD = {
    "country": "CH",
    "time_zone": "Europe/Zurich",
    "bio": "old",
    "seen": ["a"],
    "pets": [{"id": 1}],
    "home": {"city": "Bern"},
    "visits": 1,
}
FUTURE = "2999-01-01T00:00:00Z"
ALIAS = {"alias_label": "crm", "alias_name": "7"}

SILENT: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("unmappable country", attribute(country="Atlantis"), "country_unmapped", {"country": None}),
    ("invalid time_zone", attribute(time_zone="Mars"), "time_zone_unknown", {}),
    (
        *("unparseable date becomes text", attribute(since="3026-01-05")),
        *("time_out_of_range", {"since": "3026-01-05"}),
    ),
    ("string above 255", attribute(bio="x" * 256), "string_too_long", {}),
    (
        *("array above 500: the oldest go", attribute(seen=list(range(501)))),
        *("array_too_long", {"seen": list(range(1, 501))}),
    ),
    (
        *("array of objects above 100 KB", attribute(pets={"$add": [HUGE]})),
        *("object_too_large", {}),
    ),
    (
        *("invalid value in an object", attribute(home={"city": None, "zip": 1})),
        *("nested_invalid", {}),
    ),
    ("wrong forced type", attribute(visits="many"), "forced_type_misfit", {}),
    ("blocklisted attribute", attribute(secret=1), "attribute_blocked", {}),
    ("blocklisted event", event(name="noise"), "event_blocked", {}),
    (
        "update-only miss",
        {"attributes": [{"external_id": "new", "_update_existing_only": True}]},
        *("update_only_miss", {}),
    ),
    ("257 properties", event(properties=MANY), "properties_too_many", {"event": "seen"}),
    ("event in the future", event(time=FUTURE), "time_in_future", {"event": "seen"}),
    ("unknown alias", {"attributes": [{"user_alias": ALIAS, "vip": True}]}, "update_only_miss", {}),
    ("anonymous token known", {"attributes": [TOKEN]}, "push_token_known", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "rule", "becomes"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT]
)
def test_a_silent_drop(
    sandbox: Any, body: dict[str, Any], rule: str, becomes: dict[str, Any]
) -> None:
    """201, counted as processed, no error; and just this of the profile is another than before."""
    for what, setting in (
        ("attribute-types", {"visits": "number"}),
        ("blocklist", {"attributes": ["secret"], "events": ["noise"]}),
    ):
        assert sandbox.ask("POST", f"/_sandbox/{what}", json.dumps(setting).encode()).status == 200
    assert sandbox.post("/users/track", {"attributes": [{**ADA, **OLD}, TOKEN]}).status == 201
    reply = sandbox.post("/users/track", body)
    (array,) = body
    assert (reply.status, reply.json) == (201, {"message": "success", f"{array}_processed": 1})
    assert sandbox.last_request()["silent"] == {rule: 1}
    ada, _ = sandbox.users()
    after = {**OLD, **becomes}
    happened = [after.pop("event")] if "event" in after else []
    wanted = {name: value for name, value in after.items() if value is not None}
    assert ada["attributes"] | ada["custom_attributes"] == wanted
    assert [event["name"] for event in ada["custom_events"]] == happened
