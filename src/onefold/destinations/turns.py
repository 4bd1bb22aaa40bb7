"""Where turns are counted: in this process alone, or elsewhere for many processes together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from onefold.model import Draw, Drawn

__all__ = ["OwnTurns", "Turns"]


class Turns(Protocol):
    """Counts the turns that were taken, slot by slot."""

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        """Take turns, as many as are left of each limit, all draws at one moment."""


class OwnTurns:
    """Counts for this process alone."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[list[int]]] = {}

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        """Take turns, as many as are left of each limit."""
        return [self._draw(one) for one in draws]

    def _draw(self, wish: Draw) -> Drawn:
        slots = self._taken.setdefault(wish.limit, deque())
        former, unused = wish.unused
        for slot in slots:
            if slot[0] == former:
                slot[1] -= unused
        while slots and (slots[0][0] < wish.oldest or not slots[0][1]):
            slots.popleft()
        granted = min(wish.turns, max(wish.most - sum(taken for _, taken in slots), 0))
        if granted:
            if slots and slots[-1][0] == wish.slot:
                slots[-1][1] += granted
            else:
                slots.append([wish.slot, granted])
        return Drawn(turns=granted, oldest=slots[0][0] if slots else wish.slot)
