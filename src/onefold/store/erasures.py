"""Erasures: what is to be erased until it is, what was, and what must never land again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String, func, insert, select, type_coerce, update

from onefold.model import BarredRecords, Traces
from onefold.store import schema
from onefold.store.control import Control, Transaction
from onefold.store.upsert import upsert

__all__ = ["ErasureRecord", "Erasures"]

ERASED = "[erased]"


@dataclass(frozen=True, kw_only=True, slots=True)
class ErasureRecord:
    """One erasure.

    Attributes:
        id: its id.
        begun_at: when it was agreed to.
        ended_at: when nothing was left; None while it is under way.
        traces: whom it is about; None once they are erased, for then nobody may know any more.
        told: counts, for people.
    """

    id: str
    begun_at: datetime
    ended_at: datetime | None
    traces: Traces | None
    told: Mapping[str, Any]


class Erasures:
    """Reads and writes erasures, and takes texts out of the control database."""

    def __init__(self, control: Control, folder: Path) -> None:
        self._control = control
        self._secret_file = folder / "erasure.key"

    def begin(
        self,
        tx: Transaction,
        erasure_id: str,
        traces: Traces,
        *,
        now: datetime,
        told: Mapping[str, Any],
        randomness: Callable[[int], bytes],
    ) -> None:
        """Record what is to be erased, and bar its records from landing again."""
        secret = self._secret(randomness)
        tx.execute(
            insert(schema.erasure).values(
                id=erasure_id, begun_at=now, traces=asdict(traces), told=dict(told)
            )
        )
        rows = [
            {"source": source, "hash": one, "erasure_id": erasure_id}
            for source, keys in traces.records.items()
            for one in BarredRecords.of(secret, source, keys).hashes
        ]
        if rows:
            tx.execute(upsert(tx.dialect.name, schema.barred).on_conflict_do_nothing(), rows)

    def unfinished(self) -> Sequence[ErasureRecord]:
        """Give the erasures that are under way, oldest first."""
        table = schema.erasure
        query = select(table).where(table.c.ended_at.is_(None)).order_by(table.c.begun_at)
        with self._control.read() as connection:
            rows = connection.execute(query).all()
        return [
            ErasureRecord(
                id=row.id,
                begun_at=row.begun_at,
                ended_at=row.ended_at,
                traces=None if row.traces is None else _traces(row.traces),
                told=row.told,
            )
            for row in rows
        ]

    def forget(self, tx: Transaction, erasure_id: str) -> None:
        """Forget whom it was about; pages of the database may still hold it, until it ends."""
        table = schema.erasure
        tx.execute(update(table).where(table.c.id == erasure_id).values(traces=None))

    def end(self, tx: Transaction, erasure_id: str, *, now: datetime) -> None:
        """Say that nothing is left."""
        table = schema.erasure
        tx.execute(update(table).where(table.c.id == erasure_id).values(ended_at=now))

    def barred(self, source: str) -> BarredRecords | None:
        """Give the records of a source that must not land again, or None when there are none."""
        table = schema.barred
        with self._control.read() as connection:
            hashes = connection.execute(
                select(table.c.hash).where(table.c.source == source)
            ).scalars()
            found = tuple(hashes)
        if not found:
            return None
        prefix = BarredRecords.of(self._secret_file.read_text("ascii"), source).prefix
        return BarredRecords(prefix=prefix, hashes=found)

    def scrub(self, tx: Transaction, texts: Sequence[str]) -> int:
        """Replace texts wherever the control database holds them; give in how many rows."""
        rows = 0
        for table in schema.metadata.sorted_tables:
            if table in (schema.erasure, schema.barred):
                continue
            for one in table.columns:
                if not isinstance(one.type, String | JSON):
                    continue
                text = type_coerce(one, String)
                for value in texts:
                    changed = update(table).where(func.instr(text, value) > 0)
                    replaced = func.replace(text, value, ERASED)
                    rows += tx.execute(changed.values({one.name: replaced})).rowcount
        return rows

    def _secret(self, randomness: Callable[[int], bytes]) -> str:
        """Give the store's secret; the first erasure makes it."""
        if not self._secret_file.exists():
            draft = self._secret_file.with_suffix(".writing")
            draft.touch(mode=0o600)
            with draft.open("w", encoding="ascii") as file:
                file.write(randomness(32).hex())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._secret_file)
        return self._secret_file.read_text("ascii")


def _traces(told: Mapping[str, Any]) -> Traces:
    return Traces(
        person_ids=tuple(told["person_ids"]),
        records={source: tuple(keys) for source, keys in told["records"].items()},
        identifiers={int(ledger): tuple(ones) for ledger, ones in told["identifiers"].items()},
        values=tuple(told["values"]),
    )
