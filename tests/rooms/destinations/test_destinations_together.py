"""Requests that hold attributes, events and purchases: what they hold, and what never happens."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.destinations.together import JointPacking, Loaded, deal, joint_bodies
from onefold.warehouse import Engine

ARRAYS = ("attributes", "events", "purchases")
OBJECTS = pa.schema(
    [
        ("_identifier", pa.string()),
        ("user", pa.string()),
        ("time", pa.int64()),
        ("_object", pa.string()),
    ]
)
Bodies = list[tuple[dict[str, int], dict[str, list[Any]]]]


def packed(
    engine: Engine, held: dict[str, tuple[int, int, int]], packing: JointPacking, size: int = 0
) -> Bodies:
    """Pack what people have (attributes, events, purchases), and read the bodies.

    Checks that each object stands where its relation says.
    """
    loads = []
    for at, array in enumerate(ARRAYS):
        rows = [
            {
                "_identifier": person if at == 0 else f"{person} {array} {number:03}",
                "user": person,
                "time": number,
                "_object": json.dumps({"of": person, "n": number, "x": "x" * size}),
            }
            for person, counts in held.items()
            for number in range(counts[at])
        ]
        engine.register("arriving", pa.Table.from_pylist(rows, schema=OBJECTS))
        engine.table(
            array, "SELECT * REPLACE (make_timestamp(time)::TIMESTAMPTZ AS time) FROM arriving"
        )
        engine.unregister("arriving")
        moment = None if at == 0 else "time"
        loads.append(Loaded(array=array, relation=array, person="user", moment=moment))
    dealt, chunks = deal(engine, loads, packing)
    found = list(joint_bodies(engine, dealt, 0, chunks))
    assert [chunk for chunk, _, _ in found] == list(range(chunks))
    bodies = [(dict(arrays), json.loads(text)) for _, arrays, text in found]
    for array, relation in dealt.items():
        for text, chunk, position in engine.rows(
            f"SELECT _object, _chunk, _position FROM {relation}"
        ):
            assert bodies[chunk][1][array][position] == json.loads(text)
    for arrays, body in bodies:
        assert arrays == {array: len(objects) for array, objects in body.items()}
        assert list(body) == [array for array in ARRAYS if array in body]
    return bodies


def shown(bodies: Bodies, member: str) -> list[dict[str, list[Any]]]:
    return [
        {array: [one[member] for one in objects] for array, objects in body.items()}
        for _, body in bodies
    ]


def test_what_belongs_to_one_person_travels_in_one_request(engine: Engine) -> None:
    packing = JointPacking(max_objects=4, combined=True)
    held = {"anna": (1, 2, 1), "ben": (1, 0, 0), "cleo": (0, 1, 1), "dia": (1, 0, 1)}
    bodies = packed(engine, held, packing)
    assert [
        {array: [one["of"] for one in objects] for array, objects in body.items()}
        for _, body in bodies
    ] == [
        {"attributes": ["anna"], "events": ["anna", "anna"], "purchases": ["anna"]},
        {"attributes": ["dia"], "events": ["cleo"], "purchases": ["cleo", "dia"]},
        {"attributes": ["ben"]},
    ]


def test_more_objects_than_fit_go_on_in_later_requests_oldest_first(engine: Engine) -> None:
    bodies = packed(engine, {"anna": (1, 5, 1)}, JointPacking(max_objects=3, combined=True))
    assert shown(bodies, "n") == [
        {"attributes": [0], "events": [0, 1]},
        {"events": [2, 3, 4]},
        {"purchases": [0]},
    ]


def test_a_legacy_contract_counts_each_array(engine: Engine) -> None:
    bodies = packed(engine, {"anna": (1, 5, 2)}, JointPacking(max_objects=3, combined=False))
    assert [arrays for arrays, _ in bodies] == [
        {"attributes": 1, "events": 3, "purchases": 2},
        {"events": 2},
    ]


def test_a_body_that_is_too_long_is_cut(engine: Engine) -> None:
    packing = JointPacking(
        max_objects=75, combined=True, max_object_bytes=200, max_body_bytes=2_000
    )
    bodies = packed(engine, {f"p{n:02}": (1, 1, 0) for n in range(30)}, packing, size=100)
    assert max(len(json.dumps(body, separators=(",", ":"))) for _, body in bodies) <= 2_000
    assert sum(sum(arrays.values()) for arrays, _ in bodies) == 60


counts = st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 4))
people = st.dictionaries(st.sampled_from("abcdefghij"), counts, max_size=8)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(held=people, most=st.integers(1, 7), combined=st.booleans())
def test_nothing_is_lost_and_nobody_is_parted(
    engine: Engine, held: dict[str, tuple[int, int, int]], most: int, combined: bool
) -> None:
    bodies = packed(engine, held, JointPacking(max_objects=most, combined=combined))
    seen = Counter(
        (one["of"], array) for _, body in bodies for array in body for one in body[array]
    )
    assert seen == Counter(
        {
            (person, array): count
            for person, wanted in held.items()
            for array, count in zip(ARRAYS, wanted, strict=True)
            if count
        }
    )
    of_person = defaultdict[str, list[int]](list)
    for chunk, (arrays, body) in enumerate(bodies):
        assert (sum(arrays.values()) if combined else max(arrays.values())) <= most
        for person in {one["of"] for objects in body.values() for one in objects}:
            of_person[person].append(chunk)
    for person, chunks in of_person.items():
        size = sum(held[person]) if combined else max(held[person])
        assert len(chunks) == -(-size // most)
        if held[person][0]:
            assert any(one["of"] == person for one in bodies[chunks[0]][1]["attributes"])


def test_requests_are_well_filled(engine: Engine) -> None:
    held = {f"p{n:05}": (n % 2, n % 3, int(n % 5 == 0)) for n in range(3_000)}
    bodies = packed(engine, held, JointPacking(max_objects=75, combined=True))
    objects = sum(sum(counts) for counts in held.values())
    assert objects / (75 * len(bodies)) > 0.95


@pytest.mark.parametrize("most", [1, 75])
def test_nothing_gives_no_request(engine: Engine, most: int) -> None:
    assert packed(engine, {}, JointPacking(max_objects=most, combined=True)) == []
