"""What stands before an endpoint: address, key, permission, size and limit."""

import json
import socket
import time
from typing import Any

import pytest

BODY = {"attributes": [{"external_id": "ada"}]}
FOUR_MB = 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("authorization", "echoed"),
    [
        ("Bearer wrong-key", "wrong-key"),
        ('Bearer "sandbox-key"', '"sandbox-key"'),
        ("sandbox-key", "sandbox-key"),
        ("Bearer ", ""),
        ("", ""),
    ],
)
def test_a_wrong_key_is_401_and_echoed(sandbox: Any, authorization: str, echoed: str) -> None:
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    reply = sandbox.ask("POST", "/users/track", json.dumps(BODY).encode(), headers)
    assert (reply.status, reply.json) == (401, {"message": f"Invalid API key: {echoed}"})
    assert sandbox.users() == []


def test_a_key_in_the_body_does_not_count(sandbox: Any) -> None:
    reply = sandbox.ask(
        "POST", "/users/track", json.dumps({**BODY, "api_key": "sandbox-key"}).encode()
    )
    assert reply.status == 401


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/users/track", "users.track"),
        ("/users/export/ids", "users.export.ids"),
        ("/users/delete", "users.delete"),
    ],
)
def test_each_address_needs_its_permission(start_sandbox: Any, path: str, permission: str) -> None:
    others = {"users.track", "users.export.ids", "users.delete", "campaigns.list"} - {permission}
    sandbox = start_sandbox("--key", f"may:{permission}", "--key", f"may-not:{','.join(others)}")
    refused = sandbox.post(path, BODY, key="may-not")
    assert (refused.status, refused.json) == (403, {"message": "Access Denied"})
    assert sandbox.post(path, BODY, key="may").status in {200, 201, 400}
    assert sandbox.post(path, BODY).status == 401, "given keys replace the default one"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/users/trak"), ("GET", "/users/track"), ("POST", "/users/track/"), ("GET", "/u")],
)
def test_another_address_or_method_is_404(sandbox: Any, method: str, path: str) -> None:
    reply = sandbox.ask(method, path, headers={"Authorization": "Bearer sandbox-key"})
    assert (reply.status, reply.json) == (404, {"message": "Not Found"})


def test_a_body_of_4_mb_is_read_and_one_more_byte_is_413(sandbox: Any) -> None:
    text = json.dumps(BODY).encode()
    assert sandbox.post("/users/track", text.ljust(FOUR_MB)).status == 201
    reply = sandbox.post("/users/track", text.ljust(FOUR_MB + 1))
    assert (reply.status, reply.json) == (413, {"message": "Request Entity Too Large"})
    assert sandbox.look("summary")["accepted"]["attributes"] == 1


def test_answers_tell_where_the_limit_stands(sandbox: Any) -> None:
    before = time.time()
    headers = sandbox.post("/users/track", BODY).headers
    assert headers["x-ratelimit-limit"] == "3000"
    assert 0 <= int(headers["x-ratelimit-remaining"]) < 3000
    reset = int(headers["x-ratelimit-reset"])
    assert reset % 3 == 0
    assert before < reset <= time.time() + 3
    assert sandbox.post("/users/delete", {}).headers["x-ratelimit-limit"] == "20000"
    assert sandbox.post("/users/export/ids", {}).headers["x-ratelimit-limit"] == "250"


def test_a_refused_key_is_told_nothing_of_the_limit(sandbox: Any) -> None:
    assert "x-ratelimit-limit" not in sandbox.post("/users/track", BODY, key="wrong").headers


def test_over_the_limit_is_429_until_the_window_ends(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--limit", "2/1000000")  # no window ends within the test
    before = time.time()
    statuses = [sandbox.post("/users/track", BODY).status for _ in range(2)]
    refused = sandbox.post("/users/track", BODY)
    assert statuses == [201, 201]
    assert (refused.status, refused.json) == (429, {"message": "Rate limited"})
    assert refused.headers["x-ratelimit-remaining"] == "0"
    wait = int(refused.headers["x-ratelimit-retry-after"])
    asked_at = int(refused.headers["x-ratelimit-reset"]) - wait
    assert before - 1 <= asked_at <= time.time() + 1
    assert "retry-after" not in refused.headers
    assert sandbox.post("/users/delete", {"external_ids": ["ada"]}).status == 200
    assert sandbox.look("summary")["requests_by_path"]["/users/track"] == {"201": 2, "429": 1}


def test_reset_gives_the_limit_back(start_sandbox: Any) -> None:
    sandbox = start_sandbox("--limit", "1/1000000")
    sandbox.post("/users/track", BODY)
    sandbox.reset()
    assert sandbox.post("/users/track", BODY).status == 201


def test_a_body_that_breaks_off_was_never_asked(sandbox: Any) -> None:
    body = json.dumps(BODY).encode()
    head = (
        "POST /users/track HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
    assert sandbox.track({"external_id": "eve"}).status == 201
    assert sandbox.look("summary")["requests"] == 1
    assert [user["external_id"] for user in sandbox.users()] == ["eve"]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [240, 300, 900])
def test_deep_nesting_does_no_harm(sandbox: Any, depth: int, opening: str, closing: str) -> None:
    deep = f"{opening * depth}1{closing * depth}"
    body = f'{{"attributes": [{{"external_id": "ada", "deep": {{"x": {deep}}}, "tier": "gold"}}]}}'
    for _ in range(2):
        assert sandbox.post("/users/track", body.encode()).status == 201
    (ada,) = sandbox.users()
    assert ada["custom_attributes"]["tier"] == "gold"
    assert ("deep" in ada["custom_attributes"]) == (depth < 254)
    assert len(sandbox.ask("GET", "/_sandbox/requests?bodies=1").text) > 2 * len(body) - 100


def test_json_that_is_no_object_asks_nothing(sandbox: Any) -> None:
    assert {sandbox.post("/users/track", raw).status for raw in (b"[]", b"1", b'"x"')} == {400}
