"""Whatever is wanted, and whatever goes wrong on the way: in the end Braze holds what is wanted.

Each example sends a sequence of wishes through the real outbox into the real sandbox, with faults.
The sandbox applies what it took a little later and in another order; some wishes come before it
did. Once the faults end, the last wish is sent again. What the sandbox then holds is compared with
the wish itself, in plain Python; and where nothing went wrong, its count of data points with ours.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.journey.braze import Sandbox, running
from tests.properties.sending import Workspace

Person = Mapping[str, Any]
Wish = Mapping[str, Person]

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "6"))  # `make soak` asks for many more
BLOCKED = "dummy"  # an external_id that the sandbox refuses: a row with its own error
BAD = "no address"  # a value that onefold refuses: the other fields of the row go
ORDERS = {"o1": "ada", "o2": "bea", "o3": "cem", "o4": "ada", "o5": BLOCKED}  # who placed which
NAMES = {"first_name": "first_name", "email": "email", "points": "points", "tier": "Loyalty Tier"}

people = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from([None, "Ada", "Bea"]),
        "email": st.sampled_from([None, "ada@example.org", BAD]),
        "points": st.sampled_from([None, 0, 7]),
        "tier": st.sampled_from([None, "gold", "silver"]),
    }
)
wishes = st.dictionaries(st.sampled_from(["ada", "bea", "cem", BLOCKED]), people, max_size=4)
faults = st.sampled_from(
    [
        {"kind": "drop", "when": "after", "next": 1},
        {"kind": "drop", "when": "before", "next": 2},
        {"kind": "drop", "when": "after"},
        {"kind": "truncate", "next": 1},
        {"kind": "status", "status": 503, "next": 2},
        {"kind": "status", "status": 500, "when": "after", "next": 1},
        {"kind": "status", "status": 500, "when": "after"},
        {"kind": "rate_limited", "retry_after_s": 1, "next": 2},
        {"kind": "plain_errors"},
        {"kind": "slow", "ms": 5},
    ]
)
SETTLED, AT_ONCE = 10, 1  # minutes until the next wish: after Braze applied all, or before
steps = st.lists(
    st.tuples(
        wishes,
        st.sets(st.sampled_from(sorted(ORDERS))),
        st.lists(faults, max_size=2),
        st.sampled_from([SETTLED, AT_ONCE]),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    shuffled = ("--settle-ms", "0,300", "--decide", "settle_order=shuffled")
    with running("--limit", "none", "--block-external-id", BLOCKED, *shuffled) as started:
        yield started


@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink one takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_braze_ends_with_what_is_wanted(sandbox: Sandbox, steps: list[Any]) -> None:
    sandbox.call("reset", {})
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.made(Path(folder), sandbox.url)
        orders: dict[str, str] = {}
        for wish, placed, wrong, minutes in steps:
            orders |= {order: ORDERS[order] for order in sorted(placed)}
            for fault in wrong:
                sandbox.fault(**fault)
            workspace.send(wish, orders)
            sandbox.heal()
            _pass(sandbox, workspace, minutes)
        last = steps[-1][0]
        _pass(sandbox, workspace, SETTLED)
        assert workspace.send(last, orders)
        _pass(sandbox, workspace, SETTLED)
        points = sandbox.summary()["data_points"]
        assert workspace.send(last, orders)
        _pass(sandbox, workspace, SETTLED)
        assert sandbox.summary()["data_points"] == points  # nothing is bought twice
        calm = not any(wrong for _, _, wrong, _ in steps)
        if calm and "o5" not in orders and not any(BLOCKED in wish for wish, *_ in steps):
            assert workspace.planned_points == points
        _check_events(sandbox, workspace, {one for one in orders if one != "o5"}, calm=calm)
        workspace.close()
    assert _held(sandbox, last) == _wanted(last)


def _check_events(sandbox: Sandbox, workspace: Workspace, orders: set[str], *, calm: bool) -> None:
    """None is doubled; each one arrived, or is listed as one of which nobody knows."""
    counts = {
        event["name"]: event["count"]
        for user in sandbox.call("state")["users"]
        for event in user["custom_events"]
    }
    known, unknown = workspace.known_events(but_of=BLOCKED)
    assert set(counts.values()) <= {1}
    assert counts.keys() <= orders
    assert known + unknown == len(orders)
    assert len(orders - counts.keys()) <= unknown
    if calm:
        assert unknown == 0


def _pass(sandbox: Sandbox, workspace: Workspace, minutes: int) -> None:
    """Let time pass: of what is settled by then, the sandbox has applied everything."""
    workspace.wait(minutes)
    while minutes == SETTLED and sandbox.summary()["unsettled_requests"]:
        time.sleep(0.01)


def _held(sandbox: Sandbox, wish: Wish) -> dict[str, dict[str, Any]]:
    """What the sandbox holds; a field whose wish is refused keeps what was there before."""
    found = {}
    for name, fields in sandbox.profiles().items():
        refused = {"email"} if wish.get(name, {}).get("email") == BAD else set()
        held = {field: value for field, (_, value) in fields.items() if field not in refused}
        if held:
            found[name] = held
    return found


def _wanted(wish: Wish) -> dict[str, dict[str, Any]]:
    """What Braze should hold, by the wish alone: no value, no bad value, nobody who is blocked."""
    found = {}
    for name, person in wish.items():
        fields = {NAMES[key]: v for key, v in person.items() if v is not None and v != BAD}
        if fields and name != BLOCKED:
            found[name] = fields
    return found
