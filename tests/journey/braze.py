"""The sandbox as its own process, and what it says of itself: profiles, requests, counts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from tests.journey.contract import Cell, stored

Profiles = Mapping[str, Mapping[str, Cell]]
"""External id to field to what Braze stores."""

GIVEN_BY_BRAZE = {"email_subscribe", "push_subscribe"}  # set by Braze itself with the first e-mail


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    url: str

    def call(self, path: str, body: object = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/_sandbox/{path}", data=data, method=method)
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def track(self, body: object) -> None:
        """Send to `/users/track` as somebody else would."""
        self.ask("/users/track", body)

    def ask(self, path: str, body: object, method: str = "POST") -> None:
        """Ask the API for something as somebody else would."""
        headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
        data = json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data=data, headers=headers, method=method)
        with urlopen(request, timeout=10) as answer:
            assert answer.status in (200, 201, 202)

    def fault(self, **fault: Any) -> None:
        self.call("faults", fault)

    def heal(self) -> None:
        self.call("faults", method="DELETE")

    def summary(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.call("summary")
        return found

    def profiles(self) -> Profiles:
        """Every profile's fields with their types; what Braze gives by itself is left out."""
        return {user["external_id"]: _fields(user) for user in self.call("state")["users"]}

    def requests(self, after: int = 0) -> list[dict[str, Any]]:
        """Every request after that number, with its body."""
        found = self.call("requests?bodies=1")["requests"]
        return [request for request in found if request["number"] > after]


@contextmanager
def running(*options: str) -> Iterator[Sandbox]:
    """Start a sandbox on a port of its own, and stop it at the end."""
    command = [sys.executable, "-m", "braze_sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sandbox(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def objects(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The request objects of requests, in order, as they were sent."""
    return [one for request in requests for one in request["body"]["attributes"]]


def _fields(user: Mapping[str, Any]) -> dict[str, Cell]:
    standard = {
        name: stored(name, value)
        for name, value in user["attributes"].items()
        if name not in GIVEN_BY_BRAZE
    }
    types = user["custom_attribute_types"]
    custom = {name: (types[name], value) for name, value in user["custom_attributes"].items()}
    return standard | custom
