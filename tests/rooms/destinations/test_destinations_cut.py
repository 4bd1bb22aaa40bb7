from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from onefold.destinations import Channel
from onefold.errors import UnknownReference
from onefold.model import Price
from onefold.warehouse import Engine

Attributes = Callable[..., Channel]

TYPES = {"first_name": "string", "n": "integer", "email_subscribe": "string"}
CHANGES = """SELECT * FROM (VALUES
    ('b', 2, ['first_name', 'n'], 'Bea', 2, NULL),
    ('a', 1, ['n', 'email_subscribe'], 'Ada', NULL, 'opted_in'),
    ('c', 3, ['first_name'], NULL, 9, 'subscribed')
) AS t(_identifier, _person_id, _changed, first_name, n, email_subscribe)"""


@pytest.fixture
def braze(attributes_of: Attributes) -> Channel:
    return attributes_of(TYPES)


def bodies(destination: Channel, engine: Engine, cut: str) -> list[object]:
    requests = destination.requests(engine, cut, 0, 10**9)
    return [json.loads(request.body) for request in requests.values()]


def test_changed_fields_alone_are_written(engine: Engine, braze: Channel) -> None:
    engine.table("changes", CHANGES)
    cut = braze.cut(engine, "changes")
    assert bodies(braze, engine, cut.relation) == [
        {
            "attributes": [
                {"external_id": "a", "n": None, "email_subscribe": "opted_in"},
                {"external_id": "b", "first_name": "Bea", "n": 2},
                {"external_id": "c", "first_name": None},
            ]
        }
    ]
    assert engine.rows(f"FROM {cut.refusals}") == []


def test_subscriptions_cost_nothing(engine: Engine, braze: Channel) -> None:
    engine.table("changes", CHANGES)
    cut = braze.cut(engine, "changes")
    points = dict(engine.rows(f"SELECT _identifier, _points FROM {cut.relation}"))
    assert points == {"a": 1, "b": 2, "c": 1}
    assert braze.price(engine, cut.relation) == Price(
        rows=3,
        requests=1,
        data_points=4,
        sets={"first_name": 1, "n": 1, "email_subscribe": 1},
        clears={"first_name": 1, "n": 1},
        points={"first_name": 2, "n": 2},
    )


def test_update_existing_only_is_said_in_each_object(
    engine: Engine, attributes_of: Attributes
) -> None:
    braze = attributes_of(TYPES, update_existing_only=True)
    engine.table("changes", CHANGES)
    (body,) = bodies(braze, engine, braze.cut(engine, "changes").relation)
    assert [item["_update_existing_only"] for item in body["attributes"]] == [True] * 3  # type: ignore[index]


def test_nothing_changed_costs_nothing(engine: Engine, braze: Channel) -> None:
    engine.table("changes", f"SELECT * FROM ({CHANGES}) WHERE false")
    cut = braze.cut(engine, "changes")
    assert braze.price(engine, cut.relation) == Price()
    assert bodies(braze, engine, cut.relation) == []


def test_an_object_too_large_is_refused_alone(engine: Engine, attributes_of: Attributes) -> None:
    types = {f"text {number}": "string" for number in range(100)}
    braze = attributes_of(types)
    columns = ", ".join(f"""repeat('😀', 255) AS "{name}" """ for name in types)
    names = ", ".join(f"'{name}'" for name in types)
    engine.table(
        "changes",
        f"SELECT 'big' AS _identifier, 1 AS _person_id, [{names}] AS _changed, {columns} "
        f"UNION ALL SELECT 'small', 2, ['text 0'], {columns}",
    )
    cut = braze.cut(engine, "changes")
    assert engine.rows(f"FROM {cut.refusals}") == [("big", 1, None, "object_too_large")]
    price = braze.price(engine, cut.relation)
    assert (price.rows, price.requests, price.data_points) == (1, 1, 1)


def test_the_same_changes_give_the_same_requests(engine: Engine, braze: Channel) -> None:
    query = (
        "SELECT 'id' || (i * 7919) % 1000 AS _identifier, i AS _person_id, ['n'] AS _changed, "
        "i AS n FROM range(1000) AS t(i) ORDER BY {}"
    )
    outcomes = []
    for order in ("i", "-i", "hash(i)"):
        engine.table("changes", query.format(order))
        cut = braze.cut(engine, "changes")
        outcomes.append(bodies(braze, engine, cut.relation))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len(outcomes[0]) == 14


def test_bodies_of_a_range_of_chunks_from_parquet(
    engine: Engine, braze: Channel, tmp_path: Path
) -> None:
    engine.table(
        "changes",
        "SELECT 'id' || i AS _identifier, i AS _person_id, ['n'] AS _changed, i AS n "
        "FROM range(300) AS t(i)",
    )
    cut = braze.cut(engine, "changes")
    engine.write(f"FROM {cut.relation}", tmp_path, order_by=["_chunk", "_position"])
    engine.view("outbox", f"FROM read_parquet('{tmp_path}/*.parquet')")
    some = braze.requests(engine, "outbox", 1, 2)
    assert {chunk: request.rows for chunk, request in some.items()} == {1: 75, 2: 75}
    whole = braze.requests(engine, cut.relation, 0, 3)
    assert some == {chunk: whole[chunk] for chunk in (1, 2)}


def test_an_undeclared_field_is_never_written(engine: Engine, braze: Channel) -> None:
    engine.table("changes", "SELECT 'a' AS _identifier, 1 AS _person_id, ['x'] AS _changed, 1 AS x")
    with pytest.raises(UnknownReference, match="column x"):
        braze.cut(engine, "changes")
