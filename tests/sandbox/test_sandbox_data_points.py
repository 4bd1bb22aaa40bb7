"""The bill, line by line: what costs how many data points, the second time as much as the first."""

import json
from typing import Any

import pytest

ADA = {"external_id": "ada"}
AT = {"time": "2026-01-05T09:30:00Z"}
GROUP = {
    "subscription_group_id": "1f6e0f9e-0000-4000-8000-000000000001",
    "subscription_state": "subscribed",
}
PURCHASE = {**ADA, **AT, "product_id": "p", "currency": "EUR", "price": 1}


def attribute(**sent: Any) -> dict[str, Any]:
    return {"attributes": [{**ADA, **sent}]}


LINES: list[tuple[str, dict[str, Any], int]] = [
    ("a custom event", {"events": [{**ADA, **AT, "name": "seen"}]}, 1),
    (
        *(
            "its properties are free",
            {"events": [{**ADA, **AT, "name": "x", "properties": {"a": 1}}]},
        ),
        1,
    ),
    ("a purchase", {"purchases": [PURCHASE]}, 1),
    ("each of a quantity", {"purchases": [{**PURCHASE, "quantity": 3}]}, 3),
    ("each attribute", attribute(tier="gold", n=1, on=True), 3),
    ("an attribute set to null", attribute(gone=None), 1),
    ("an increment", attribute(visits={"inc": 1}), 1),
    ("an array as a whole", attribute(seen=["a", "b", "c"]), 1),
    ("each value that is added", attribute(seen={"add": ["a", "b"]}), 2),
    ("each value that is removed", attribute(seen={"remove": ["x"]}), 1),
    ("each key of an object", attribute(home={"city": "Bern", "zip": {"n": 1, "m": 2}}), 3),
    (
        *("each key that is merged", attribute(_merge_objects=True, home={"city": "Bern"})),
        1,
    ),
    ("each key of objects in an array", attribute(pets=[{"a": 1, "b": 2}, {"a": 1}]), 3),
    ("each key that is added so", attribute(pets={"$add": [{"a": 1, "b": 2}]}), 2),
    ("first and last name", attribute(first_name="Ada", last_name="L"), 2),
    ("e-mail and phone", attribute(email="ada@example.org", phone="+33612345678"), 2),
    ("gender and date of birth", attribute(gender="F", dob="1990-01-05"), 2),
    ("city, country and language", attribute(home_city="Bern", country="CH", language="de"), 3),
    ("time zone", attribute(time_zone="Europe/Zurich"), 1),
    ("location", attribute(current_location={"longitude": 7.4, "latitude": 46.9}), 1),
    (
        "subscription states: free",
        attribute(email_subscribe="opted_in", push_subscribe="opted_in"),
        0,
    ),
    ("subscription groups: free", attribute(subscription_groups=[GROUP]), 0),
    (
        *("push tokens: free", attribute(push_tokens=[{"app_id": "a", "token": "t"}])),
        0,
    ),
    ("an external id alone: free", attribute(), 0),
    (
        "an alias: free",
        {
            "attributes": [
                {
                    "user_alias": {"alias_label": "crm", "alias_name": "7"},
                    "_update_existing_only": False,
                }
            ]
        },
        0,
    ),
    ("what is blocked: free", attribute(secret=1), 0),
    ("what is blocked: free, as an event", {"events": [{**ADA, **AT, "name": "noise"}]}, 0),
    ("what is dropped: free", attribute(bio="x" * 256), 0),
]


@pytest.mark.parametrize(
    ("body", "cost"), [line[1:] for line in LINES], ids=[line[0] for line in LINES]
)
def test_what_costs_data_points(sandbox: Any, body: dict[str, Any], cost: int) -> None:
    """Changed or not: what arrives is paid."""
    blocked = json.dumps({"attributes": ["secret"], "events": ["noise"]}).encode()
    assert sandbox.ask("POST", "/_sandbox/blocklist", blocked).status == 200
    costs = []
    for _ in range(2):
        assert sandbox.post("/users/track", body).status == 201
        costs.append(sandbox.last_request()["data_points"])
    assert costs == [cost, cost]
    assert sandbox.look("data-points")["total"] == 2 * cost


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/users/external_ids/rename",
            {
                "external_id_renames": [
                    {"current_external_id": "ada", "new_external_id": "lovelace"}
                ]
            },
        ),
        (
            "/users/alias/new",
            {"user_aliases": [{"external_id": "ada", "alias_label": "crm", "alias_name": "7"}]},
        ),
        (
            "/users/merge",
            {
                "merge_updates": [
                    {"identifier_to_merge": {"external_id": "eve"}, "identifier_to_keep": ADA}
                ]
            },
        ),
        ("/subscription/status/set", {**GROUP, "external_id": ["ada"]}),
        ("/users/delete", {"external_ids": ["ada"]}),
    ],
)
def test_all_but_tracking_is_free(sandbox: Any, path: str, body: dict[str, Any]) -> None:
    sandbox.track(ADA, {"external_id": "eve", "tier": "gold"})
    assert sandbox.post(path, body).status in (200, 201, 202)
    assert sandbox.last_request()["data_points"] == 0
    assert sandbox.look("data-points")["total"] == 1


def test_old_accounts_may_export_whole_profiles(start_sandbox: Any) -> None:
    """Fields are required of accounts since 2024-08-22 alone."""
    asked = {"external_ids": ["ada"]}
    for onboarded, status in (("2024-08-21", 200), ("2024-08-22", 400)):
        sandbox = start_sandbox("--onboarded", onboarded)
        sandbox.track({**ADA, "first_name": "Ada", "tier": "gold"})
        reply = sandbox.post("/users/export/ids", asked)
        assert reply.status == status
        if status == 200:
            (user,) = reply.json["users"]
            assert user.keys() >= {"braze_id", "created_at", "random_bucket"}
            assert (user["first_name"], user["custom_attributes"]) == ("Ada", {"tier": "gold"})
