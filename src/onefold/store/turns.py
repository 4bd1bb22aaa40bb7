"""Turns of rate limits, counted for all processes that use this store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import func, select

from onefold.model import Draw, Drawn
from onefold.store import schema
from onefold.store.control import Control, Transaction
from onefold.store.upsert import upsert

__all__ = ["SharedTurns"]

KEPT = 10  # times the slots that count: a process whose clock is a little behind still finds them


class SharedTurns:
    """Counts the turns that all processes took together."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        """Take turns, as many as are left of each limit, in one transaction of its own."""
        return await asyncio.to_thread(self._draw_all, draws)

    def _draw_all(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        with self._control.begin() as tx:
            return [self._draw(tx, one) for one in draws]

    def _draw(self, tx: Transaction, wish: Draw) -> Drawn:
        table = schema.turns
        mine = table.c.limit == wish.limit
        former, unused = wish.unused
        if unused:
            given = table.update().where(mine, table.c.slot == former)
            tx.execute(given.values(taken=table.c.taken - unused))
        counting = wish.slot - wish.oldest + 1
        tx.execute(table.delete().where(mine, table.c.slot < wish.oldest - KEPT * counting))
        # What others took by a clock that is a little ahead counts, too.
        live = (mine, table.c.slot >= wish.oldest, table.c.slot <= wish.slot + counting)
        taken, oldest = tx.execute(
            select(func.coalesce(func.sum(table.c.taken), 0), func.min(table.c.slot)).where(
                *live, table.c.taken > 0
            )
        ).one()
        granted = min(wish.turns, max(wish.most - taken, 0))
        if granted:
            statement = upsert(tx.dialect.name, table).values(
                limit=wish.limit, slot=wish.slot, taken=granted
            )
            tx.execute(
                statement.on_conflict_do_update(
                    index_elements=["limit", "slot"], set_={"taken": table.c.taken + granted}
                )
            )
        return Drawn(turns=granted, oldest=wish.slot if oldest is None else oldest)
