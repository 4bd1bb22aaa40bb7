"""Do errors land on the rows that caused them? Prints JSON: `python -m benchmarks.receipts [N]`.

Objects with errors of every documented kind stand at random places among good ones, in all three
arrays of `/users/track`. The sandbox refuses them, in a process of its own; what is compared is
which rows onefold's receipts then call refused.
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from onefold.app import start_sandbox
from onefold.destinations import BrazeSettings, Request, Sender, SystemClock, open_destination

SANDBOX_OPTIONS = ("--port", "0", "--limit", "none", "--block-external-id", "dummy")
OBJECTS = 75
SHARE = 0.12  # of objects with an error
AT_ONCE = 16
NOW = "2026-01-05T09:30:00Z"
PURCHASE = {"product_id": "sku", "currency": "EUR", "price": 9.5, "time": NOW}
EVENT = {"name": "seen", "time": NOW}
GROUP = {"subscription_group_id": "1f6e0f9e-0000-4000-8000-000000000000"}

Object = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """An error: the object that has it, by its identifier, and a word of what Braze says."""

    array: str
    spoilt: Callable[[str], Object]
    says: str = ""


def _without(base: Mapping[str, Any], key: str) -> Callable[[str], Object]:
    return lambda who: {
        "external_id": who,
        **{name: value for name, value in base.items() if name != key},
    }


def _with(base: Mapping[str, Any], **spoilt: Any) -> Callable[[str], Object]:
    return lambda who: {"external_id": who, **base, **spoilt}


KINDS: Mapping[str, Kind] = {
    "no identifier": Kind("attributes", lambda _: {"n": 1}, "is required"),
    "two identifiers": Kind(
        "attributes", lambda who: {"external_id": who, "braze_id": "b", "n": 1}, "only one of"
    ),
    "long external_id": Kind(
        "attributes", lambda who: {"external_id": who.ljust(988, "x")}, "988 bytes"
    ),
    "blocked external_id": Kind("attributes", lambda _: {"external_id": "dummy", "n": 1}, "black"),
    "bad email": Kind("attributes", _with({}, email="nobody"), "valid email"),
    "bad email_subscribe": Kind("attributes", _with({}, email_subscribe="maybe"), "must be"),
    "bad push_subscribe": Kind("attributes", _with({}, push_subscribe="maybe"), "must be"),
    "bad location": Kind("attributes", _with({}, current_location={"longitude": "x"})),
    "groups no array": Kind("attributes", _with({}, subscription_groups="all")),
    "group no object": Kind("attributes", _with({}, subscription_groups=["all"])),
    "group without id": Kind(
        "attributes", _with({}, subscription_groups=[{"subscription_state": "subscribed"}])
    ),
    "bad group state": Kind(
        "attributes", _with({}, subscription_groups=[{**GROUP, "subscription_state": "maybe"}])
    ),
    "forbidden field": Kind("attributes", _with({}, email_subscription_info={"a": 1})),
    "bad push tokens": Kind("attributes", _with({}, push_tokens="token")),
    "event: no identifier": Kind("events", lambda _: dict(EVENT), "is required"),
    "event: no name": Kind("events", _without(EVENT, "name")),
    "event: no time": Kind("events", _without(EVENT, "time")),
    "event: reserved property": Kind("events", _with(EVENT, properties={"event_name": "x"})),
    "purchase: no identifier": Kind("purchases", lambda _: dict(PURCHASE), "is required"),
    "purchase: no product": Kind("purchases", _without(PURCHASE, "product_id")),
    "purchase: no currency": Kind("purchases", _without(PURCHASE, "currency")),
    "purchase: no price": Kind("purchases", _without(PURCHASE, "price")),
    "purchase: quantity": Kind("purchases", _with(PURCHASE, quantity=101), "'quantity'"),
    "purchase: reserved property": Kind("purchases", _with(PURCHASE, properties={"time": "x"})),
}
GOOD: Mapping[str, Mapping[str, Any]] = {
    "attributes": {"first_name": "Ada", "n": 1},
    "events": EVENT,
    "purchases": PURCHASE,
}


@dataclass(frozen=True)
class Case:
    """A request, and the kind of error at each spoilt position."""

    request: Request
    spoilt: Mapping[int, str]


def cases(errors: int, random: Random) -> list[Case]:
    """Make requests with so many errors in all."""
    made: list[Case] = []
    left, number = errors, 0
    while left > 0:
        arrays: dict[str, list[Object]] = {name: [] for name in GOOD}
        kinds: dict[str, list[str]] = {name: [] for name in GOOD}
        for _ in range(OBJECTS):
            number += 1
            spoil = left > 0 and random.random() < SHARE
            kind = random.choice(list(KINDS)) if spoil else ""
            array = KINDS[kind].array if kind else random.choice(list(GOOD))
            who = f"p{number}"
            one = KINDS[kind].spoilt(who) if kind else {"external_id": who, **GOOD[array]}
            arrays[array].append(one)
            kinds[array].append(kind)
            left -= spoil
        present = {name: objects for name, objects in arrays.items() if objects}
        placed = [kind for name in present for kind in kinds[name]]
        request = Request(
            path="/users/track",
            body=json.dumps(present).encode(),
            arrays={name: len(objects) for name, objects in present.items()},
            repeatable=False,
        )
        made.append(Case(request, {at: kind for at, kind in enumerate(placed) if kind}))
    return made


async def measure(url: str, errors: int, *, seed: int) -> dict[str, Any]:
    """Send them all, and count the rows that are called what they are not."""
    given = cases(errors, Random(seed))
    settings = BrazeSettings(endpoint=url, workspace="bench")
    destination = open_destination("braze", settings, "sandbox-key")
    found: Counter[str] = Counter()
    waiting = iter(given)
    began = time.perf_counter()
    async with destination.sender(clock=SystemClock(), seed=seed) as sender:
        await asyncio.gather(*(_work(sender, waiting, found) for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - began
    return {
        "requests": len(given),
        "objects": sum(case.request.rows for case in given),
        "errors_injected": sum(len(case.spoilt) for case in given),
        "kinds": len({kind for case in given for kind in case.spoilt.values()}),
        "on_the_right_row": found["right"],
        "on_a_wrong_row": found["wrong"],
        "missed": found["missed"],
        "another_reason": found["another reason"],
        "rows_unknown": found["unknown"],
        "seconds": round(seconds, 2),
    }


async def _work(sender: Sender, waiting: Any, found: Counter[str]) -> None:
    for case in waiting:
        answer = await sender.send(case.request)
        told = {one.position: one.reason for one in answer.refusals}
        found["unknown"] += sum(len(span) for span in answer.unknown)
        found["right"] += len(told.keys() & case.spoilt.keys())
        found["wrong"] += len(told.keys() - case.spoilt.keys())
        found["missed"] += len(case.spoilt.keys() - told.keys())
        found["another reason"] += sum(
            KINDS[case.spoilt[position]].says not in reason
            for position, reason in told.items()
            if position in case.spoilt
        )


def main() -> None:
    errors = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    sandbox = start_sandbox(SANDBOX_OPTIONS)
    try:
        report = asyncio.run(measure(sandbox.url, errors, seed=7))
    finally:
        sandbox.stop()
    command = f"python -m benchmarks.receipts {errors}"
    print(json.dumps({"command": command, "machine": platform.platform(), **report}, indent=1))


if __name__ == "__main__":
    main()
