"""Requests read ahead of the workers: a few, however long they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from onefold.destinations import Request
from onefold.run.pieces import Piece

__all__ = ["MOST_READ_TOGETHER", "Room", "read_ahead"]

MOST_READ_TOGETHER = 256  # requests, by one query
FIRST_READ = 32  # nobody knows yet how long they are
BYTES_READ_TOGETHER = 16_000_000  # about
BYTES_HELD = 64_000_000  # of bodies that wait or are under way


async def read_ahead(
    read: Callable[[int, int], Mapping[int, Request]], chunks: int
) -> AsyncIterator[Piece]:
    """Read chunks in ranges: the longer the last bodies were, the fewer together."""
    first, together = 0, FIRST_READ
    while first < chunks:
        last = min(first + together, chunks) - 1
        requests = await asyncio.to_thread(read, first, last)
        longest = max((len(request.body) for request in requests.values()), default=0)
        for chunk, request in requests.items():
            yield Piece(chunk=chunk, request=request)
        first = last + 1
        together = max(1, min(MOST_READ_TOGETHER, BYTES_READ_TOGETHER // max(1, longest)))


class Room:
    """So many bytes of bodies at a time, and at least one body. One task takes, any task gives."""

    def __init__(self, size_bytes: int = BYTES_HELD) -> None:
        self._size_bytes = size_bytes
        self._held_bytes = 0
        self._given = asyncio.Event()

    async def take(self, piece: Piece) -> None:
        """Wait until there is room for a piece."""
        needed = len(piece.request.body)
        while self._held_bytes and self._held_bytes + needed > self._size_bytes:
            self._given.clear()
            await self._given.wait()
        self._held_bytes += needed

    def give(self, piece: Piece) -> None:
        """Be done with a piece."""
        self._held_bytes -= len(piece.request.body)
        self._given.set()
