"""The API: which endpoints there are, and the gates before them, in order."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import orjson

from braze_sandbox.call import Call
from braze_sandbox.clock import Clock
from braze_sandbox.config import Key, Settings
from braze_sandbox.delete import delete
from braze_sandbox.export import export_ids
from braze_sandbox.limits import Standing, Window
from braze_sandbox.request_log import Entry
from braze_sandbox.rules import Broken, Rule
from braze_sandbox.settle import Settler
from braze_sandbox.track import track
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Workspace

MAX_BODY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client asked. The body is None when it was longer than allowed."""

    method: str
    path: str
    authorization: str
    content_type: str
    body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address: the permission it needs, the limit it falls under, and what it does."""

    permission: str
    limit: str
    handle: Callable[[Call], Answer]


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", "/users/track"): Endpoint(permission="users.track", limit="track", handle=track),
    ("POST", "/users/export/ids"): Endpoint(
        permission="users.export.ids", limit="export_ids", handle=export_ids
    ),
    ("POST", "/users/delete"): Endpoint(permission="users.delete", limit="users", handle=delete),
}


class Api:
    """Braze's REST API over one workspace."""

    def __init__(
        self, settings: Settings, clock: Clock, workspace: Workspace, settler: Settler
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._settler = settler
        self._windows = {
            field.name: Window(limit, clock)
            for field in fields(settings.limits)
            if (limit := getattr(settings.limits, field.name)) is not None
        }

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """Pass the gates in Braze's order (address, key, permission, limit), then be handled."""
        endpoint = ENDPOINTS.get((asked.method, asked.path))
        if endpoint is None:
            return refusal(404, "Not Found")
        presented = asked.authorization.removeprefix("Bearer").lstrip()
        key = self._key(asked.authorization)
        if key is None:
            return refusal(401, f"Invalid API key: {presented}")
        if not key.may(endpoint.permission):
            return refusal(403, "Access Denied")
        window = self._windows.get(endpoint.limit)
        if window is None:
            return self._handle(endpoint, asked, entry)
        return self._within(window.take(), endpoint, asked, entry)

    def _key(self, authorization: str) -> Key | None:
        known = (k for k in self._settings.keys if authorization == f"Bearer {k.secret}")
        return next(known, None)

    def _within(self, standing: Standing, endpoint: Endpoint, asked: Asked, entry: Entry) -> Answer:
        """Handle the request if the limit allows; the answer tells where the client stands."""
        if not standing.allowed:
            return rate_limited(standing.limit_headers() | standing.retry_headers())
        answer = self._handle(endpoint, asked, entry)
        return replace(answer, headers=standing.limit_headers())

    def _handle(self, endpoint: Endpoint, asked: Asked, entry: Entry) -> Answer:
        if asked.body is None:
            return refusal(413, "Request Entity Too Large")
        try:
            return endpoint.handle(
                Call(
                    body=read_json(asked),
                    entry=entry,
                    workspace=self._workspace,
                    settler=self._settler,
                    blocked_external_ids=self._settings.blocked_external_ids,
                )
            )
        except Broken as broken:
            errors = {"errors": entry.errors} if entry.errors else {}
            return Answer(status=400, content={"message": broken.sentence, **errors})


def read_json(asked: Asked) -> dict[str, object]:
    """The body of a request that says it is JSON."""
    if asked.content_type.partition(";")[0].strip().lower() != "application/json":
        raise Broken(Rule.BODY_NOT_DECLARED_JSON)
    return parse(asked)


def parse(asked: Asked) -> dict[str, object]:
    """The body as an object; any other JSON value holds nothing that is asked for."""
    try:
        body = orjson.loads(asked.body or b"")
    except orjson.JSONDecodeError:
        raise Broken(Rule.BODY_NOT_JSON) from None
    return body if isinstance(body, dict) else {}


def refusal(status: int, message: str) -> Answer:
    """An error answer."""
    return Answer(status=status, content={"message": message})


def rate_limited(headers: dict[str, str]) -> Answer:
    """429."""
    return Answer(status=429, content={"message": "Rate limited"}, headers=headers)
