from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefold.destinations import Request, halves


def request(body: str, **arrays: int) -> Request:
    return Request(path="/users/track", body=body.encode(), arrays=arrays)


def test_numbers_and_escapes_keep_their_text() -> None:
    first = r'{"external_id":"a","n":1.10,"t":"\u00e9 \"]}, ["}'
    second = '{"external_id":"b","big":100000000000000000000000.0}'
    both = halves(request(f'{{"attributes":[{first},{second}]}}', attributes=2))
    assert both is not None
    assert [one.body.decode() for one in both] == [
        f'{{"attributes":[{first}]}}',
        f'{{"attributes":[{second}]}}',
    ]


def test_what_stands_beside_the_arrays_goes_into_both() -> None:
    both = halves(request('{"key": {"a": [1]} , "items": [ 1, 2 ,3 ]}', items=3))
    assert both is not None
    assert [json.loads(one.body) for one in both] == [
        {"key": {"a": [1]}, "items": [1]},
        {"key": {"a": [1]}, "items": [2, 3]},
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"attributes":',
        '{"attributes":[1,]}',
        '{"attributes":[1,2',
        '{"events":[1,2]}',
        '{"attributes":[1]}',
        '{"attributes":[1,2,3]}',
        '{"attributes":"ab"}',
    ],
)
def test_what_cannot_be_cut_safely_is_not_cut(body: str) -> None:
    assert halves(request(body, attributes=2)) is None


def test_one_row_is_not_cut() -> None:
    assert halves(request('{"attributes":[1]}', attributes=1)) is None


ROWS = st.lists(
    st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.none(), max_size=3),
    max_size=9,
)


@given(arrays=st.fixed_dictionaries({"attributes": ROWS, "events": ROWS, "purchases": ROWS}))
def test_halves_hold_every_row_once_in_order(arrays: dict[str, list[Any]]) -> None:
    whole = request(json.dumps(arrays), **{name: len(rows) for name, rows in arrays.items()})
    both = halves(whole)
    if whole.rows < 2:
        assert both is None
        return
    assert both is not None
    assert abs(both[0].rows - both[1].rows) <= 1
    read = [json.loads(one.body) for one in both]
    for one, content in zip(both, read, strict=True):
        assert {name: len(rows) for name, rows in content.items()} == one.arrays
    together = {name: [row for one in read for row in one.get(name, [])] for name in arrays}
    assert together == arrays
