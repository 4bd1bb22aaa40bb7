"""The process: its command line, its modes, and how it ends."""

import http.client
import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from braze_sandbox.options import read_settings

ADA = {"external_id": "ada", "tier": "gold"}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "braze_sandbox", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(start_sandbox: Any, number: signal.Signals) -> None:
    sandbox = start_sandbox()
    assert sandbox.track(ADA).status == 201
    sandbox.process.send_signal(number)
    assert sandbox.process.wait(timeout=10) == 0


def test_a_taken_port_is_told(start_sandbox: Any) -> None:
    sandbox = start_sandbox()
    second = run("--port", str(sandbox.port))
    assert second.returncode == 1
    assert second.stdout == ""
    assert f"can't listen on 127.0.0.1:{sandbox.port}: Address already in use" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--limit", "many"),
        ("--limit", "0/3"),
        ("--settle-ms", "100,10"),
        ("--settle-ms", "10"),
        ("--key", ":users.track"),
        ("--mode", "half"),
        ("--shuffle",),
        ("--state", "braze.db", "--mode", "sink"),
        ("--decide", "inc_text"),
        ("--decide", "inc_text=nul"),
        ("--limit", "tracks=1/1"),
        ("--allow-ip", "home"),
        ("--allow-ip", "other=127.0.0.1"),
        ("--onboarded", "long ago"),
        ("--burst", "0"),
        ("--weather", "1"),
        ("--weather", "101%"),
    ],
)
def test_bad_options_are_usage_errors(options: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as exit_:
        read_settings(options)
    assert exit_.value.code == 2


def test_settling_applies_later_and_in_order(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--settle-ms", "50,200")
    for number in range(20):
        sandbox.track({"external_id": "ada", "number": number, "seen": {"add": [number]}})
    deadline = time.monotonic() + 10
    while sandbox.look("summary")["unsettled_requests"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (ada,) = sandbox.users()
    assert ada["custom_attributes"] == {"number": 19, "seen": list(range(20))}
    assert sandbox.look("summary")["data_points"] == 40


def test_requests_can_be_shuffled_but_none_is_torn(start_sandbox: Any) -> None:
    def order(seed: str) -> list[int]:
        sandbox = start_sandbox(
            *("--settle-ms", "0,300", "--decide", "settle_order=shuffled", "--seed", seed)
        )
        for number in range(20):
            at = "2026-01-05T09:30:00Z"
            event = {"external_id": "ada", "name": f"event {number}", "time": at}
            value = {"external_id": "ada", "seen": {"add": [number]}, "last": number}
            sandbox.post("/users/track", {"events": [event], "attributes": [value]})
        deadline = time.monotonic() + 10
        while sandbox.look("summary")["unsettled_requests"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (ada,) = sandbox.users()
        seen: list[int] = ada["custom_attributes"]["seen"]
        assert [event["name"] for event in ada["custom_events"]] == [f"event {n}" for n in seen]
        assert ada["custom_attributes"]["last"] == seen[-1]
        return seen

    shuffled = order("1")
    assert sorted(shuffled) == list(range(20))
    assert shuffled != list(range(20))


def test_as_usual_nearly_all_is_there_within_100_ms(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--decide", "settling=usual")
    sandbox.track(ADA)
    assert sandbox.users() == [], "a read is stale until the request has settled"
    deadline = time.monotonic() + 10
    while not sandbox.users():
        assert time.monotonic() < deadline
    assert sandbox.last_request()["data_points"] == 1


def test_what_has_not_settled_is_not_there_yet(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--settle-ms", "60000,60000")
    assert sandbox.track(ADA).json == {"message": "success", "attributes_processed": 1}
    assert sandbox.users() == []
    assert sandbox.last_request()["data_points"] == 0
    sandbox.reset()
    assert sandbox.look("summary")["unsettled_requests"] == 0


def test_the_sink_counts_and_keeps_nothing(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--mode", "sink")
    body = {"attributes": [ADA, {"no": "identifier"}], "events": [{}]}
    reply = sandbox.post("/users/track", body, key="any key")
    assert (reply.status, reply.json) == (
        201,
        {"message": "success", "attributes_processed": 2, "events_processed": 1},
    )
    assert sandbox.post("/users/track", b"{oops").status == 400
    assert sandbox.post("/users/track", b"1").json == {"message": "success"}
    summary = sandbox.look("summary")
    assert (summary["mode"], summary["users"]) == ("sink", 0)
    assert summary["accepted"] == {"attributes": 2, "events": 1, "purchases": 0}
    assert summary["requests_by_path"] == {"/users/track": {"201": 2, "400": 1}}
    assert sandbox.look("requests") == {"requests": []}


def test_the_sink_meets_faults_and_a_limit_when_asked(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--mode", "sink", "--limit", "1/3600")
    sandbox.fail({"kind": "status", "status": 503, "next": 1})
    statuses = [sandbox.track(ADA).status for _ in range(3)]
    assert statuses == [503, 201, 429]


def test_one_connection_serves_many_requests(sandbox: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
    for _ in range(3):
        connection.request("POST", "/users/track", json.dumps({"attributes": [ADA]}), headers)
        response = connection.getresponse()
        response.read()
        assert response.status == 201
        assert connection.sock is not None, "the connection was kept"
    connection.close()
