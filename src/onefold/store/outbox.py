"""Ledgers, their change sets, and the receipts: the only commit of what a destination took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, func, insert, select, tuple_, update

from onefold.model import ChunkState, Origin
from onefold.store import schema
from onefold.store.control import Control, Transaction
from onefold.store.outbox_records import ChangeSetRecord, LedgerRecord, Part, Receipt
from onefold.store.upsert import upsert

__all__ = ["Outbox"]

_PART = ("chunk", "first", "last")
_KEY = ("change_set_id", "chunk", "first")
_ROWS_READ_TOGETHER = 10_000


class Outbox:
    """Reads and writes ledgers, change sets, receipts, scopes and assignments."""

    def __init__(self, control: Control) -> None:
        self._control = control

    # -- ledgers ----------------------------------------------------------------------------

    def ledger(self, workspace: str, identifier: str, kind: str) -> LedgerRecord | None:
        """Read a ledger, or None before its first send."""
        table = schema.ledger
        query = select(table).where(
            table.c.workspace == workspace, table.c.identifier == identifier, table.c.object == kind
        )
        with self._control.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else LedgerRecord(**row)

    def ledgers(self) -> Sequence[LedgerRecord]:
        """Give all ledgers."""
        with self._control.read() as connection:
            query = select(schema.ledger).order_by(schema.ledger.c.id)
            rows = connection.execute(query).mappings().all()
        return [LedgerRecord(**row) for row in rows]

    def open_ledger(
        self, tx: Transaction, *, workspace: str, identifier: str, kind: str, endpoint: str
    ) -> int:
        """Create a ledger at its first send, and give its id."""
        statement = insert(schema.ledger).values(
            workspace=workspace, identifier=identifier, object=kind, endpoint=endpoint, number=0
        )
        return int(tx.execute(statement.returning(schema.ledger.c.id)).scalar_one())

    def advance(self, tx: Transaction, ledger_id: int) -> int:
        """Count the ledger's number up and give it; plans made from the old one are stale."""
        table = schema.ledger
        tx.execute(update(table).where(table.c.id == ledger_id).values(number=table.c.number + 1))
        return int(tx.execute(select(table.c.number).where(table.c.id == ledger_id)).scalar_one())

    def fold(
        self,
        tx: Transaction,
        ledger_id: int,
        base_version_id: str,
        change_sets: Sequence[str],
        *,
        kept_since: datetime | None = None,
    ) -> None:
        """Move the pointer to a new base that holds these change sets, from a time on at least."""
        tx.execute(
            update(schema.ledger)
            .where(schema.ledger.c.id == ledger_id)
            .values(base_version_id=base_version_id, kept_since=kept_since)
        )
        tx.execute(
            update(schema.change_set)
            .where(schema.change_set.c.id.in_(change_sets))
            .values(folded=True)
        )
        self.advance(tx, ledger_id)

    # -- change sets ------------------------------------------------------------------------

    def add_change_set(self, tx: Transaction, change_set: ChangeSetRecord) -> None:
        """Record an intent: from here on its chunks are due."""
        tx.execute(
            insert(schema.change_set).values(
                id=change_set.id,
                ledger_id=change_set.ledger_id,
                number=change_set.number,
                run_id=change_set.run_id,
                version_id=change_set.version_id,
                created_at=change_set.created_at,
                rows=change_set.rows,
                chunks=change_set.chunks,
                price=dict(change_set.price),
                origin=change_set.origin,
                closed=change_set.closed,
                folded=change_set.folded,
            )
        )

    def change_sets(
        self, ledger_id: int, *, unfolded_only: bool = False, open_only: bool = False
    ) -> Sequence[ChangeSetRecord]:
        """Give a ledger's change sets, oldest first."""
        table = schema.change_set
        query = select(table).where(table.c.ledger_id == ledger_id).order_by(table.c.number)
        if unfolded_only:
            query = query.where(~table.c.folded)
        if open_only:
            query = query.where(~table.c.closed)
        with self._control.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [ChangeSetRecord(**{**row, "origin": Origin(row["origin"])}) for row in rows]

    def close_change_set(self, tx: Transaction, change_set_id: str) -> None:
        """End a change set: what was never sent is void, what has no answer is unsettled."""
        table = schema.receipt
        tx.execute(
            update(table)
            .where(table.c.change_set_id == change_set_id, table.c.state == ChunkState.SENT)
            .values(state=ChunkState.UNSETTLED)
        )
        tx.execute(
            update(schema.change_set)
            .where(schema.change_set.c.id == change_set_id)
            .values(closed=True)
        )

    # -- receipts ---------------------------------------------------------------------------

    def mark_sent(
        self, tx: Transaction, change_set_id: str, parts: Sequence[Part], *, now: datetime
    ) -> None:
        """Make `sent` durable; only then may the bytes leave. A part tried again is sent again.

        The first half of a part takes its place: the rows of the other half are due again.
        """
        rows = [
            {**_placed(change_set_id, part), "state": ChunkState.SENT, "sent_at": now}
            for part in parts
        ]
        tx.execute(_receipts(tx.dialect.name, ("last", "state", "sent_at")), rows)

    def unsend(self, tx: Transaction, change_set_id: str, parts: Sequence[Part]) -> None:
        """Take `sent` back for parts of which surely nothing was taken: they are due again."""
        table = schema.receipt
        mine = tuple_(table.c.chunk, table.c.first).in_([(one.chunk, one.first) for one in parts])
        tx.execute(
            table.delete().where(
                table.c.change_set_id == change_set_id, mine, table.c.state == ChunkState.SENT
            )
        )

    def settle(self, tx: Transaction, change_set_id: str, receipts: Sequence[Receipt]) -> None:
        """Record answers, with the rows that they refused."""
        rows = [
            {
                **_placed(change_set_id, receipt.part),
                "state": receipt.state,
                "sent_at": receipt.sent_at,
                "settled_at": receipt.settled_at,
                "status": receipt.status,
                "accepted": receipt.accepted,
                "retries": receipt.retries,
                "note": receipt.note,
            }
            for receipt in receipts
        ]
        told = ("last", "state", "settled_at", "status", "accepted", "retries", "note")
        tx.execute(_receipts(tx.dialect.name, told), rows)
        refusals = [
            {
                "change_set_id": change_set_id,
                "chunk": receipt.part.chunk,
                "position": refusal.position,
                "reason": refusal.reason,
                "released": False,
            }
            for receipt in receipts
            for refusal in receipt.refusals
        ]
        if refusals:
            tx.execute(upsert(tx.dialect.name, schema.refusal).on_conflict_do_nothing(), refusals)

    def receipts(self, change_set_id: str) -> Iterator[tuple[Part, ChunkState, datetime]]:
        """Give part, state and time of sending, for all parts that were sent, few at a time."""
        table = schema.receipt
        query = select(*(table.c[name] for name in _PART), table.c.state, table.c.sent_at).where(
            table.c.change_set_id == change_set_id
        )
        for row in self._streamed(query):
            yield Part(*row[:3]), ChunkState(row[3]), row[4]

    def sent_chunks(self, change_set_id: str) -> int:
        """Count the chunks of which at least a part was sent."""
        table = schema.receipt
        query = select(func.count(table.c.chunk.distinct()))
        with self._control.read() as connection:
            found = connection.execute(query.where(table.c.change_set_id == change_set_id))
            return int(found.scalar_one())

    def last_sent(self, change_set_id: str) -> datetime | None:
        """Give when a change set's last chunk was sent, or None when none was."""
        table = schema.receipt
        query = select(func.max(table.c.sent_at)).where(table.c.change_set_id == change_set_id)
        with self._control.read() as connection:
            last: datetime | None = connection.execute(query).scalar_one()
        return last

    def receipt(self, change_set_id: str, chunk: int, position: int) -> Receipt | None:
        """Read the receipt that speaks of a row, without its refusals."""
        table = schema.receipt
        query = select(table).where(
            table.c.change_set_id == change_set_id,
            table.c.chunk == chunk,
            table.c.first <= position,
            table.c.last >= position,
        )
        with self._control.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        values = {name: row[name] for name in row if name not in {"change_set_id", *_PART}}
        part = Part(*(row[name] for name in _PART))
        return Receipt(**{**values, "part": part, "state": ChunkState(row["state"])})

    def states(self, change_set_id: str) -> Mapping[ChunkState, int]:
        """Count the parts that were sent, by state."""
        table = schema.receipt
        query = (
            select(table.c.state, func.count())
            .where(table.c.change_set_id == change_set_id)
            .group_by(table.c.state)
        )
        with self._control.read() as connection:
            return {ChunkState(state): count for state, count in connection.execute(query)}

    def refusals(self, change_set_id: str) -> Iterator[tuple[int, int, str, bool]]:
        """Give chunk, position, reason and whether released, of all refused rows, few at a time."""
        table = schema.refusal
        query = select(table.c.chunk, table.c.position, table.c.reason, table.c.released).where(
            table.c.change_set_id == change_set_id
        )
        for row in self._streamed(query):
            yield row[0], row[1], row[2], row[3]

    def refusal(self, change_set_id: str, chunk: int, position: int) -> str | None:
        """Give why a row was refused, or None when it was not."""
        table = schema.refusal
        query = select(table.c.reason).where(
            table.c.change_set_id == change_set_id,
            table.c.chunk == chunk,
            table.c.position == position,
        )
        with self._control.read() as connection:
            reason: str | None = connection.execute(query).scalar_one_or_none()
        return reason

    def refused_rows(self, change_set_id: str, *, unreleased_only: bool = False) -> int:
        """Count the rows that were refused."""
        table = schema.refusal
        query = select(func.count()).where(table.c.change_set_id == change_set_id)
        if unreleased_only:
            query = query.where(~table.c.released)
        with self._control.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _streamed(self, query: Select[Any]) -> Iterator[Any]:
        """Read a result that may be long; the connection is free again at its end."""
        with self._control.read() as connection:
            options = {"yield_per": _ROWS_READ_TOGETHER}
            yield from connection.execute(query, execution_options=options)

    # -- scopes and assignments -------------------------------------------------------------

    def scopes(self, ledger_id: int) -> Mapping[str, tuple[str, tuple[str, ...]]]:
        """Give whom each orchestration holds: its name to (version id, fields)."""
        query = select(schema.scope).where(schema.scope.c.ledger_id == ledger_id)
        with self._control.read() as connection:
            rows = connection.execute(query).all()
        return {row.orchestration: (row.version_id, tuple(row.fields)) for row in rows}

    def set_scope(
        self,
        tx: Transaction,
        ledger_id: int,
        orchestration: str,
        version_id: str,
        fields: Sequence[str],
    ) -> None:
        """Say whom an orchestration holds now."""
        statement = upsert(tx.dialect.name, schema.scope).values(
            ledger_id=ledger_id,
            orchestration=orchestration,
            version_id=version_id,
            fields=list(fields),
        )
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["ledger_id", "orchestration"],
                set_={"version_id": version_id, "fields": list(fields)},
            )
        )

    def drop_scope(self, tx: Transaction, ledger_id: int, orchestration: str) -> None:
        """Forget a scope that holds nobody any more."""
        table = schema.scope
        tx.execute(
            table.delete().where(
                table.c.ledger_id == ledger_id, table.c.orchestration == orchestration
            )
        )

    def assignments(self, campaign: str) -> str | None:
        """Give the version that holds a campaign's assignments, or None before its first run."""
        table = schema.assignment
        query = select(table.c.version_id).where(table.c.campaign == campaign)
        with self._control.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def set_assignments(self, tx: Transaction, campaign: str, version_id: str) -> None:
        """Move the pointer to a version with a campaign's assignments."""
        statement = upsert(tx.dialect.name, schema.assignment).values(
            campaign=campaign, version_id=version_id
        )
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["campaign"], set_={"version_id": version_id}
            )
        )


@cache  # it is executed thousands of times in a minute, and takes as long to build as to execute
def _receipts(dialect: str, told: tuple[str, ...]) -> Executable:
    """Build the statement that writes receipts, or what is told of those that stand there."""
    statement = upsert(dialect, schema.receipt)
    return statement.on_conflict_do_update(
        index_elements=_KEY, set_={name: statement.excluded[name] for name in told}
    )


def _placed(change_set_id: str, part: Part) -> dict[str, Any]:
    return {
        "change_set_id": change_set_id,
        "chunk": part.chunk,
        "first": part.first,
        "last": part.last,
    }
