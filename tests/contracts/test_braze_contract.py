"""What holds for Braze alone, through the sandbox's process."""

from __future__ import annotations

import json
from typing import Any, Protocol

import pytest

from onefold.destinations import (
    Attribute,
    BrazeSettings,
    Request,
    SystemClock,
    VirtualClock,
    open_destination,
)
from onefold.errors import KeyRejected
from onefold.model import ATTRIBUTES, FieldType, RowRefusal, parse_type
from onefold.warehouse import Engine

TYPES = {"first_name": "string", "email_subscribe": "string", "Orders": "integer"}


class Sandbox(Protocol):
    url: str

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any: ...
    def fault(self, **fault: Any) -> None: ...


FIELDS = tuple(Attribute(name=name, type=parse_type(type_)) for name, type_ in TYPES.items())


def settings(sandbox: Sandbox, **others: Any) -> BrazeSettings:
    return BrazeSettings(endpoint=sandbox.url, workspace="shop", **others)


def body(*attributes: dict[str, Any]) -> bytes:
    return json.dumps({"attributes": attributes}).encode()


def request(body: bytes, rows: int) -> Request:
    return Request(path="/users/track", body=body, arrays={"attributes": rows})


async def test_points_planned_are_points_counted(engine: Engine, sandbox: Sandbox) -> None:
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    engine.table(
        "changes",
        "SELECT 'p' || i AS _identifier, i AS _person_id, "
        "CASE WHEN i % 3 = 0 THEN ['first_name', 'email_subscribe'] ELSE ['Orders'] END "
        "AS _changed, 'Ada' AS first_name, 'opted_in' AS email_subscribe, "
        'CASE WHEN i % 2 = 0 THEN i END AS "Orders" FROM range(100) AS t(i)',
    )
    channel = braze.channel(ATTRIBUTES, FIELDS)
    cut = channel.cut(engine, "changes")
    price = channel.price(engine, cut.relation)
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        for one in channel.requests(engine, cut.relation, 0, 9).values():
            await sender.send(one)
    assert sandbox.call("/_sandbox/data-points")["total"] == price.data_points == 100
    assert sandbox.call("/_sandbox/summary")["requests"] == price.requests


async def test_points_of_braze_own_fields(engine: Engine, sandbox: Sandbox) -> None:
    values = {
        "first_name": "'Ada'",
        "last_name": "'Lovelace'",
        "email": "'ada@example.com'",
        "phone": "'+33612345678'",
        "dob": "DATE '1815-12-10'",
        "gender": "'F'",
        "home_city": "'London'",
        "country": "'GB'",
        "language": "'en'",
        "time_zone": "'Europe/London'",
        "email_subscribe": "'opted_in'",
        "push_subscribe": "'unsubscribed'",
        "email_open_tracking_disabled": "true",
        "email_click_tracking_disabled": "false",
        "date_of_first_session": "TIMESTAMPTZ '2026-01-05 09:30:00+00'",
        "date_of_last_session": "TIMESTAMPTZ '2026-01-05 09:30:00+00'",
        "marked_email_as_spam_at": "TIMESTAMPTZ '2026-01-05 09:30:00+00'",
    }
    columns = ", ".join(f"{value} AS {name}" for name, value in values.items())
    engine.table(
        "changes",
        f"SELECT 'ada' AS _identifier, 1 AS _person_id, {list(values)} AS _changed, {columns}",
    )
    attributes = tuple(
        Attribute(name=column.name, type=type_)
        for column in engine.relation_columns("changes")
        if (type_ := FieldType.of_engine(column.engine_type)) and column.name in values
    )
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    channel = braze.channel(ATTRIBUTES, attributes)
    cut = channel.cut(engine, "changes")
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        (one,) = channel.requests(engine, cut.relation, 0, 0).values()
        answer = await sender.send(one)
    assert answer.accepted == 1
    counted = sandbox.call("/_sandbox/data-points")["total"]
    assert counted == channel.price(engine, cut.relation).data_points == 10
    (user,) = sandbox.call("/_sandbox/state")["users"]
    assert user["attributes"].keys() == values.keys()
    assert user["custom_attributes"] == {}


async def test_unknown_people_are_not_created(engine: Engine, sandbox: Sandbox) -> None:
    braze = open_destination("braze", settings(sandbox, update_existing_only=True), "sandbox-key")
    engine.table(
        "changes",
        "SELECT 'p' || i AS _identifier, i AS _person_id, ['Orders'] AS _changed, "
        'i AS "Orders" FROM range(3) AS t(i)',
    )
    channel = braze.channel(ATTRIBUTES, FIELDS)
    cut = channel.cut(engine, "changes")
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        await sender.send(request(body({"external_id": "p1", "first_name": "Ada"}), 1))
        (one,) = channel.requests(engine, cut.relation, 0, 0).values()
        answer = await sender.send(one)
    assert answer.refusals == ()
    (user,) = sandbox.call("/_sandbox/state")["users"]
    assert (user["external_id"], user["custom_attributes"]) == ("p1", {"Orders": 1})


async def test_each_refusal_lands_on_its_row(sandbox: Sandbox) -> None:
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        people = body(
            {"external_id": "a", "email": "bad"},
            {"external_id": "b", "first_name": "Bea"},
            {"first_name": "nobody"},
            {"external_id": "d", "email_subscribe": "maybe"},
        )
        answer = await sender.send(request(people, 4))
    assert answer.accepted == 1
    assert [refusal.position for refusal in answer.refusals] == [0, 2, 3]
    assert "email" in answer.refusals[0].reason
    assert answer.note == ""
    assert [user["external_id"] for user in sandbox.call("/_sandbox/state")["users"]] == ["b"]


async def test_errors_as_plain_strings_hit_no_row(sandbox: Sandbox) -> None:
    sandbox.fault(kind="plain_errors")
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        people = body({"external_id": "a", "email": "bad"}, {"external_id": "b", "first_name": "B"})
        answer = await sender.send(request(people, 2))
    assert answer.refusals == ()
    assert answer.accepted == 1
    assert answer.unknown == (range(2),)
    assert answer.note


async def test_a_wrong_key_is_named_and_not_shown(sandbox: Sandbox) -> None:
    braze = open_destination("braze", settings(sandbox), "wrong-key-0815")
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        with pytest.raises(KeyRejected) as error:
            await sender.send(request(body({"external_id": "a", "Orders": 1}), 1))
    assert "wrong-key-0815" not in str(error.value)
    assert "instance" in error.value.hint


@pytest.mark.parametrize("headers", ["both", "limits", "retry_after", "none"])
async def test_every_form_of_429(sandbox: Sandbox, headers: str) -> None:
    sandbox.fault(kind="rate_limited", headers=headers, retry_after_s=2, next=2)
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    async with braze.sender(clock=VirtualClock(), seed=1) as sender:
        answer = await sender.send(request(body({"external_id": "a", "Orders": 1}), 1))
    assert (answer.accepted, answer.retries) == (1, 2)


async def test_a_truncated_answer_is_sent_again(sandbox: Sandbox) -> None:
    sandbox.fault(kind="truncate", next=1)
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    async with braze.sender(clock=VirtualClock(), seed=1) as sender:
        answer = await sender.send(request(body({"external_id": "a", "Orders": 1}), 1))
    assert (answer.accepted, answer.refusals, answer.retries) == (1, (), 1)


async def test_all_rows_refused(sandbox: Sandbox) -> None:
    braze = open_destination("braze", settings(sandbox), "sandbox-key")
    async with braze.sender(clock=SystemClock(), seed=1) as sender:
        people = body({"Orders": 1}, {"external_id": "x", "email": "y"})
        answer = await sender.send(request(people, 2))
    assert (answer.status, answer.accepted) == (400, 0)
    assert [type(refusal) for refusal in answer.refusals] == [RowRefusal] * 2
