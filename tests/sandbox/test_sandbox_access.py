"""Who may call: instances, keys, addresses, permissions, and the account."""

import json
from typing import Any

import pytest

from braze_sandbox.instances import INSTANCES

BODY = {"attributes": [{"external_id": "ada"}]}


def ask(sandbox: Any, host: str, key: str = "sandbox-key") -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Host": host}
    return sandbox.ask("POST", "/users/track", json.dumps(BODY).encode(), headers)


def post(sandbox: Any, what: str, body: object) -> Any:
    return sandbox.ask("POST", f"/_sandbox/{what}", json.dumps(body).encode())


def test_there_are_15_instances() -> None:
    hosts = {name: (one.dashboard, one.rest, one.sdk) for name, one in INSTANCES.items()}
    names = "US-01 US-02 US-03 US-04 US-05 US-06 US-07 US-08 US-10 EU-01 EU-02 AU-01 ID-01 JP-01"
    assert " ".join(hosts) == f"{names} KR-01"
    assert hosts["US-03"] == (
        "dashboard-03.braze.com",
        "rest.iad-03.braze.com",
        "sdk.iad-03.braze.com",
    )
    assert hosts["US-10"] == (
        "dashboard.us-10.braze.com",
        "rest.us-10.braze.com",
        "sdk.us-10.braze.com",
    )
    assert hosts["EU-02"][:2] == ("dashboard-02.braze.eu", "rest.fra-02.braze.eu")
    assert hosts["KR-01"][1] == "rest.kr-01.braze.com"


def test_a_key_is_unknown_to_another_instance(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--instance", "US-03")
    assert ask(sandbox, "rest.iad-03.braze.com").status == 201
    assert ask(sandbox, f"127.0.0.1:{sandbox.port}").status == 201, "a host that is no instance's"
    wrong = ask(sandbox, "REST.fra-01.braze.eu:443")
    assert (wrong.status, wrong.json) == (401, {"message": "Invalid API key: sandbox-key"})
    for path in ("/_sandbox", "/_sandbox/"):
        about = sandbox.ask("GET", path).json
        assert about["instance"]["name"] == "US-03"
        assert (about["mode"], about["contract"], about["active"]) == ("full", "data_points", True)


def test_without_an_instance_every_host_will_do(sandbox: Any) -> None:
    assert ask(sandbox, "rest.fra-01.braze.eu").status == 201
    assert sandbox.look("")["instance"] is None


def test_a_key_may_be_bound_to_addresses(start_sandbox: Any) -> None:
    sandbox = start_sandbox(
        *("--key", "near", "--key", "far", "--key", "free"),
        *("--allow-ip", "near=127.0.0.0/8", "--allow-ip", "far=192.0.2.7"),
    )
    statuses = {key: sandbox.post("/users/track", BODY, key=key) for key in ("near", "far", "free")}
    assert {key: reply.status for key, reply in statuses.items()} == {
        "near": 201,
        "far": 403,
        "free": 201,
    }
    assert statuses["far"].json == {"message": "Access Denied"}


def test_a_key_without_permissions_may_nothing(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--key", "none:")
    reply = sandbox.post("/users/track", BODY, key="none")
    assert (reply.status, reply.json) == (403, {"message": "Access Denied"})


def test_an_inactive_account_is_forbidden_until_it_is_in_order(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--inactive")
    reply = sandbox.post("/users/track", BODY)
    assert (reply.status, reply.json) == (403, {"message": "Forbidden"})
    assert sandbox.post("/users/track", BODY, key="wrong").status == 401
    assert post(sandbox, "account", {"active": True}).json == {"active": True}
    assert sandbox.post("/users/track", BODY).status == 201


def test_a_key_is_rotated(sandbox: Any) -> None:
    new = {"key": "new-key", "permissions": ["users.track"]}
    shown = post(sandbox, "keys", new).json["keys"]
    assert shown == [
        {"key": "…-key", "permissions": None, "allow_ips": []},
        {"key": "…-key", "permissions": ["users.track"], "allow_ips": []},
    ]
    assert sandbox.ask("DELETE", "/_sandbox/keys?key=sandbox-key").status == 200
    assert sandbox.post("/users/track", BODY).status == 401
    assert sandbox.post("/users/track", BODY, key="new-key").status == 201
    assert sandbox.post("/users/delete", {}, key="new-key").status == 403
    sandbox.reset()
    assert sandbox.post("/users/track", BODY).status == 201


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ({"key": "sandbox-key"}, "Not a new key: what a key may do is fixed"),
        ({"key": ""}, "Not a key: key: String should have at least 1 character"),
        ({"key": "k", "allow_ips": ["home"]}, "Not a key: allow_ips.0"),
    ],
)
def test_what_is_no_new_key_is_told(sandbox: Any, key: object, told: str) -> None:
    reply = post(sandbox, "keys", key)
    assert reply.status == 400
    assert reply.json["message"].startswith(told)


@pytest.mark.parametrize(
    ("what", "body", "told"),
    [
        ("attribute-types", {"a": "colour"}, "Not types of attributes: a: Input should be"),
        ("blocklist", {"attributes": ["a"] * 301}, "Not a blocklist: attributes: List should have"),
        ("blocklist", {"event": []}, "Not a blocklist: event: Extra inputs"),
        ("account", {}, "Not an account's state: active: Field required"),
    ],
)
def test_what_a_dashboard_could_not_set_is_told(
    sandbox: Any, what: str, body: object, told: str
) -> None:
    reply = post(sandbox, what, body)
    assert reply.status == 400
    assert reply.json["message"].startswith(told)


def test_what_a_dashboard_set_can_be_seen_and_undone(sandbox: Any) -> None:
    assert post(sandbox, "attribute-types", {"a": "number", "b": "time"}).json == {
        "attribute_types": {"a": "number", "b": "time"}
    }
    post(sandbox, "attribute-types", {"a": None})
    assert sandbox.look("attribute-types") == {"attribute_types": {"b": "time"}}
    post(sandbox, "blocklist", {"attributes": ["z", "y"], "events": ["e"]})
    assert sandbox.look("blocklist") == {"attributes": ["y", "z"], "events": ["e"]}
    sandbox.reset()
    assert sandbox.look("blocklist") == {"attributes": [], "events": []}


def test_what_is_there_already_keeps_its_type_when_another_is_forced(sandbox: Any) -> None:
    def n() -> object:
        return sandbox.users()[0]["custom_attributes"]["n"]

    sandbox.track({"external_id": "ada", "n": "x"})
    post(sandbox, "attribute-types", {"n": "number"})
    assert n() == "x"
    sandbox.track({"external_id": "ada", "n": "y"})
    assert n() == "x", "the old type is not accepted any more"
    sandbox.track({"external_id": "ada", "n": "7"})
    assert n() == 7
    post(sandbox, "attribute-types", {"n": None})
    sandbox.track({"external_id": "ada", "n": "y"})
    assert n() == "y"


def test_limits_can_be_looked_at(sandbox: Any) -> None:
    sandbox.track({"external_id": "ada"})
    limits = {one["bucket"]: one for one in sandbox.look("limits")["limits"]}
    assert limits["track"]["requests"] == 3_000
    assert limits["track"]["used"] <= 1
    assert limits["users"]["used"] == 0
