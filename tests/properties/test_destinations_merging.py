"""Nested values sent by part: whatever Braze holds and whatever is wanted, it ends with the wanted.

What is sent is applied here as Braze's documentation says, in plain Python, and compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from onefold.destinations import Attribute, BrazeSettings, Channel, Merge, open_destination
from onefold.model import ATTRIBUTES, parse_type
from onefold.warehouse import Engine, EngineSettings

Value = Any
Row = tuple[dict[str, Value], dict[str, Value], list[str]]
FIELDS = {"pet": Merge(), "pets": Merge(by="id"), "whole": None}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=1, timezone="UTC"))
    yield engine
    engine.close()


def channel() -> Channel:
    attributes = [
        Attribute(name=name, type=parse_type("json"), merge=merge) for name, merge in FIELDS.items()
    ]
    braze_settings = BrazeSettings(endpoint="http://127.0.0.1:9", workspace="shop")
    return open_destination("braze", braze_settings, "key").channel(ATTRIBUTES, attributes)


def cut(engine: Engine, rows: list[Row]) -> Any:
    """Give the object and the points of each row: known, wanted (None: not changed), unsettled."""
    written = [
        {
            "_identifier": f"p{number:04}",
            **{f"known {name}": _text(known.get(name)) for name in FIELDS},
            **{name: _text(wanted.get(name)) for name in FIELDS},
            "_changed": list(wanted),
            "_unsettled": unsettled,
        }
        for number, (known, wanted, unsettled) in enumerate(rows)
    ]
    engine.register("given", pa.Table.from_pylist(written))
    for table, prefix, more in (("known", "known ", "_unsettled"), ("wanted", "", "_changed")):
        fields = ", ".join(f'CAST("{prefix}{name}" AS VARCHAR) AS {name}' for name in FIELDS)
        engine.table(table, f"SELECT _identifier, 'p' AS _person_id, {more}, {fields} FROM given")
    engine.unregister("given")
    braze = channel()
    prepared = braze.prepare(engine, "wanted").relation
    held = braze.prepare(engine, "known").relation
    relation = braze.cut(engine, prepared, held).relation
    found = engine.rows(f"SELECT _object, _points FROM {relation} ORDER BY _identifier")
    return [(json.loads(text), points) for text, points in found]


def _text(value: Value) -> str | None:
    return None if value is None else json.dumps(value)


# -- Braze, by its documentation -------------------------------------------------------------------


def applied(held: dict[str, Value], sent: dict[str, Value]) -> dict[str, Value]:
    """Give what a profile holds afterwards."""
    merging = sent.get("_merge_objects", False)
    after = dict(held)
    for name, value in sent.items():
        if name in ("external_id", "_merge_objects"):
            continue
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict) and value.keys() & {"$add", "$remove", "$update"}:
            after[name] = ordered(after.get(name, []), value, merging=merging)
        elif merging and isinstance(value, dict) and isinstance(after.get(name), dict):
            after[name] = deep(after[name], value)
        else:
            after[name] = value
    return after


def deep(one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
    both = dict(one)
    for key, value in other.items():
        objects = isinstance(value, dict) and isinstance(one.get(key), dict)
        both[key] = deep(one[key], value) if objects and "$time" not in value else value
    return both


def ordered(held: list[Value], orders: dict[str, Value], *, merging: bool) -> list[Value]:
    after = [*held, *orders.get("$add", [])]
    for one in orders.get("$remove", []):
        after = [element for element in after if not _is(element, one)]
    for one in orders.get("$update", []):
        new = one["$new_object"]
        after = [
            (deep(element, new) if merging else new) if _is(element, one) else element
            for element in after
        ]
    return after


def _is(element: Value, order: dict[str, Value]) -> bool:
    return bool(element.get(order["$identifier_key"]) == order["$identifier_value"])


def points(value: Value) -> int:
    """Count the keys that an object or its elements hold."""
    if isinstance(value, dict) and "$time" not in value:
        return sum(map(points, value.values()))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sum(map(points, value))
    return 1


def paid(sent: dict[str, Value]) -> int:
    total = 0
    for name, value in sent.items():
        if name in ("external_id", "_merge_objects"):
            continue
        if isinstance(value, dict) and value.keys() & {"$add", "$remove", "$update"}:
            updated = [one["$new_object"] for one in value.get("$update", [])]
            new = [*value.get("$add", []), *updated]
            total += sum(max(1, points(one)) for one in new) + len(value.get("$remove", []))
        else:
            total += max(1, points(value))
    return total


# -- what is tried ---------------------------------------------------------------------------------

singles = st.sampled_from([1, 1.5, True, "a", "b", {"$time": "2026-01-05T00:00:00.000Z"}])
keys = st.sampled_from(["a", "b", "c"])
objects = st.recursive(
    st.dictionaries(keys, singles | st.lists(st.sampled_from([1, "x"]), max_size=2), max_size=3),
    lambda inside: st.dictionaries(keys, singles | inside, max_size=3),
    max_leaves=4,
)
elements = st.builds(
    lambda key, rest: {"id": key, **rest}, st.sampled_from([1, 2, 3, "1", "x"]), objects
)
arrays = st.lists(elements, max_size=4, unique_by=lambda one: repr(one["id"])) | st.lists(
    elements, max_size=3
)
pets = objects | st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True)
profiles = st.fixed_dictionaries({}, optional={"pet": pets, "pets": arrays, "whole": objects})
changes = st.fixed_dictionaries(
    {},
    optional={
        "pet": st.none() | pets,
        "pets": st.none() | arrays,
        "whole": st.none() | objects,
    },
).filter(bool)
rows = st.tuples(profiles, changes, st.lists(st.sampled_from(sorted(FIELDS)), max_size=1))


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink one takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(given_rows=st.lists(rows, min_size=20, max_size=200))
def test_braze_ends_with_what_is_wanted_and_it_never_costs_more(
    engine: Engine, given_rows: list[Any]
) -> None:
    found = cut(engine, given_rows)
    assert len(found) == len(given_rows)
    for (known, wanted, unsettled), (sent, cost) in zip(given_rows, found, strict=True):
        # Nobody knows an unsettled value, nor one that Braze has from somebody else.
        strange = {name: {"z": "theirs"} for name in FIELDS if name not in known}
        held = strange | known | {name: {"z": "another"} for name in unsettled}
        after = applied(held, sent)
        for name, value in wanted.items():
            assert after.get(name) == value, (known, wanted, sent)
        assert cost == paid(sent)
        assert cost <= sum(max(1, points(value)) for value in wanted.values())
        assert sent.keys() - {"_merge_objects", "external_id"} == set(wanted)


def test_a_changed_key_alone_is_sent(engine: Engine) -> None:
    known = {"pet": {"name": "Rex", "age": 3, "vet": {"city": "Lyon", "phone": "1"}}}
    wanted = {"pet": {"name": "Rex", "age": 4, "vet": {"city": "Nice", "phone": "1"}}}
    ((sent, cost),) = cut(engine, [(known, wanted, [])])
    assert sent["pet"] == {"age": 4, "vet": {"city": "Nice"}}
    assert (sent["_merge_objects"], cost) == (True, 2)


def test_a_removed_key_needs_the_whole_object(engine: Engine) -> None:
    known, wanted = {"pet": {"a": 1, "b": 2, "c": 3}}, {"pet": {"a": 1, "b": 9}}
    ((sent, cost),) = cut(engine, [(known, wanted, [])])
    assert (sent["pet"], cost) == ({"a": 1, "b": 9}, 2)
    assert "_merge_objects" not in sent


def test_an_object_that_replaces_another_keeps_its_row_from_merging(engine: Engine) -> None:
    known = {"pet": {"a": 1, "b": 2}, "whole": {"old": 1}}
    wanted = {"pet": {"a": 1, "b": 3}, "whole": {"new": 1}}
    ((sent, cost),) = cut(engine, [(known, wanted, [])])
    assert sent == {"external_id": "p0000", **wanted}
    assert cost == 3


def test_elements_are_added_removed_and_updated(engine: Engine) -> None:
    known = {"pets": [{"id": n, "name": f"n{n}", "age": 1, "kind": "cat"} for n in (1, 2, 3)]}
    wanted = {"pets": [{**known["pets"][1], "age": 2}, known["pets"][2], {"id": 4, "name": "d"}]}
    ((sent, cost),) = cut(engine, [(known, wanted, [])])
    assert sent["pets"] == {
        "$add": [{"id": 4, "name": "d"}],
        "$remove": [{"$identifier_key": "id", "$identifier_value": 1}],
        "$update": [{"$identifier_key": "id", "$identifier_value": 2, "$new_object": {"age": 2}}],
    }
    assert (sent["_merge_objects"], cost) == (True, 2 + 1 + 1)


def test_another_order_needs_the_whole_array(engine: Engine) -> None:
    known = {"pets": [{"id": 1, "a": 1}, {"id": 2, "a": 1}]}
    wanted = {"pets": [{"id": 2, "a": 1}, {"id": 1, "a": 1}]}
    ((sent, _),) = cut(engine, [(known, wanted, [])])
    assert sent["pets"] == wanted["pets"]


def test_a_request_that_adds_elements_is_not_repeated(engine: Engine) -> None:
    first = {"id": 1, "a": 1, "b": 2}
    added: Row = ({"pets": [first]}, {"pets": [first, {"id": 2, "a": '"$add":['}]}, [])
    updated: Row = ({"pets": [first]}, {"pets": [{**first, "a": '"$add":['}]}, [])
    for row, repeatable in ((added, False), (updated, True)):
        cut(engine, [row])
        cut_table = "wanted_prepared_cut"
        (request,) = channel().requests(engine, cut_table, 0, 0).values()
        assert request.repeatable is repeatable
