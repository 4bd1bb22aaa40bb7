"""`/_sandbox/`: what tests and people see."""

import json
from typing import Any

import pytest

from braze_sandbox.clock import moment
from braze_sandbox.request_log import MOST_PATHS, OTHER_PATHS, RequestLog


def test_a_profile_shows_all_its_keys(sandbox: Any) -> None:
    sandbox.track({"external_id": "ada"})
    assert sandbox.users() == [
        {
            "external_id": "ada",
            "braze_id": "000000000000000000000001",
            "user_aliases": [],
            "deprecated_ids": [],
            "attributes": {},
            "custom_attributes": {},
            "custom_attribute_types": {},
            "custom_events": [],
            "purchases": [],
            "total_revenue": 0.0,
            "subscription_groups": {},
            "push_tokens": [],
        }
    ]


def test_many_profiles_stream_whole_in_both_forms(sandbox: Any) -> None:
    ids = [f"user-{number}" for number in range(1_000)]
    for start in range(0, len(ids), 75):
        sandbox.track(*({"external_id": name} for name in ids[start : start + 75]))
    users = sandbox.users()
    lines = sandbox.ask("GET", "/_sandbox/state?format=ndjson").text.splitlines()
    assert [user["external_id"] for user in users] == ids
    assert [json.loads(line) for line in lines] == users


def test_no_profile_is_an_empty_list(sandbox: Any) -> None:
    assert sandbox.users() == []
    assert sandbox.ask("GET", "/_sandbox/state?format=ndjson").text == ""


def test_requests_are_numbered_and_keep_what_was_sent(sandbox: Any) -> None:
    body = {"attributes": [{"external_id": "ada"}, {"no": "body"}]}
    sandbox.post("/users/track", body)
    sandbox.post("/users/track", b"{oops")
    sandbox.post("/users/track", body, key="wrong")
    entries = sandbox.look("requests?bodies=1")["requests"]
    assert [entry["number"] for entry in entries] == [1, 2, 3]
    assert [entry["status"] for entry in entries] == [201, 400, 401]
    assert [entry["body"] for entry in entries] == [body, "{oops", body]
    assert entries[0]["body_bytes"] == len(json.dumps(body))
    assert (entries[0]["objects"], entries[0]["accepted"]) == (
        {"attributes": 2, "events": 0, "purchases": 0},
        {"attributes": 1, "events": 0, "purchases": 0},
    )
    assert all("body" not in entry for entry in sandbox.look("requests")["requests"])


def test_old_bodies_and_old_requests_are_let_go() -> None:
    log = RequestLog(kept_requests=3, kept_body_bytes=10)
    for _ in range(4):
        log.keep_body(log.open(moment(0), "POST", "/users/track"), b"12345")
    kept = [(entry.number, entry.body, entry.body_bytes) for entry in log.entries()]
    assert kept == [(2, None, 5), (3, b"12345", 5), (4, b"12345", 5)]
    assert log.count == 4


def test_a_body_goes_with_its_request_however_short_it_is() -> None:
    log = RequestLog(kept_requests=2, kept_body_bytes=1_000)
    first, *_ = entries = [log.open(moment(0), "GET", "/segments/list") for _ in range(4)]
    for entry in entries:
        log.keep_body(entry, b"")
    assert (first.body, [entry.body for entry in log.entries()]) == (None, [b"", b""])


def test_a_path_of_each_item_does_not_fill_the_memory() -> None:
    log = RequestLog(kept_requests=2, kept_body_bytes=0)
    for number in range(MOST_PATHS + 5):
        entry = log.open(moment(0), "GET", f"/catalogs/bread/items/{number}")
        entry.status = 200
        log.close(entry)
    assert len(log.by_path) == MOST_PATHS + 1
    assert log.by_path[OTHER_PATHS] == {"200": 5}


def test_the_summary_adds_up(sandbox: Any) -> None:
    sandbox.track({"external_id": "ada", "tier": "gold"}, {"first_name": "nobody"})
    sandbox.track({"external_id": "ada", "tier": "gold", "time_zone": "Mars"})
    sandbox.post("/users/trak", {})
    assert sandbox.look("summary") == {
        "mode": "full",
        "users": 1,
        "requests": 3,
        "requests_by_path": {"/users/track": {"201": 2}, "/users/trak": {"404": 1}},
        "unanswered": 0,
        "objects": {"attributes": 3, "events": 0, "purchases": 0},
        "accepted": {"attributes": 2, "events": 0, "purchases": 0},
        "refused_objects": 1,
        "silent": {"time_zone_unknown": 1},
        "data_points": 2,
        "data_points_unchanged": 1,
        "unsettled_requests": 0,
    }


def test_the_ledger_tells_request_user_and_key(sandbox: Any) -> None:
    sandbox.track({"external_id": "ada", "tier": "gold"})
    sandbox.track({"external_id": "ada", "tier": "gold", "visits": {"inc": 1}})
    ledger = sandbox.look("data-points?entries=1")
    assert (ledger["total"], ledger["unchanged"]) == (3, 1)
    assert ledger["by_key"] == [
        {"kind": "attribute", "key": "tier", "data_points": 2, "unchanged": 1},
        {"kind": "attribute", "key": "visits", "data_points": 1, "unchanged": 0},
    ]
    shown = [(e["request"], e["key"], e["changed"]) for e in ledger["entries"]]
    assert shown == [(1, "tier", True), (2, "tier", False), (2, "visits", True)]
    assert {e["braze_id"] for e in ledger["entries"]} == {sandbox.users()[0]["braze_id"]}
    assert "entries" not in sandbox.look("data-points")


def test_reset_forgets_everything(sandbox: Any) -> None:
    sandbox.fail({"kind": "slow", "ms": 1})
    sandbox.track({"external_id": "ada"})
    sandbox.reset()
    assert (sandbox.users(), sandbox.look("faults")["faults"]) == ([], [])
    assert sandbox.look("summary")["requests"] == 0
    sandbox.track({"external_id": "eve"})
    assert sandbox.users()[0]["braze_id"] == "000000000000000000000001"


@pytest.mark.parametrize(
    ("method", "what"), [("GET", "stat"), ("DELETE", "state"), ("GET", "reset")]
)
def test_another_address_is_404(sandbox: Any, method: str, what: str) -> None:
    reply = sandbox.ask(method, f"/_sandbox/{what}")
    assert reply.status == 404
    assert reply.json == {"message": f"No such address: {method} /_sandbox/{what}"}
