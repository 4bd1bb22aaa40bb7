"""Reading ahead: every chunk once and in order, and never many bytes at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from onefold.destinations import Request
from onefold.run.ahead import BYTES_READ_TOGETHER, MOST_READ_TOGETHER, Room, read_ahead
from onefold.run.pieces import Piece


def request(size: int) -> Request:
    return Request(path="/", body=b"x" * size, arrays={"attributes": 1})


@pytest.mark.parametrize(
    ("size", "most"), [(100, MOST_READ_TOGETHER), (1_000_000, 32), (3_800_000, 32)]
)
async def test_long_bodies_are_read_a_few_at_a_time(size: int, most: int) -> None:
    body, ranges = request(size), list[int]()

    def read(first: int, last: int) -> Mapping[int, Request]:
        ranges.append(last - first + 1)
        return dict.fromkeys(range(first, last + 1), body)

    found = [piece.chunk async for piece in read_ahead(read, 1_100)]
    assert found == list(range(1_100))
    assert max(ranges) == most
    assert max(ranges[1:]) * size <= BYTES_READ_TOGETHER


async def test_there_is_room_for_so_many_bytes_and_for_one_body_that_is_longer() -> None:
    room = Room(250)
    pieces = [Piece(chunk=number, request=request(100)) for number in range(3)]
    await room.take(pieces[0])
    await room.take(pieces[1])
    third = asyncio.create_task(room.take(pieces[2]))
    await asyncio.sleep(0)
    assert not third.done()
    room.give(pieces[0])
    await asyncio.wait_for(third, 5)
    for one in pieces[1:]:
        room.give(one)
    await asyncio.wait_for(room.take(Piece(chunk=4, request=request(1_000))), 5)
