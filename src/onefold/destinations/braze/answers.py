"""What an answer of `/users/track` means, status by status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from onefold.destinations.braze.waits import asked_wait_s
from onefold.destinations.retry import Setback
from onefold.errors import Final, KeyRejected, PermissionMissing
from onefold.model import Answer, RowRefusal

__all__ = ["Reply", "read_reply"]

ARRAY = "attributes"
MAX_NOTE_CHARACTERS = 300
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY}

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: status, headers (names in any case), body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_reply(reply: Reply, rows: int, *, now: float, redact: Redact) -> Answer:
    """Read an answer to a request of so many rows.

    Args:
        reply: the answer as it came.
        rows: how many objects the request held.
        now: seconds since the epoch, for waits that are given as a moment.
        redact: takes the key out of texts.

    Raises:
        Setback: this may pass: 429, 5xx, an answer that cannot be read.
        KeyRejected: 401.
        PermissionMissing: 403.
        Final: the request as a whole is refused.
    """
    match reply.status:
        case status if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return _accepted(reply, rows, redact)
        case HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = asked_wait_s(reply.headers, now)
            raise Setback("Braze's rate limit is used up", maybe_arrived=False, wait_s=wait_s)
        case HTTPStatus.BAD_REQUEST:
            return _bad_request(reply, rows, redact)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
            raise Setback(f"Braze answered {status}", maybe_arrived=True)
        case _:
            raise _refusal(reply, redact)


def _accepted(reply: Reply, rows: int, redact: Redact) -> Answer:
    content = _content(reply.body)
    if not isinstance(content.get("message"), str):
        # A proxy's page, or half an answer: to take it for a receipt would be a guess.
        raise Setback(f"an answer {reply.status} that is not Braze's", maybe_arrived=True)
    refusals, unknown = _refusals(content.get("errors"), rows)
    processed = content.get(f"{ARRAY}_processed")
    return Answer(
        status=reply.status,
        accepted=processed if isinstance(processed, int) else rows - len(refusals),
        refusals=_redacted(refusals, redact),
        note=_note(unknown, redact),
    )


def _bad_request(reply: Reply, rows: int, redact: Redact) -> Answer:
    """When every row has its own reason, these are the answer; else the request is refused."""
    refusals, unknown = _refusals(_content(reply.body).get("errors"), rows)
    if rows and len(refusals) == rows and not unknown:
        return Answer(status=reply.status, accepted=0, refusals=_redacted(refusals, redact))
    raise _refusal(reply, redact)


def _refusals(errors: Any, rows: int) -> tuple[dict[int, str], list[str]]:
    """Sort a list of errors into reasons by position, and those whose shape nobody knows."""
    refusals: dict[int, str] = {}
    unknown: list[str] = []
    for error in errors if isinstance(errors, list) else [errors] if errors else []:
        match error:
            case {"index": int(index), "input_array": "attributes", "type": str(reason)} if (
                not isinstance(index, bool) and 0 <= index < rows
            ):
                known = refusals.get(index)
                refusals[index] = f"{known}; {reason}" if known else reason
            case _:
                unknown.append(error if isinstance(error, str) else orjson.dumps(error).decode())
    return refusals, unknown


def _redacted(refusals: Mapping[int, str], redact: Redact) -> tuple[RowRefusal, ...]:
    return tuple(
        RowRefusal(position=position, reason=redact(reason))
        for position, reason in sorted(refusals.items())
    )


def _note(unknown: list[str], redact: Redact) -> str:
    if not unknown:
        return ""
    return redact(f"{len(unknown)} errors name no row: {'; '.join(unknown)}")[:MAX_NOTE_CHARACTERS]


def _refusal(reply: Reply, redact: Redact) -> Final:
    content = _content(reply.body)
    said = redact(str(content.get("message") or "no message"))[:MAX_NOTE_CHARACTERS]
    message = f"Braze answered {reply.status}: {said}"
    match reply.status:
        case HTTPStatus.UNAUTHORIZED:
            return KeyRejected(
                message,
                hint="the key is wrong, or belongs to another instance: "
                "the dashboard's address shows the instance",
            )
        case HTTPStatus.FORBIDDEN:
            return PermissionMissing(
                message,
                hint="the key needs the permission users.track; permissions of a key "
                "cannot be changed, so make a new key. If it has it: is the account active, "
                "and this machine on the key's IP allowlist?",
            )
        case HTTPStatus.NOT_FOUND:
            return Final(message, hint="is rest_endpoint the REST host, not the dashboard's?")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Final(message, hint="a proxy on the way may allow less than Braze's 4 MB")
        case status if status < HTTPStatus.BAD_REQUEST:
            return Final(message, hint="the endpoint redirects: write the address it points to")
        case _:
            return Final(message, hint="`onefold plan --person` shows the exact JSON of a row")


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
