"""The sandbox as users have it: a process, spoken to over HTTP."""

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

Start = Callable[..., "Running"]


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Running:
    """A sandbox that listens."""

    process: subprocess.Popen[str]
    port: int
    key: str = "sandbox-key"

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, text)

    def post(
        self, path: str, body: Any, *, key: str | None = None, content_type: str = ""
    ) -> Reply:
        return self.call("POST", path, body, key=key, content_type=content_type)

    def call(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        key: str | None = None,
        content_type: str = "",
    ) -> Reply:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {self.key if key is None else key}",
            "Content-Type": content_type or "application/json",
        }
        return self.ask(method, path, raw, headers)

    def track(self, *attributes: dict[str, Any]) -> Reply:
        return self.post("/users/track", {"attributes": attributes})

    def look(self, what: str) -> Any:
        return self.ask("GET", f"/_sandbox/{what}").json

    def users(self) -> Any:
        return self.look("state")["users"]

    def last_request(self) -> Any:
        return self.look("requests?bodies=1")["requests"][-1]

    def fail(self, *faults: dict[str, Any]) -> Any:
        reply = self.ask("POST", "/_sandbox/faults", json.dumps(faults).encode())
        assert reply.status == 200, reply.text
        return reply.json["faults"]

    def reset(self) -> None:
        assert self.ask("POST", "/_sandbox/reset").json == {"message": "reset"}


def start(*options: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "braze_sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("braze sandbox listening on http://127.0.0.1:"), line
    return Running(process, int(line.rsplit(":", 1)[1]))


def stop(running: Running) -> None:
    running.process.terminate()
    running.process.communicate(timeout=20)


@pytest.fixture
def start_sandbox() -> Iterator[Start]:
    """Starts sandboxes with options of the test's own, and stops them after it."""
    started: list[Running] = []

    def start_one(*options: str) -> Running:
        started.append(start(*options))
        return started[-1]

    yield start_one
    for running in started:
        stop(running)


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Running]:
    running = start("--block-external-id", "dummy")
    yield running
    stop(running)


@pytest.fixture
def sandbox(shared_sandbox: Running) -> Running:
    """One sandbox with default options, empty."""
    shared_sandbox.reset()
    return shared_sandbox
