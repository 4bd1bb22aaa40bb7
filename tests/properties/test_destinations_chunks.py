"""Every change is in exactly one request, or refused; no request is too large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onefold.destinations.cut import Packing, cut_changes, read_bodies
from onefold.destinations.formulas import formula
from onefold.warehouse import Engine, EngineSettings


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=2))
    yield engine
    engine.close()


def cut_sizes(engine: Engine, sizes: list[int], packing: Packing) -> list[tuple[int, bytes]]:
    """Cut rows whose object is a JSON number of so many digits; give (rows, body) by chunk."""
    people = pa.table(
        {
            "_identifier": [f"id{number:05}" for number in range(len(sizes))],
            "_person_id": pa.array(range(len(sizes)), type=pa.int64()),
            "digits": pa.array(sizes, type=pa.int64()),
        }
    )
    engine.register("people", people)
    engine.table("changes", "SELECT * FROM people")
    engine.unregister("people")
    cut = cut_changes(
        engine,
        "changes",
        written_as=formula("repeat(CAST(1 + _person_id % 9 AS VARCHAR), CAST(digits AS INTEGER))"),
        costs=formula("[1]"),
        packing=packing,
    )
    bodies = list(read_bodies(engine, cut.relation, 0, len(sizes), packing))
    assert [chunk for chunk, _, _ in bodies] == list(range(len(bodies)))
    return [(rows, body) for _, rows, body in bodies]


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 130), max_size=120),
    max_objects=st.integers(1, 20),
    max_body_bytes=st.integers(260, 1_000),
)
def test_every_change_is_in_one_request_of_allowed_size(
    engine: Engine, sizes: list[int], max_objects: int, max_body_bytes: int
) -> None:
    packing = Packing(
        opening='{"a":[',
        closing="]}",
        max_objects=max_objects,
        max_object_bytes=100,
        max_body_bytes=max_body_bytes,
    )
    requests = cut_sizes(engine, sizes, packing)
    sent = []
    for rows, body in requests:
        objects = json.loads(body)["a"]
        assert len(objects) == rows <= max_objects
        assert len(body) <= max_body_bytes
        sent += [str(number) for number in objects]
    fitting = [
        str(1 + row % 9) * size
        for row, size in enumerate(sizes)
        if size <= packing.max_object_bytes
    ]
    assert sent == fitting  # in order of the identifier, none missing, none twice
    too_large = engine.rows("SELECT _person_id, reason FROM changes_too_large ORDER BY ALL")
    assert too_large == [(row, "object_too_large") for row, size in enumerate(sizes) if size > 100]


@settings(max_examples=12, deadline=None)
@given(count=st.integers(0, 400))
def test_light_changes_fill_their_requests(engine: Engine, count: int) -> None:
    packing = Packing(opening='{"a":[', closing="]}")
    requests = cut_sizes(engine, [3] * count, packing)
    full, rest = divmod(count, 75)
    assert [rows for rows, _ in requests] == [75] * full + ([rest] if rest else [])


def test_the_heaviest_objects_stay_within_braze_limits(engine: Engine) -> None:
    packing = Packing(opening='{"a":[', closing="]}")
    requests = cut_sizes(engine, [100_000] * 150, packing)
    assert sum(rows for rows, _ in requests) == 150
    assert max(len(body) for _, body in requests) <= 3_800_000
