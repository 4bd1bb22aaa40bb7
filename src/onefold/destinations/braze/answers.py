"""What an answer of Braze's means, status by status."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import orjson

from onefold.destinations.braze.endpoints import endpoint
from onefold.destinations.braze.waits import asked_wait_s
from onefold.destinations.port import RefusedWhole
from onefold.destinations.request import Request
from onefold.destinations.retry import Setback
from onefold.errors import Final, KeyRejected, PermissionMissing
from onefold.model import Answer, RowRefusal

__all__ = ["Reply", "read_reply", "safe_text"]

MAX_NOTE_CHARACTERS = 300
NO_CATALOG = "catalog-not-found"
_WHOLE: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "`onefold plan --person` shows the exact JSON of a row",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "a proxy on the way may allow less than Braze's 4 MB",
}
_HINTS_OF_404 = {  # by whether it is a catalog that is not there
    True: "make the catalog in Braze's dashboard, with the fields of the query",
    False: "is rest_endpoint the REST host, not the dashboard's?",
}
_PERSONAL = re.compile(r"[^\s'\"<>()]+@[^\s'\"<>()]+|\+?\d[\d\s-]{7,}\d")
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY}

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: status, headers (names in any case), body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_reply(reply: Reply, request: Request, *, now: float, redact: Redact) -> Answer:
    """Read an answer to a request.

    Args:
        reply: the answer as it came.
        request: what was sent.
        now: seconds since the epoch, for waits that are given as a moment.
        redact: takes keys out of texts.

    Raises:
        Setback: this may pass: 429, 5xx, an answer that cannot be read.
        KeyRejected: 401.
        PermissionMissing: 403.
        RefusedWhole: 400 and 413, when no row is blamed.
        Final: the request is refused for another reason.
    """
    match reply.status:
        case status if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return _accepted(reply, request, redact)
        case HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = asked_wait_s(reply.headers, now)
            raise Setback("Braze's rate limit is used up", maybe_arrived=False, wait_s=wait_s)
        case HTTPStatus.BAD_REQUEST:
            return _bad_request(reply, request, redact)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
            raise Setback(f"Braze answered {status}", maybe_arrived=True)
        case _:
            raise _refusal(reply, request, redact)


def _accepted(reply: Reply, request: Request, redact: Redact) -> Answer:
    content = _content(reply.body)
    # Deletions are documented to answer with a number alone.
    if not isinstance(content.get("message"), str) and type(content.get("deleted")) is not int:
        # A proxy's page, or half an answer: to take it for a receipt would be a guess.
        raise Setback(f"an answer {reply.status} that is not Braze's", maybe_arrived=True)
    if request.reads:
        return Answer(status=reply.status, accepted=request.rows, content=reply.body)
    return _read(reply, content, request, redact)


def _bad_request(reply: Reply, request: Request, redact: Redact) -> Answer:
    """When every row has its own reason, these are the answer; else the request is refused.

    A 400 that counts rows as processed contradicts itself: then nobody knows of the others.
    """
    content = _content(reply.body)
    answer = _read(reply, content, request, redact)
    if request.rows and len(answer.refusals) == request.rows and not answer.note:
        return replace(answer, accepted=0, unknown=())
    if any(_processed(content, name) for name in request.arrays):
        return replace(answer, unknown=(range(request.rows),))
    raise _refusal(reply, request, redact)


def _read(reply: Reply, content: Mapping[str, Any], request: Request, redact: Redact) -> Answer:
    """Sort the errors to their rows, and hold what is left against the counters."""
    refusals, nameless = _refusals(content.get(request.errors_in), request)
    accepted, unknown = 0, []
    for name, span in _spans(request):
        expected = len(span) - sum(position in span for position in refusals)
        processed = _processed(content, name)
        if processed is None:  # nothing is counted: then an error that names no row is anybody's
            processed = 0 if nameless else expected
        accepted += min(processed, expected)
        if processed < expected:
            unknown.append(span)
    return Answer(
        status=reply.status,
        accepted=accepted,
        refusals=tuple(
            RowRefusal(position=position, reason=safe_text(reason, redact))
            for position, reason in sorted(refusals.items())
        ),
        unknown=tuple(unknown),
        note=_note(nameless, redact),
    )


def _spans(request: Request) -> Iterator[tuple[str, range]]:
    """Give each array's positions in the request."""
    offset = 0
    for name, count in request.arrays.items():
        yield name, range(offset, offset + count)
        offset += count


def _processed(content: Mapping[str, Any], array: str) -> int | None:
    """Give the counter of an array, or None when there is none."""
    found = content.get(f"{array}_processed")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _refusals(errors: Any, request: Request) -> tuple[dict[int, str], list[Any]]:
    """Sort a list of errors into reasons by position, and those whose shape nobody knows."""
    spans = {request.errors_call_it or name: span for name, span in _spans(request)}
    refusals: dict[int, str] = {}
    nameless: list[Any] = []
    for error in errors if isinstance(errors, list) else [errors] if errors else []:
        match error:
            case {"index": int(index), "input_array": str(array), "type": str(reason)} if (
                not isinstance(index, bool) and array in spans and 0 <= index < len(spans[array])
            ):
                position = spans[array][index]
                known = refusals.get(position)
                refusals[position] = f"{known}; {reason}" if known else reason
            case {"index": int(index)} if (
                request.errors_in != "errors"
                and not isinstance(index, bool)
                and 0 <= index < request.rows
            ):
                refusals[index] = _sentence(error)
            case _:
                nameless.append(error)
    return refusals, nameless


def _sentence(error: Mapping[str, Any]) -> str:
    """Give what an error says, under whatever key: the documentation names none."""
    texts = [value for value in error.values() if isinstance(value, str)]
    return "; ".join(texts) or "refused"


def _note(nameless: list[Any], redact: Redact) -> str:
    """Tell of errors that name no row: sentences as they are, of other shapes their keys alone."""
    if not nameless:
        return ""
    told = dict.fromkeys(safe_text(_shape(error), redact) for error in nameless)
    text = f"{len(nameless)} errors name no row: {'; '.join(told)}"
    return text[:MAX_NOTE_CHARACTERS]


def _shape(error: Any) -> str:
    match error:
        case str():
            return error
        case {"type": str(reason)}:
            return reason
        case dict():
            return f"an object of {', '.join(map(str, error)) or 'nothing'}"
        case _:
            return f"a {type(error).__name__}"


def safe_text(text: str, redact: Redact) -> str:
    """Take keys and what may be somebody's address or number out of a text of Braze's."""
    return _PERSONAL.sub("***", redact(text))[:MAX_NOTE_CHARACTERS]


def _refusal(reply: Reply, request: Request, redact: Redact) -> Final:
    content = _content(reply.body)
    said = content.get("message")
    told = safe_text(said, redact) if isinstance(said, str) and said else "no message"
    reasons = _reasons(content.get("errors"))
    message = f"Braze answered {reply.status}: {told}" + "".join(
        f"; {safe_text(sentence, redact)} ({safe_text(name, redact)})"
        for name, sentence in reasons.items()
    )
    if reply.status in _WHOLE:
        return RefusedWhole(message, hint=_WHOLE[reply.status])
    match reply.status:
        case HTTPStatus.UNAUTHORIZED:
            return KeyRejected(
                message,
                hint="the key is wrong, or belongs to another instance: the dashboard's address "
                "shows the instance. Ask: onefold credentials test",
            )
        case HTTPStatus.FORBIDDEN:
            return PermissionMissing(
                message,
                hint=f"{_needed(request)}; permissions of a key cannot be changed, so make a new "
                "key. If it has it: is the account active, and this machine on the key's IP "
                "allowlist? Ask: onefold credentials test",
            )
        case HTTPStatus.NOT_FOUND:
            return Final(message, hint=_HINTS_OF_404[NO_CATALOG in reasons])
        case status if status < HTTPStatus.BAD_REQUEST:
            return Final(message, hint="the endpoint redirects: write the address it points to")
        case _:
            return Final(message, hint="`onefold plan --person` shows the exact JSON of a row")


def _reasons(errors: Any) -> dict[str, str]:
    """Give the sentences of errors that have names, as those of catalogs have, each name once.

    Which rows they are about is left out: whole requests are refused alike for a like reason.
    """
    named = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return {str(one["id"]): str(one["message"]) for one in named if {"id", "message"} <= one.keys()}


def _needed(request: Request) -> str:
    permission = endpoint(request.method, request.path).permission
    if not permission:
        return f"the keys for {request.path} must be those of this workspace"
    return f"the key needs the permission {permission}"


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
