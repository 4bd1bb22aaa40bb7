"""Loads: which objects were read, with what result, so that none is read twice or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, or_, select, update

from onefold.model import Tally
from onefold.store import schema
from onefold.store.control import Control, Transaction

__all__ = ["LoadRecord", "Loads"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadRecord:
    """An object that a run read: its name, size and etag, and what became of its rows."""

    run_id: str
    source: str
    object: str
    size_bytes: int
    etag: str
    tally: Tally


class Loads:
    """Reads and writes loads. A load counts for others once its run's snapshot is current."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def record(self, tx: Transaction, loads: Sequence[LoadRecord]) -> None:
        """Record objects in the transaction that holds their landed version."""
        rows = [
            {
                "run_id": load.run_id,
                "source": load.source,
                "object": load.object,
                "size_bytes": load.size_bytes,
                "etag": load.etag,
                "read": load.tally.read,
                "landed": load.tally.landed,
                "rejected": load.tally.rejected,
                "superseded": load.tally.superseded,
                "effective": False,
            }
            for load in loads
        ]
        if rows:
            tx.execute(insert(schema.load), rows)

    def make_effective(self, tx: Transaction, run_id: str) -> None:
        """Let a run's loads count for everybody, in the transaction of its flip."""
        tx.execute(update(schema.load).where(schema.load.c.run_id == run_id).values(effective=True))

    def known(self, source: str, *, run_id: str) -> dict[str, tuple[int, str]]:
        """Give the objects that need not be read again: name to (size in bytes, etag)."""
        table = schema.load
        query = (
            select(table.c.object, table.c.size_bytes, table.c.etag)
            .join(schema.run, schema.run.c.id == table.c.run_id)
            .where(table.c.source == source)
            .where(or_(table.c.effective, table.c.run_id == run_id))
            .order_by(schema.run.c.started_at)
        )
        with self._control.read() as connection:
            return {row.object: (row.size_bytes, row.etag) for row in connection.execute(query)}
