"""Arrays and objects: their one form, what is refused, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onefold.destinations import Attribute, BrazeSettings, Channel, open_destination
from onefold.errors import ProjectError, SqlError
from onefold.model import ATTRIBUTES, DestinationObject, FieldType, ObjectKind, TypeKind
from onefold.warehouse import Engine

KEY = "has a key that is empty, over 255 characters, or holds . $ or a blank"
TIME = "holds a time that is none, or outside the years 1 to 3000"
NUMBER = "holds a number that readers of JSON would round, or that is not finite"
MIXED = "is an array that holds neither objects alone nor single values alone"
MANY = "has more than 500 different elements, and Braze would drop the first"
PLACE = "not a place: {longitude, latitude}, two numbers"


@pytest.fixture
def keeps(engine: Engine, braze_settings: Callable[..., BrazeSettings]) -> Callable[..., Any]:
    """The text that is kept of one SQL value, or the reason of its refusal."""

    def kept(value: str, name: str = "it", *, as_json: bool = False) -> Any:
        braze = _channel(engine, braze_settings(), value, name, as_json=as_json)
        prepared = braze.prepare(engine, "desired")
        columns = {one.name: one.engine_type for one in engine.relation_columns(prepared.relation)}
        assert columns[name] == "JSON"
        query = f'SELECT coalesce(_reasons[1], CAST("{name}" AS VARCHAR)) FROM {prepared.relation}'
        return engine.scalar(query)

    return kept


def _channel(
    engine: Engine, settings: BrazeSettings, value: str, name: str, *, as_json: bool = False
) -> Channel:
    query = f"""SELECT 'ada' AS _identifier, 1 AS _person_id, {value} AS "{name}" """
    engine.table("desired", query)
    (held,) = [one for one in engine.relation_columns("desired") if one.name == name]
    type_ = FieldType(TypeKind.JSON) if as_json else FieldType.of_engine(held.engine_type)
    assert type_ is not None
    return open_destination("braze", settings, "key").channel(
        ATTRIBUTES, [Attribute(name=name, type=type_)]
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("['a', 'b', 'a']", '["b","a"]'),
        ("[]::VARCHAR[]", "[]"),
        ("['a', NULL]", '["a"]'),
        ("NULL::VARCHAR[]", None),
        ("[3, 1, 3]", "[1,3]"),
        ("[0.50::DECIMAL(9,2), 2]", "[0.5,2.0]"),
        ("[0.1::FLOAT, -0.0]", "[0.1,0.0]"),
        ("['e\u0301']", '["\u00e9"]'),
        ("[DATE '2026-01-05']", '["2026-01-05"]'),
        ("[TIMESTAMP '2026-01-05 10:30:00']", '["2026-01-05T09:30:00.000Z"]'),
        ("{'b': 1, 'a': {'d': true, 'c': 'x'}}", '{"a":{"c":"x","d":true},"b":1}'),
        ("{'a': NULL, 'b': [1, NULL, 1]}", '{"b":[1,1]}'),
        ("{'born': DATE '2026-01-05'}", '{"born":{"$time":"2026-01-05T00:00:00.000Z"}}'),
        (
            "{'seen': TIMESTAMP '2026-07-05 10:30:00.1239'}",
            '{"seen":{"$time":"2026-07-05T08:30:00.123Z"}}',
        ),
        ("{'n': 5::HUGEINT, 'u': 7::UBIGINT}", '{"n":5,"u":7}'),
        ("{'tiny': 1e-7, 'big': 1e21}", '{"big":1000000000000000000000.0,"tiny":0.0000001}'),
        ("MAP {'b': 1, 'a': 2}", '{"a":2,"b":1}'),
        ("MAP {'a': DATE '2026-01-05'}", '{"a":{"$time":"2026-01-05T00:00:00.000Z"}}'),
        ("[{'sku': 'a', 'n': 1}, {'sku': 'a', 'n': 1}]", '[{"n":1,"sku":"a"},{"n":1,"sku":"a"}]'),
        ("{'j': '{\"b\": 1, \"a\": 2}'::JSON}", '{"j":{"a":2,"b":1}}'),
    ],
)
def test_values_of_the_engine(keeps: Callable[..., Any], value: str, expected: str | None) -> None:
    assert keeps(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"b": 1.50, "a": [ ]}', '{"a":[],"b":1.5}'),
        ('[1, 1.0, true, "1", 1]', '[1.0,true,"1",1]'),
        ("null", None),
        ('{"a": {"$time": "2026-01-05T10:30+01"}}', '{"a":{"$time":"2026-01-05T09:30:00.000Z"}}'),
        ('{"at": {"$time": "2026-01-05"}}', '{"at":{"$time":"2026-01-05T00:00:00.000Z"}}'),
        ('{"add": [1], "x": 2}', '{"add":[1],"x":2}'),
        ("{}", "{}"),
        ("NaN", "not valid JSON"),
        ("[1,]", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 2000, "not valid JSON"),
        ('{"a":' * 300 + "1" + "}" * 300, "nested too deep"),
        ("3", "neither an object nor an array"),
        ('"a"', "neither an object nor an array"),
        ('{"a.b": 1}', KEY),
        ('{"$a": 1}', KEY),
        ('{"a b": 1}', KEY),
        ('{"": 1}', KEY),
        (f'{{"{"k" * 256}": 1}}', KEY),
        (f'{{"a": "{"x" * 256}"}}', "holds a text longer than 255 characters"),
        (f'["{"x" * 256}"]', "holds a text longer than 255 characters"),
        ('{"at": {"$time": "5 January"}}', TIME),
        ('{"at": {"$time": "3001-01-01"}}', TIME),
        ('{"at": {"$time": 5}}', TIME),
        ('{"n": 9007199254740993}', NUMBER),
        ('[[1]]', MIXED),
        ('[1, {"a": 1}]', MIXED),
        ('{"add": ["a"]}', "is an instruction to Braze (add, remove, inc), not a value"),
        ('{"inc": 1}', "is an instruction to Braze (add, remove, inc), not a value"),
        (str(list(range(501))), MANY),
        (str([{"a": "x" * 250}] * 400).replace("'", '"'), "longer than 100 KB"),
    ],
)  # fmt: skip
def test_texts_of_json(keeps: Callable[..., Any], text: str, expected: str | None) -> None:
    assert keeps(f"'{text}'", as_json=True) == expected


def test_five_hundred_elements_are_taken(keeps: Callable[..., Any]) -> None:
    assert keeps("range(500)") == f"[{','.join(map(str, range(500)))}]"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("['nan'::DOUBLE]", NUMBER),
        ("{'n': 1234567890123456.78::DECIMAL(20,2)}", NUMBER),
        ("{'n': 9007199254740993::HUGEINT}", NUMBER),
        ("{'at': TIMESTAMP 'infinity'}", TIME),
        ("[['a']]", MIXED),
    ],
)
def test_what_the_engine_holds_and_braze_does_not(
    keeps: Callable[..., Any], value: str, expected: str
) -> None:
    assert keeps(value) == expected


def test_items_of_a_catalog_hold_single_values(
    braze_settings: Callable[..., BrazeSettings],
) -> None:
    catalog = DestinationObject(ObjectKind.CATALOG, "books")
    authors = Attribute(name="authors", type=FieldType(TypeKind.JSON, nested="VARCHAR[]"))
    with pytest.raises(ProjectError) as caught:
        open_destination("braze", braze_settings(), "key").channel(catalog, [authors])
    assert "the field authors is an array or an object" in str(caught.value)


def test_a_type_without_json_names_itself(keeps: Callable[..., Any]) -> None:
    with pytest.raises(SqlError) as caught:
        keeps("{'a': [INTERVAL 1 DAY]}")
    assert str(caught.value).startswith("a nested value holds INTERVAL, which cannot be sent")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{'longitude': 2.35, 'latitude': 48}", '{"latitude":48,"longitude":2.35}'),
        ("{'longitude': 2.35, 'latitude': 91}", PLACE),
        ("{'longitude': '2.35', 'latitude': 48}", PLACE),
        ("{'longitude': 2.35}", PLACE),
        ("{'longitude': 2.35, 'latitude': 48, 'city': 'Paris'}", PLACE),
        ("[1]", PLACE),
    ],
)
def test_a_place(keeps: Callable[..., Any], value: str, expected: str) -> None:
    assert keeps(value, name="current_location") == expected


def test_groups_of_subscriptions(keeps: Callable[..., Any]) -> None:
    group = "12345678-1234-1234-1234-123456789abc"
    good = f"[{{'subscription_state': 'subscribed', 'subscription_group_id': '{group}'}}]"
    assert keeps(good, name="subscription_groups") == (
        f'[{{"subscription_group_id":"{group}","subscription_state":"subscribed"}}]'
    )
    bad = good.replace("'subscribed'", "'yes'")
    assert keeps(bad, name="subscription_groups") == (
        "not a list of {subscription_group_id, subscription_state}"
    )


@pytest.mark.parametrize(
    ("value", "name", "points"),
    [
        ("['a', 'b']", "it", 1),
        ("NULL::VARCHAR[]", "it", 1),
        ("{'a': 1, 'b': {'c': 2, 'd': DATE '2026-01-05'}}", "it", 3),
        ("[{'a': 1, 'b': 2}, {'a': 3, 'b': 4}]", "it", 4),
        ("{'a': ['x', 'y']}", "it", 1),
        ("MAP {}::MAP(VARCHAR, INTEGER)", "it", 1),
        ("{'longitude': 2.35, 'latitude': 48}", "current_location", 1),
        ("[]::STRUCT(subscription_group_id VARCHAR)[]", "subscription_groups", 0),
    ],
)
def test_a_leaf_costs_a_point(
    engine: Engine,
    braze_settings: Callable[..., BrazeSettings],
    value: str,
    name: str,
    points: int,
) -> None:
    braze = _channel(engine, braze_settings(), value, name)
    prepared = braze.prepare(engine, "desired")
    engine.table("changes", f"SELECT *, ['{name}'] AS _changed FROM {prepared.relation}")
    cut = braze.cut(engine, "changes")
    assert braze.price(engine, cut.relation).data_points == points
