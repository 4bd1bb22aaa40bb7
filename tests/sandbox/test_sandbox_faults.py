"""Faults, as a client meets them: on raw sockets where the connection is cut."""

import json
import socket
import time
from typing import Any

import pytest

from braze_sandbox.faults import WEATHER, Armed, StatusFault, WeatherFault

REFUSED_AND_TAKEN = {"attributes": [{"first_name": "nobody"}, {"external_id": "ada"}]}


def raw_answer(port: int, body: bytes) -> bytes:
    """All bytes that come back until the server closes the connection."""
    head = (
        "POST /users/track HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Authorization: Bearer sandbox-key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        while piece := receive(connection):
            received += piece
    return received


def receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def people(*names: str) -> bytes:
    return json.dumps({"attributes": [{"external_id": name} for name in names]}).encode()


@pytest.mark.parametrize(("when", "stored"), [("before", []), ("after", ["ada"])])
def test_a_dropped_connection(sandbox: Any, when: str, stored: list[str]) -> None:
    sandbox.fail({"kind": "drop", "when": when, "next": 1})
    assert raw_answer(sandbox.port, people("ada")) == b""
    assert [user["external_id"] for user in sandbox.users()] == stored
    entry = sandbox.last_request()
    assert (entry["answered"], entry["faults"]) == (False, [1])
    assert entry["status"] == (201 if stored else None)
    assert sandbox.track({"external_id": "eve"}).status == 201, "the next request is whole again"
    assert sandbox.look("summary")["unanswered"] == 1


def test_a_truncated_answer_breaks_off_in_its_body(sandbox: Any) -> None:
    sandbox.fail({"kind": "truncate", "next": 1})
    head, _, body = raw_answer(sandbox.port, people("ada")).partition(b"\r\n\r\n")
    whole = b'{"message":"success","attributes_processed":1}'
    assert head.startswith(b"HTTP/1.1 201")
    assert f"content-length: {len(whole)}".encode() in head
    assert body == whole[: len(whole) // 2]
    assert [user["external_id"] for user in sandbox.users()] == ["ada"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 400, 413, 202])
def test_any_status_instead_of_the_answer(sandbox: Any, status: int) -> None:
    sandbox.fail({"kind": "status", "status": status, "message": "no", "headers": {"x-a": "b"}})
    reply = sandbox.track({"external_id": "ada"})
    assert (reply.status, reply.json, reply.headers["x-a"]) == (status, {"message": "no"}, "b")
    assert sandbox.users() == []


def test_a_status_after_the_request_was_accepted(sandbox: Any) -> None:
    sandbox.fail({"kind": "status", "status": 504, "when": "after", "next": 1})
    assert sandbox.track({"external_id": "ada"}).status == 504
    assert len(sandbox.users()) == 1


@pytest.mark.parametrize(
    ("headers", "limits", "retry"),
    [
        ("both", True, True),
        ("limits", True, False),
        ("retry_after", False, True),
        ("none", False, False),
    ],
)
def test_a_429_in_each_of_its_forms(sandbox: Any, headers: str, limits: bool, retry: bool) -> None:
    sandbox.fail({"kind": "rate_limited", "headers": headers, "retry_after_s": 7, "next": 1})
    before = time.time()
    reply = sandbox.track({"external_id": "ada"})
    assert (reply.status, reply.json) == (429, {"message": "Rate limited"})
    assert ("x-ratelimit-remaining" in reply.headers) == limits
    assert ("x-ratelimit-retry-after" in reply.headers) == retry
    reset = float(reply.headers.get("x-ratelimit-reset", before + 7))
    assert before + 7 <= reset <= time.time() + 8
    assert not retry or reply.headers["x-ratelimit-retry-after"] == "7"
    assert sandbox.users() == []


def test_a_slow_answer(sandbox: Any) -> None:
    sandbox.fail({"kind": "slow", "ms": 300, "next": 1})
    began = time.monotonic()
    assert sandbox.track({"external_id": "ada"}).status == 201
    assert time.monotonic() - began >= 0.3


def test_errors_as_plain_strings(sandbox: Any) -> None:
    sandbox.fail({"kind": "plain_errors"})
    reply = sandbox.post("/users/track", REFUSED_AND_TAKEN)
    assert reply.status == 201
    assert reply.json["errors"] == [
        "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
    ]


def test_errors_that_two_faults_make_plain(sandbox: Any) -> None:
    sandbox.fail({"kind": "plain_errors"})
    sandbox.fail({"kind": "plain_errors"})
    assert sandbox.post("/users/track", REFUSED_AND_TAKEN).status == 201


def test_faults_hit_their_path_alone_and_so_often(sandbox: Any) -> None:
    sandbox.fail({"kind": "status", "status": 503, "path": "/users/delete", "next": 2})
    statuses = [sandbox.post("/users/delete", {"external_ids": ["a"]}).status for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert sandbox.track({"external_id": "ada"}).status == 201
    assert sandbox.look("faults")["faults"][0]["fired"] == 2


def test_chance_is_repeatable(sandbox: Any) -> None:
    def statuses(seed: int) -> list[int]:
        sandbox.reset()
        sandbox.fail({"kind": "status", "status": 503, "probability": 0.3, "seed": seed})
        return [sandbox.track({"external_id": "ada"}).status for _ in range(40)]

    first = statuses(1)
    assert 3 <= first.count(503) <= 25
    assert statuses(1) == first
    assert statuses(2) != first


def test_faults_add_up(sandbox: Any) -> None:
    sandbox.fail(
        {"kind": "slow", "ms": 200, "next": 1}, {"kind": "drop", "when": "after", "next": 1}
    )
    began = time.monotonic()
    assert raw_answer(sandbox.port, people("ada")) == b""
    assert time.monotonic() - began >= 0.2
    assert len(sandbox.users()) == 1


def test_faults_can_be_removed(sandbox: Any) -> None:
    sandbox.fail({"kind": "status", "status": 503})
    assert sandbox.ask("DELETE", "/_sandbox/faults").json == {"faults": []}
    assert sandbox.track({"external_id": "ada"}).status == 201


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "explode"},
        {"kind": "drop", "wen": "after"},
        {"kind": "slow"},
        {"kind": "status", "status": 204},
        {"kind": "drop", "next": 0},
    ],
)
def test_what_is_no_fault_is_refused_and_arms_nothing(sandbox: Any, fault: Any) -> None:
    reply = sandbox.ask("POST", "/_sandbox/faults", json.dumps([fault]).encode())
    assert reply.status == 400
    assert reply.json["message"].startswith("Not a fault: ")
    assert sandbox.look("faults") == {"faults": []}


def test_a_refused_key_is_echoed_by_the_fault(sandbox: Any) -> None:
    sandbox.fail({"kind": "key_refused", "next": 1})
    reply = sandbox.track({"external_id": "ada"})
    assert (reply.status, reply.json) == (401, {"message": "Invalid API key: sandbox-key"})
    assert sandbox.users() == []


def test_locked(sandbox: Any) -> None:
    sandbox.fail({"kind": "locked", "next": 1})
    reply = sandbox.track({"external_id": "ada"})
    assert (reply.status, reply.json) == (423, {"message": "Locked"})
    assert sandbox.users() == []


def test_queued_is_applied_all_the_same_and_hides_no_refusal(sandbox: Any) -> None:
    sandbox.fail({"kind": "queued"})
    reply = sandbox.track({"external_id": "ada"})
    assert (reply.status, reply.json) == (202, {"message": "queued"})
    assert len(sandbox.users()) == 1
    assert sandbox.track({"first_name": "nobody"}).status == 400


def met(weather: WeatherFault, requests: int) -> list[str]:
    """What requests meet, in words; empty: nothing."""
    armed = Armed(1, weather)
    return ["" if (one := armed.meet("/x")) is None else one.fault.kind for _ in range(requests)]


def test_weather_is_as_bad_as_asked_and_repeatable() -> None:
    one = WeatherFault(kind="weather", probability=0.01, seed=7)
    first = met(one, 100_000)
    hit = [kind for kind in first if kind]
    assert 900 <= len(hit) <= 1_100
    assert set(hit) == {"status", "rate_limited", "slow", "drop", "truncate"}
    assert met(one, 100_000) == first
    assert met(one.model_copy(update={"seed": 8}), 100_000) != first


def test_weather_passes() -> None:
    """Nothing in it tells a client to give up: no 4xx but 429."""
    statuses = {fault.status for _, fault in WEATHER if isinstance(fault, StatusFault)}
    assert statuses == {500, 502, 503, 504}


def test_weather_from_the_command_line_outlasts_a_reset(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--weather", "100%", "--seed", "3")
    sandbox.reset()
    (weather,) = sandbox.look("faults")["faults"]
    assert (weather["kind"], weather["probability"], weather["seed"]) == ("weather", 1.0, 3)
    for _ in range(10):
        raw_answer(sandbox.port, people("ada"))
    assert all(entry["faults"] == [1] for entry in sandbox.look("requests")["requests"])
