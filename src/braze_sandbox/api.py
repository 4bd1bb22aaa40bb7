"""The API: the gates before the endpoints, in order."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import orjson

from braze_sandbox.access import Access, Caller
from braze_sandbox.answers import rate_limited, refusal, within_limits
from braze_sandbox.call import Call
from braze_sandbox.config import Settings
from braze_sandbox.decisions import Decisions
from braze_sandbox.endpoints import Endpoint, find_endpoint
from braze_sandbox.limits import Bucket, Standing, Windows
from braze_sandbox.request_log import Entry
from braze_sandbox.rules import Broken, RequestRule
from braze_sandbox.segments import Exports
from braze_sandbox.settle import Later, Settler
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Workspace

_ACCEPTED = (201, 202)
"""The statuses of what is accepted and applied later."""
_WITHOUT_BODY = ("GET", "DELETE")
MAX_BODY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client asked. The body is None when it was longer than allowed."""

    method: str
    path: str
    authorization: str
    content_type: str
    body: bytes | None
    host: str = ""
    address: str = ""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Api:
    """Braze's REST API over one workspace."""

    def __init__(
        self,
        settings: Settings,
        access: Access,
        windows: Windows,
        workspace: Workspace,
        settler: Settler,
        exports: Exports,
    ) -> None:
        self._settings = settings
        self._access = access
        self._windows = windows
        self._workspace = workspace
        self._settler = settler
        self._exports = exports

    def answer(self, asked: Asked, entry: Entry) -> Answer:
        """Pass the gates in Braze's order (address, key, permission, limit), then be handled."""
        decisions = self._workspace.decisions
        found = find_endpoint(asked.method, asked.path)
        if found is None:
            return refusal(404, "Not Found", decisions)
        endpoint, parts = found
        caller = _caller(asked, decisions)
        refused = self._refuse(caller, endpoint, parts, asked)
        if refused is not None:
            return refused
        aligned = decisions.rate_limit_windows == "epoch"
        standing = self._windows.take(self._bucket(endpoint, asked), aligned=aligned)
        if standing is None:
            return self._handle(endpoint, asked, entry, parts)
        return self._within(standing, endpoint, asked, entry, parts)

    def _refuse(
        self, caller: Caller, endpoint: Endpoint, parts: Mapping[str, str], asked: Asked
    ) -> Answer | None:
        decisions = self._workspace.decisions
        if endpoint.permission is not None:
            return self._access.refuse(caller, endpoint.permission, decisions)
        partner = self._workspace.cohorts.partner(parts["partner"])
        return self._access.refuse_partner(partner, peek(asked), caller.host, decisions)

    def _bucket(self, endpoint: Endpoint, asked: Asked) -> Bucket:
        if isinstance(endpoint.limit, Bucket):
            return endpoint.limit
        return endpoint.limit(peek(asked), self._settings.account)

    def _within(
        self,
        standing: Standing,
        endpoint: Endpoint,
        asked: Asked,
        entry: Entry,
        parts: Mapping[str, str],
    ) -> Answer:
        """Handle the request if the limit allows; the answer tells where the client stands."""
        decisions, account = self._workspace.decisions, self._settings.account
        if not standing.allowed:
            return rate_limited(standing, account, decisions)
        answer = self._handle(endpoint, asked, entry, parts)
        headers = within_limits(standing, account, decisions)
        return replace(answer, headers={**answer.headers, **headers})

    def _handle(
        self, endpoint: Endpoint, asked: Asked, entry: Entry, parts: Mapping[str, str]
    ) -> Answer:
        decisions = self._workspace.decisions
        too_large = _too_large(endpoint, asked, decisions)
        if too_large is not None:
            return refusal(too_large, "Request Entity Too Large", decisions)
        try:
            call = self._call(read_json(asked, decisions), parts, asked.query, entry)
            answer = endpoint.handle(call)
        except Broken as broken:
            entry.errors.extend(broken.errors)
            errors = {"errors": entry.errors} if entry.errors else {}
            content = {"message": broken.sentence, **errors}
            return Answer(status=broken.rule.status, content=content)
        if decisions.maintenance == "queued" and answer.status in _ACCEPTED:
            return replace(answer, status=202, content={"message": "queued"})
        return answer

    def apply_again(self, entry: Entry, body: bytes) -> None:
        """Do what an accepted request asks for, at once; its silent drops were counted then."""
        found = find_endpoint(entry.method, entry.path)
        if found is None:
            return
        endpoint, parts = found
        call = self._call(orjson.loads(body or b"{}"), parts, {}, entry)
        later, silent = Later(), self._workspace.silent.copy()
        with suppress(Broken):  # what it was about may be gone since it was accepted
            endpoint.handle(replace(call, settler=later))
        self._workspace.silent = silent
        later.run()

    def _call(
        self,
        body: Mapping[str, object],
        parts: Mapping[str, str],
        query: Mapping[str, Sequence[str]],
        entry: Entry,
    ) -> Call:
        return Call(
            body=body,
            parts=parts,
            query=query,
            entry=entry,
            workspace=self._workspace,
            settler=self._settler,
            exports=self._exports,
            account=self._settings.account,
            blocked_external_ids=self._settings.blocked_external_ids,
        )


def _too_large(endpoint: Endpoint, asked: Asked, decisions: Decisions) -> int | None:
    """The status for a body above the limit; None: it is not."""
    if endpoint.max_bytes is None:
        return int(decisions.body_too_large) if asked.body is None else None
    return 400 if asked.body is None or len(asked.body) > endpoint.max_bytes else None


def _caller(asked: Asked, decisions: Decisions) -> Caller:
    key: object = None
    if decisions.api_key_in_body == "accepted" and not asked.authorization:
        key = "".join(asked.query.get("api_key", ())) or peek(asked).get("api_key")
    return Caller(
        authorization=asked.authorization,
        host=asked.host.partition(":")[0].lower(),
        address=asked.address,
        unofficial_key=key if isinstance(key, str) else None,
    )


def peek(asked: Asked) -> dict[str, object]:
    """The body before it is known to be in order; empty when it is not."""
    try:
        return parse(asked)
    except Broken:
        return {}


def read_json(asked: Asked, decisions: Decisions) -> dict[str, object]:
    """The body of a request that says it is JSON; empty where none is needed and none came."""
    if not asked.body and asked.method in _WITHOUT_BODY:
        return {}
    declared = asked.content_type.partition(";")[0].strip().lower() == "application/json"
    if not declared and decisions.content_type == "required":
        raise Broken(RequestRule.BODY_NOT_DECLARED_JSON)
    return parse(asked)


def parse(asked: Asked) -> dict[str, object]:
    """The body as an object; any other JSON value holds nothing that is asked for."""
    try:
        body = orjson.loads(asked.body or b"")
    except orjson.JSONDecodeError:
        raise Broken(RequestRule.BODY_NOT_JSON) from None
    return body if isinstance(body, dict) else {}
