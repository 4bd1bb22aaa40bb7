"""Does a connection work, and if not, why? Asked with requests that change nothing at Braze.

Why they are harmless: `/users/track` and the other writing addresses get an empty list, which
holds nobody to write and is refused only after key and permission were looked at; exports read,
and ask for an id that nobody has. None of them costs a data point, and addresses that delete are
never asked.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson

from onefold.destinations.braze.answers import safe_text
from onefold.destinations.braze.keys import Keys, PartnerKeys
from onefold.destinations.braze.waits import Standing, standing
from onefold.destinations.clock import Clock
from onefold.destinations.request import Request
from onefold.model import ObjectKind, Secret

__all__ = [
    "PARTNER_KEYS",
    "READS",
    "Probe",
    "Probed",
    "Verdict",
    "ask",
    "find_instance",
    "object_permissions",
    "probe_of",
    "probe_of_partner",
]

TIMEOUT_S = 15.0


class Verdict(StrEnum):
    """What an answer, or the lack of one, says of a connection."""

    ALLOWED = "allowed"
    KEY_REJECTED = "key_rejected"  # wrong key, or another instance's
    DENIED = "denied"  # the key lacks the permission, or this address is not on its allowlist
    IP_BLOCKED = "ip_blocked"
    INACTIVE = "inactive"  # the account's plan is not in order
    NOT_BRAZE = "not_braze"  # something else answers there
    LIMITED = "limited"
    FAILING = "failing"  # 5xx
    UNKNOWN_HOST = "unknown_host"
    TLS = "tls"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"

    @property
    def answered(self) -> bool:
        """Whether Braze itself said it, having looked at the key."""
        return self in {
            Verdict.ALLOWED,
            Verdict.KEY_REJECTED,
            Verdict.DENIED,
            Verdict.IP_BLOCKED,
            Verdict.INACTIVE,
            Verdict.LIMITED,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A harmless request that shows whether a key may do something.

    Attributes:
        permission: what it shows.
        method: the HTTP method.
        path: the address.
        content: the body, or None.
    """

    permission: str
    method: str = "POST"
    path: str
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Probed:
    """What came of a probe.

    Attributes:
        permission: what was asked for.
        path: the address.
        verdict: what the answer says.
        status: the HTTP status, or None when nothing answered.
        message: what was answered, without key and personal data; or what broke.
        standing: the rate limit as the headers tell it.
        latency_ms: time until the answer.
    """

    permission: str
    path: str
    verdict: Verdict
    status: int | None = None
    message: str = ""
    standing: Standing | None = None
    latency_ms: int = 0


_LISTS = {
    "users.track": ("/users/track", "attributes"),
    "users.alias.new": ("/users/alias/new", "user_aliases"),
    "users.alias.update": ("/users/alias/update", "alias_updates"),
    "users.identify": ("/users/identify", "aliases_to_identify"),
    "users.merge": ("/users/merge", "merge_updates"),
    "users.external_ids.rename": ("/users/external_ids/rename", "external_id_renames"),
    "subscription.status.set": ("/v2/subscription/status/set", "subscription_groups"),
}
_ITEMS = {
    "catalogs.add_items": "POST",
    "catalogs.update_items": "PATCH",
    "catalogs.replace_items": "PUT",
    "catalogs.delete_items": "DELETE",
}

PARTNER_KEYS = "partner keys"
"""What cohorts take in place of a permission of the REST key."""

_TAKEN: Mapping[ObjectKind, tuple[str, ...]] = {
    ObjectKind.ATTRIBUTES: ("users.track",),
    ObjectKind.EVENTS: ("users.track",),
    ObjectKind.PURCHASES: ("users.track",),
    ObjectKind.COHORTS: (PARTNER_KEYS,),
    ObjectKind.SUBSCRIPTION_GROUPS: ("subscription.status.set",),
    ObjectKind.CATALOG: ("catalogs.replace_items", "catalogs.update_items"),
}

READS = (
    Probe(permission="segments.list", method="GET", path="/segments/list"),
    Probe(permission="events.list", method="GET", path="/events/list"),
    Probe(permission="catalogs.get", method="GET", path="/catalogs"),
)
"""Reads that tell a key without permissions from an address that is not on its allowlist."""


def object_permissions(kind: ObjectKind, *, clears: bool) -> tuple[str, ...]:
    """Give what it takes to send a kind of object; items that leave are deleted if it `clears`."""
    deletes = kind is ObjectKind.CATALOG and clears
    return (*_TAKEN[kind], *(("catalogs.delete_items",) if deletes else ()))


def probe_of_partner(partner: str, *, nobody: str) -> Probe:
    """Give the probe for a partner's two keys: a change of a cohort without any change."""
    content = {"cohort_id": nobody, "cohort_changes": []}
    path = f"/partners/{partner}/cohorts/users"
    return Probe(permission=PARTNER_KEYS, path=path, content=content)


def probe_of(permission: str, *, nobody: str) -> Probe | None:
    """Give the probe for a permission, or None when there is no harmless one.

    Args:
        permission: as Braze calls it.
        nobody: a name that no user and no catalog has.
    """
    if permission in _LISTS:
        path, array = _LISTS[permission]
        return Probe(permission=permission, path=path, content={array: []})
    if permission in _ITEMS:
        return Probe(
            permission=permission,
            method=_ITEMS[permission],
            path=f"/catalogs/{nobody}/items",
            content={"items": []},
        )
    if permission == "users.export.ids":
        return Probe(
            permission=permission,
            path="/users/export/ids",
            content={"external_ids": [nobody], "fields_to_export": ["external_id"]},
        )
    return None


async def ask(
    endpoint: str,
    secret: Secret,
    probes: Sequence[Probe],
    clock: Clock,
    partner: PartnerKeys | None = None,
) -> list[Probed]:
    """Ask one probe after the other; after a first one that nobody answered, no more."""
    found: list[Probed] = []
    keys = Keys(secret, partner)
    headers = {"Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        for probe in probes:
            found.append(await _ask(session, endpoint, probe, keys, clock))
            if not found[-1].verdict.answered:
                break
    return found


async def find_instance(
    instances: Mapping[str, str], secret: Secret, clock: Clock, *, nobody: str
) -> str | None:
    """Give the instance that knows a key, or None when none does. The key goes to each of them."""
    probe = probe_of("users.track", nobody=nobody)
    for name, endpoint in instances.items():
        (probed,) = await ask(endpoint, secret, [probe] if probe else [], clock)
        if probed.verdict.answered and probed.verdict is not Verdict.KEY_REJECTED:
            return name
    return None


async def _ask(
    session: aiohttp.ClientSession, endpoint: str, probe: Probe, keys: Keys, clock: Clock
) -> Probed:
    began = clock.monotonic()
    body = b"" if probe.content is None else orjson.dumps(probe.content)
    headers, signed = keys.signed(
        Request(method=probe.method, path=probe.path, body=body, arrays={})
    )
    url = f"{endpoint.rstrip('/')}{probe.path}"
    probed = partial(Probed, permission=probe.permission, path=probe.path)
    try:
        async with session.request(
            probe.method, url, data=signed or None, headers=headers, allow_redirects=False
        ) as response:
            content = await response.read()
            status, told_headers = response.status, response.headers
    except (aiohttp.ClientError, TimeoutError) as error:
        verdict = _broken(error)
        told = keys.redact(str(error)) or type(error).__name__
        return probed(verdict=verdict, message=told)
    message = _message(content)
    return probed(
        verdict=_verdict(status, message),
        status=status,
        message=safe_text(message or "", keys.redact),
        standing=standing(told_headers, clock.now()),
        latency_ms=round((clock.monotonic() - began) * 1_000),
    )


def _broken(error: Exception) -> Verdict:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Verdict.UNKNOWN_HOST
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return Verdict.TLS
        case TimeoutError():
            return Verdict.TIMEOUT
        case _:
            return Verdict.UNREACHABLE


def _message(content: bytes) -> str | None:
    """Give the message of an answer, or None when it is not one of Braze's."""
    try:
        read = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    message = read.get("message") if isinstance(read, dict) else None
    return message if isinstance(message, str) else None


_BY_STATUS: Mapping[int, Verdict] = {
    HTTPStatus.UNAUTHORIZED: Verdict.KEY_REJECTED,
    HTTPStatus.TOO_MANY_REQUESTS: Verdict.LIMITED,
}


def _verdict(status: int, message: str | None) -> Verdict:
    """Read a status; a 400 with a message of Braze's came from behind the gates."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.FAILING
    told = (message or "").casefold()
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(told)
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    nowhere = status == HTTPStatus.NOT_FOUND and told in {"not found", "invalid url"}
    return Verdict.NOT_BRAZE if not told or redirected or nowhere else Verdict.ALLOWED


def _forbidden(message: str) -> Verdict:
    words = set(message.replace("-", " ").replace(".", " ").split())
    if words & {"ip", "allowlist", "whitelist", "allowlisted", "whitelisted"}:
        return Verdict.IP_BLOCKED
    return Verdict.INACTIVE if "forbidden" in words else Verdict.DENIED
