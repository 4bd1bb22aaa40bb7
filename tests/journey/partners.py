"""What Braze says of cohorts, subscription groups and catalogs, in plain Python.

Written from Braze's own pages, without a look at onefold's destination. It answers at once, and
keeps every request, so that a story can tell what was sent and what Braze holds after it.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Call = tuple[str, str, Any]
KEYS = {"partner_api_key": "partner-key", "client_secret": "client-key"}


@dataclass
class Partners:
    """Cohorts by id with their members, groups with the state of each user, items by catalog."""

    url: str = ""
    cohorts: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    items: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    calls: list[Call] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    locked: int = 0

    def take(self, method: str, path: str, body: Mapping[str, Any], bearer: str) -> tuple[int, Any]:
        """Answer a request."""
        self.calls.append((method, path, {k: v for k, v in body.items() if k not in KEYS}))
        if path.startswith("/partners/acme/cohorts"):
            if {key: body.get(key) for key in KEYS} != KEYS or bearer:
                return 401, {"message": "invalid partner key"}
            if self.locked:
                self.locked -= 1
                return 423, {"message": "Locked"}
            return self._cohort(path, body)
        assert bearer == "Bearer sandbox-key"
        if path == "/v2/subscription/status/set":
            return self._subscribe(body)
        assert path == "/catalogs/products/items"
        return self._items(method, body)

    def _cohort(self, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        if path.endswith("/cohorts"):
            self.cohorts.setdefault(body["cohort_id"], set())
            assert body["name"], body
            assert body["created_at"], body
            return 201, {"message": "success"}
        (change,) = body["cohort_changes"]
        ids = set(change["user_ids"])
        assert 0 < len(ids) <= 1000
        if ids & self.refused:
            return 400, {"message": "user_ids must be an array of strings"}
        members = self.cohorts[body["cohort_id"]]
        self.cohorts[body["cohort_id"]] = (
            members - ids if change["should_remove"] else members | ids
        )
        return 201, {"message": "success"}

    def _subscribe(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        for group in body["subscription_groups"]:
            assert 0 < len(group["external_ids"]) <= 50
            for user in group["external_ids"]:
                self.groups[group["subscription_group_id"]][user] = group["subscription_state"]
        return 201, {"message": "success"}

    def _items(self, method: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        items = self.items["products"]
        assert 0 < len(body["items"]) <= 50
        for item in body["items"]:
            if method == "DELETE":
                del items[item["id"]]
            elif method == "POST":
                assert item["id"] not in items
                items[item["id"]] = item
            else:
                items[item["id"]] |= item
        return 202, {"message": "success"}


@contextmanager
def partners() -> Iterator[Partners]:
    """Listen on a port of this machine."""
    state = Partners()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bearer = self.headers.get("Authorization", "")
            status, content = state.take(self.command, self.path, body, bearer)
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
