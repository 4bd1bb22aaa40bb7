"""The API: which endpoints there are, and the gates before them, in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import orjson

from braze_sandbox.call import Call
from braze_sandbox.clock import Clock
from braze_sandbox.config import Key, Settings
from braze_sandbox.delete import delete
from braze_sandbox.export import bucket_of_export, export_ids
from braze_sandbox.limits import (
    Account,
    Bucket,
    Contract,
    RefusalForm,
    Standing,
    Windows,
    limit_headers,
    refusal_headers,
)
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
    """One address: the permission it needs, the limit it falls under, and what it does.

    Where the limit depends on what is asked, `limit` says which it is (the body counts as empty
    when it can't be read).
    """

    permission: str
    limit: Bucket | Callable[[Mapping[str, object], Account], Bucket]
    handle: Callable[[Call], Answer]


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", "/users/track"): Endpoint(permission="users.track", limit=Bucket.TRACK, handle=track),
    ("POST", "/users/export/ids"): Endpoint(
        permission="users.export.ids", limit=bucket_of_export, handle=export_ids
    ),
    ("POST", "/users/delete"): Endpoint(
        permission="users.delete", limit=Bucket.USERS, handle=delete
    ),
}


class Api:
    """Braze's REST API over one workspace."""

    def __init__(
        self, settings: Settings, clock: Clock, workspace: Workspace, settler: Settler
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._settler = settler
        self._windows = Windows(settings.limits, clock)

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
        standing = self._windows.take(self._bucket(endpoint, asked))
        if standing is None:
            return self._handle(endpoint, asked, entry)
        return self._within(standing, endpoint, asked, entry)

    def _key(self, authorization: str) -> Key | None:
        known = (k for k in self._settings.keys if authorization == f"Bearer {k.secret}")
        return next(known, None)

    def _bucket(self, endpoint: Endpoint, asked: Asked) -> Bucket:
        if isinstance(endpoint.limit, Bucket):
            return endpoint.limit
        try:
            body = parse(asked)
        except Broken:
            body = {}
        return endpoint.limit(body, self._settings.account)

    def _within(self, standing: Standing, endpoint: Endpoint, asked: Asked, entry: Entry) -> Answer:
        """Handle the request if the limit allows; the answer tells where the client stands."""
        if not standing.allowed:
            return rate_limited(standing, self._settings.account)
        answer = self._handle(endpoint, asked, entry)
        headers = limit_headers(standing, self._settings.account.contract)
        return replace(answer, headers={**answer.headers, **headers})

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
                    account=self._settings.account,
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


def rate_limited(standing: Standing, account: Account, form: RefusalForm | None = None) -> Answer:
    """429, with the headers that the contract documents unless another form is asked for."""
    form = form or ("retry_after" if account.contract is Contract.MAU else "both")
    headers = refusal_headers(standing, account.contract, form)
    return Answer(status=429, content={"message": "Rate limited"}, headers=headers)
