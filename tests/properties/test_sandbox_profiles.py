"""Whatever valid updates are sent, the profile holds what a plain dictionary would."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braze_sandbox.api import Asked
from braze_sandbox.clock import moment
from braze_sandbox.config import Settings
from braze_sandbox.control import show_profile
from braze_sandbox.sandbox import Sandbox

NOON = 1_767_614_400.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MS = (datetime(1, 1, 2, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
LAST_MS = (datetime(3000, 12, 30, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)

scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text('aZé中😀 \n"\\.$', max_size=20).map(lambda text: f"x{text}"),
)
arrays = st.lists(st.text("abc", min_size=1, max_size=2), max_size=6)
increments = st.integers(-100, 100).map(lambda n: {"inc": n})
edits = st.fixed_dictionaries({"add": arrays, "remove": arrays})
updates = st.fixed_dictionaries(
    {"external_id": st.sampled_from(["ada", "eve"])},
    optional={
        "first_name": st.one_of(st.none(), st.text("abc ", max_size=9)),
        "Any": st.one_of(st.none(), scalars, arrays),
        "count": st.one_of(st.none(), st.integers(0, 9), increments),
        "list": st.one_of(st.none(), arrays, edits),
    },
)
requests = st.lists(st.lists(updates, min_size=1, max_size=5), max_size=8)


def unique(values: list[Any]) -> list[Any]:
    """Each value once, where it is last."""
    return [value for index, value in enumerate(values) if value not in values[index + 1 :]]


def expected(old: Any, sent: Any) -> Any:
    match sent:
        case {"inc": by}:
            return (old or 0) + by
        case {"add": added, "remove": removed}:
            return [value for value in unique((old or []) + added) if value not in removed]
        case list():
            return unique(sent)
        case _:
            return sent


def model(batches: list[list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    users: dict[str, dict[str, Any]] = {}
    for update in (update for batch in batches for update in batch):
        user = users.setdefault(update["external_id"], {})
        for name, sent in update.items():
            if name != "external_id":
                user[name] = expected(user.get(name), sent)
    return {name: {k: v for k, v in u.items() if v is not None} for name, u in users.items()}


def send(sandbox: Sandbox, batch: list[dict[str, Any]]) -> int:
    asked = Asked(
        method="POST",
        path="/users/track",
        authorization="Bearer sandbox-key",
        content_type="application/json",
        body=json.dumps({"attributes": batch}).encode(),
    )
    entry = sandbox.log.open(moment(NOON), asked.method, asked.path)
    return sandbox.backend.answer(asked, entry).status


def stored(sandbox: Sandbox) -> dict[str, Any]:
    shown: list[Any] = list(map(show_profile, sandbox.workspace.profiles))
    return {user["external_id"]: user["attributes"] | user["custom_attributes"] for user in shown}


def cost(batches: list[list[dict[str, Any]]]) -> int:
    sent = [(k, v) for batch in batches for update in batch for k, v in update.items()]
    edited = [
        len(v["add"]) + len(v["remove"]) for _, v in sent if isinstance(v, dict) and "add" in v
    ]
    return len([k for k, _ in sent if k != "external_id"]) - len(edited) + sum(edited)


@given(requests)
def test_any_updates_end_as_a_dictionary_would(batches: list[list[dict[str, Any]]]) -> None:
    sandbox = Sandbox(Settings(), lambda: NOON)
    assert {send(sandbox, batch) for batch in batches} <= {201}
    assert json.dumps(stored(sandbox), sort_keys=True) == json.dumps(model(batches), sort_keys=True)
    assert sandbox.workspace.ledger.total.data_points == cost(batches)


@given(requests)
def test_sending_the_same_state_again_is_all_waste(batches: list[list[dict[str, Any]]]) -> None:
    sandbox = Sandbox(Settings(), lambda: NOON)
    for batch in batches:
        send(sandbox, batch)
    before = sandbox.workspace.ledger.total.data_points
    wasted = sandbox.workspace.ledger.total.unchanged
    again = [{"external_id": name, **values} for name, values in stored(sandbox).items()]
    if again:
        send(sandbox, again)
    total = sandbox.workspace.ledger.total
    assert total.unchanged - wasted == total.data_points - before


@given(
    st.integers(FIRST_MS, LAST_MS),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["T", " "]),
)
def test_a_time_is_the_same_instant_in_whatever_zone_it_is_sent(
    milliseconds: int, minutes: int, separator: str
) -> None:
    utc = EPOCH + timedelta(milliseconds=milliseconds)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    local = (utc + timedelta(minutes=minutes)).replace(tzinfo=None)
    text = f"{local.isoformat(separator, 'milliseconds')}{sign}{hours:02}:{rest:02}"
    sandbox = Sandbox(Settings(), lambda: NOON)
    send(sandbox, [{"external_id": "ada", "at": text}])
    shown = stored(sandbox)["ada"]["at"]
    assert shown == utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
