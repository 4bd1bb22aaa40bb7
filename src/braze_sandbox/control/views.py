"""What can be looked at: profiles, requests, counts, costs, limits."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import orjson

from braze_sandbox import __version__
from braze_sandbox.control.replies import Routes, Unfit, stream
from braze_sandbox.data_points import Charge
from braze_sandbox.openapi import openapi
from braze_sandbox.profiles import Profile
from braze_sandbox.request_log import Entry, RequestLog, by_rule, per_array
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.showing import custom_attributes, show_aliases, show_tallies
from braze_sandbox.standard_fields import STANDARD_FIELDS
from braze_sandbox.times import show_time
from braze_sandbox.values import TYPE_NAMES, show
from braze_sandbox.web import Answer, Exchange

_OWN_KEYS = frozenset({"subscription_groups", "push_tokens"})
_ATTRIBUTES = STANDARD_FIELDS.keys() - _OWN_KEYS


async def _about(exchange: Exchange, sandbox: Sandbox) -> None:
    settings, access = sandbox.settings, sandbox.access
    instance = access.instance
    content = {
        "version": __version__,
        "mode": settings.mode.value,
        "instance": None if instance is None else asdict(instance),
        "contract": settings.account.contract.value,
        "onboarded": settings.account.onboarded,
        "active": access.active,
    }
    await exchange.answer(Answer(status=200, content=content))


async def _state(exchange: Exchange, sandbox: Sandbox) -> None:
    await stream(exchange, "users", map(show_profile, sandbox.workspace.profiles))


async def _requests(exchange: Exchange, sandbox: Sandbox) -> None:
    bodies = exchange.query.get("bodies") == "1"
    entries = _chosen(exchange.query, sandbox.log)
    await stream(exchange, "requests", (show_entry(entry, bodies=bodies) for entry in entries))


async def _summary(exchange: Exchange, sandbox: Sandbox) -> None:
    log, workspace = sandbox.log, sandbox.workspace
    content = {
        "mode": sandbox.settings.mode.value,
        "users": len(workspace.profiles),
        "requests": log.count,
        "requests_by_path": log.by_path,
        "unanswered": log.unanswered,
        "objects": per_array(log.objects),
        "accepted": per_array(log.accepted),
        "refused_objects": log.objects.total() - log.accepted.total(),
        "silent": by_rule(workspace.silent.items()),
        "data_points": workspace.ledger.total.data_points,
        "data_points_unchanged": workspace.ledger.total.unchanged,
        "unsettled_requests": len(sandbox.settler),
    }
    await exchange.answer(Answer(status=200, content=content))


async def _data_points(exchange: Exchange, sandbox: Sandbox) -> None:
    ledger = sandbox.workspace.ledger
    content: dict[str, object] = {
        "total": ledger.total.data_points,
        "unchanged": ledger.total.unchanged,
        "by_key": [
            {
                "kind": kind,
                "key": key,
                "data_points": cost.data_points,
                "unchanged": cost.unchanged,
            }
            for kind, key, cost in ledger.by_key()
        ],
    }
    if exchange.query.get("entries") == "1":
        content["entries"] = [_show_charge(charge) for charge in ledger.entries()]
    await exchange.answer(Answer(status=200, content=content))


async def _limits(exchange: Exchange, sandbox: Sandbox) -> None:
    aligned = sandbox.workspace.decisions.rate_limit_windows == "epoch"
    shown = [
        {
            "bucket": bucket.id,
            "requests": window.limit.requests,
            "seconds": window.limit.seconds,
            "used": window.used,
            "resets_at": window.ends,
        }
        for bucket, window in sandbox.windows.show(aligned=aligned)
    ]
    await exchange.answer(Answer(status=200, content={"limits": shown}))


async def _openapi(exchange: Exchange, _: Sandbox) -> None:
    await exchange.answer(Answer(status=200, content=openapi()))


VIEWS: Routes = {
    ("GET", ""): _about,
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("GET", "summary"): _summary,
    ("GET", "data-points"): _data_points,
    ("GET", "limits"): _limits,
    ("GET", "openapi.json"): _openapi,
}
"""What can be looked at."""


def show_profile(profile: Profile) -> dict[str, object]:
    """Everything there is to see of a user."""
    values = profile.values
    return {
        "external_id": profile.external_id,
        "braze_id": profile.braze_id,
        "user_aliases": show_aliases(profile.aliases),
        "deprecated_ids": list(profile.deprecated_ids),
        "attributes": {k: show(v) for k, v in values.items() if k in _ATTRIBUTES},
        "custom_attributes": custom_attributes(profile),
        "custom_attribute_types": {
            k: TYPE_NAMES[type(v)] for k, v in values.items() if k not in STANDARD_FIELDS
        },
        "custom_events": show_tallies("name", profile.events),
        "purchases": show_tallies("product_id", profile.purchases),
        "total_revenue": profile.revenue,
        "subscription_groups": values.get("subscription_groups", {}),
        "push_tokens": values.get("push_tokens", []),
    }


def _chosen(query: Mapping[str, str], log: RequestLog) -> Iterator[Entry]:
    """One request by its number, the last ones, or all."""
    for key in ("number", "last"):
        if key in query and not query[key].isdecimal():
            raise Unfit(f"Not a whole number: {key}")
    if "number" in query:
        return log.numbered(int(query["number"]))
    return log.entries(int(query["last"])) if "last" in query else log.entries()


def show_entry(entry: Entry, *, bodies: bool) -> dict[str, object]:
    """Everything there is to see of a request."""
    shown: dict[str, object] = {
        "number": entry.number,
        "at": show_time(entry.at),
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "answered": entry.answered,
        "faults": entry.faults,
        "body_bytes": entry.body_bytes,
        "objects": per_array(entry.objects),
        "accepted": per_array(entry.accepted),
        "message": entry.message,
        "errors": entry.errors,
        "silent": by_rule(entry.silent.items()),
        "data_points": entry.cost.data_points,
        "data_points_unchanged": entry.cost.unchanged,
    }
    return shown | {"body": _show_body(entry.body)} if bodies else shown


def _show_body(body: bytes | None) -> object:
    """The JSON as it was sent, or text when it is none."""
    try:
        orjson.loads(body or b"null")
    except orjson.JSONDecodeError:
        return (body or b"").decode("utf-8", "replace")
    return orjson.Fragment(body or b"null")


def _show_charge(charge: Charge) -> dict[str, object]:
    return {
        "request": charge.request,
        "braze_id": f"{charge.user:024x}",
        "kind": charge.kind,
        "key": charge.key,
        "data_points": charge.data_points,
        "changed": charge.changed,
    }
