"""Bulk and sync beside /users/track: their size, limits, permissions, and when they are applied."""

import json
from random import Random
from typing import Any

import pytest

BULK, SYNC = "/users/track/bulk", "/users/track/sync"
TWO_MB = 2 * 1024 * 1024
ADA = {"attributes": [{"external_id": "ada", "n": 1}]}


def with_n(n: int) -> dict[str, Any]:
    return {"attributes": [{"external_id": "ada", "n": n}]}


def settled(sandbox: Any) -> Any:
    while sandbox.look("summary")["unsettled_requests"]:
        pass
    return sandbox.users()[0]["custom_attributes"]["n"]


def test_a_bulk_of_2_mb_is_read_and_one_more_byte_is_400(sandbox: Any) -> None:
    text = json.dumps(ADA).encode()
    assert sandbox.post(BULK, text.ljust(TWO_MB)).status == 201
    for more in (TWO_MB + 1, 2 * TWO_MB + 1):
        reply = sandbox.post(BULK, text.ljust(more))
        assert (reply.status, reply.json["message"]) == (400, "Request Entity Too Large")
    assert sandbox.post(SYNC, text.ljust(TWO_MB + 1)).status == 201, "bulk alone is limited so"


@pytest.mark.parametrize(
    ("path", "permission", "limit"),
    [(BULK, "users.track.bulk", "50"), (SYNC, "users.track.sync", "500")],
)
def test_each_has_a_permission_and_a_bucket_of_its_own(
    sandbox: Any, path: str, permission: str, limit: str
) -> None:
    for key, permissions in (("one", [permission]), ("other", ["users.track"])):
        made = {"key": key, "permissions": permissions}
        assert sandbox.ask("POST", "/_sandbox/keys", json.dumps(made).encode()).status == 200
    assert sandbox.post(path, ADA, key="other").status == 403
    answer = sandbox.post(path, ADA, key="one")
    assert (answer.status, answer.headers["x-ratelimit-limit"]) == (201, limit)


@pytest.mark.parametrize("contract", ["data_points", "legacy", "mau"])
def test_the_contract_changes_neither_limit_nor_size(start_sandbox: Any, contract: str) -> None:
    sandbox = start_sandbox("--contract", contract, "--limit", "track_bulk=3/1000+9/3600")
    many = {"attributes": [{"external_id": f"user {n}"} for n in range(1_001)]}
    assert sandbox.post(BULK, many).status == 400
    answers = [sandbox.post(BULK, ADA) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert answers[0].headers["x-ratelimit-limit"] == "9"
    reset = int(answers[0].headers["x-ratelimit-reset"])
    assert (reset <= 3_600) == (contract == "mau")


def test_sync_is_applied_at_once_while_others_wait(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--settle-ms", "60000,60000")
    sandbox.post("/users/track", with_n(1))
    reply = sandbox.post(SYNC, with_n(2))
    assert reply.json["users"] == [{"external_id": "ada", "custom_attributes": {"n": 2}}]
    assert sandbox.users()[0]["custom_attributes"] == {"n": 2}


def test_what_bulk_asks_for_comes_after_what_track_asked_for(start_sandbox: Any) -> None:
    """Even when the order is shuffled; and what comes later does not wait for it."""
    sandbox = start_sandbox("--settle-ms", "50,150", "--decide", "settle_order=shuffled")
    for n in range(20):
        sandbox.post("/users/track", with_n(n))
    sandbox.post(BULK, with_n(99))
    assert settled(sandbox) == 99


@pytest.mark.parametrize(("priority", "last"), [("lower", 1), ("same", 2)])
def test_track_waits_for_bulk_only_if_told_to(start_sandbox: Any, priority: str, last: int) -> None:
    slow_then_fast = next(seed for seed in range(1_000) if delays(seed) == [True, False])
    options = ("--settle-ms", "0,500", "--seed", str(slow_then_fast))
    sandbox = start_sandbox(*options, "--decide", f"bulk_priority={priority}")
    sandbox.post(BULK, with_n(1))
    sandbox.post("/users/track", with_n(2))
    assert settled(sandbox) == last


def delays(seed: int) -> list[bool]:
    """Whether the first and the second request settle late."""
    random = Random(seed)
    return [random.uniform(0, 500) > 450, random.uniform(0, 500) > 50]


def test_a_bulk_that_waits_outlives_a_kill(start_sandbox: Any, tmp_path: Any) -> None:
    file = ("--state", str(tmp_path / "braze.db"))
    sandbox = start_sandbox(*file, "--settle-ms", "60000,60000")
    sandbox.post(BULK, with_n(7))
    sandbox.process.kill()
    sandbox.process.wait(timeout=10)
    assert start_sandbox(*file).users()[0]["custom_attributes"] == {"n": 7}
