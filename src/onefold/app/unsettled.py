"""`onefold ledger show --unsettled`: events and purchases of which nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from onefold.app.history import find_ledger
from onefold.app.house import House
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ChunkState, ObjectKind
from onefold.store import LedgerRecord
from onefold.warehouse import Tables, call, column, literal, relation, scan

__all__ = ["UnsettledOccurrence", "occurrence_ledgers", "unsettled_occurrences"]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsettledOccurrence:
    """An event or purchase that was sent and got no answer: it may stand there, or not.

    Attributes:
        object: events or purchases.
        id: its `onefold_id`, by which it is found in Braze and in Currents.
        user: whose it is, as the destination knows people; an alias as `label:name`.
        time: when it happened.
        run: the run that sent it last.
        sent_at: when that was, to the minute or so.
    """

    object: str
    id: str
    user: str
    time: datetime
    run: str
    sent_at: datetime


def unsettled_occurrences(house: House, workspace: str) -> tuple[UnsettledOccurrence, ...]:
    """List a workspace's events and purchases that were sent and got no answer, oldest first."""
    with house.engine() as engine:
        tables = Tables(engine, house.store.folder, {})
        return tuple(
            one
            for record, ledger in occurrence_ledgers(house, tables, workspace)
            for one in _of_ledger(house, tables, record, ledger)
        )


def occurrence_ledgers(
    house: House, tables: Tables, workspace: str
) -> Iterator[tuple[LedgerRecord, Ledger]]:
    """Give a workspace's ledgers of events and of purchases.

    Raises:
        OnefoldError: nothing was ever sent to such a workspace.
    """
    find_ledger(house, workspace)
    happening = {str(kind) for kind in ObjectKind if kind.happens_once}
    for record in house.store.outbox.ledgers():
        if record.workspace == workspace and record.object in happening:
            yield record, Ledger(house.store, tables, LedgerKey.of(record), LedgerSettings())


def _of_ledger(
    house: House, tables: Tables, record: LedgerRecord, ledger: Ledger
) -> Iterator[UnsettledOccurrence]:
    state = ledger.state(now=house.now(), result=f"{record.object}_now")
    if state is None:
        return
    unknown = exp.not_(column("_unsettled").is_(exp.null()))
    sends = _sends(house, tables, record)
    if sends is None:
        return
    same = column("_identifier", "s").eq(column("_identifier", "n"))
    rows = (
        exp.select(
            column("_identifier", "n").as_("id"),
            column("user", "n"),
            column("time", "n"),
            column("run", "s"),
            column("sent_at", "s"),
        )
        .from_(relation(state, "n"))
        .join(sends.subquery("s"), on=same)
        .where(unknown)
        .order_by(column("time", "n"), column("_identifier", "n"))
    )
    for batch in tables.engine.arrow(rows):
        for row in batch.to_pylist():
            user = ledger.key.identifier.spoken(row.pop("user"))
            yield UnsettledOccurrence(object=record.object, user=user, **row)


def _sends(house: House, tables: Tables, record: LedgerRecord) -> exp.Select | None:
    """Select who sent each id last: `_identifier`, `run`, `sent_at`."""
    parts = []
    for one in house.store.outbox.change_sets(record.id):
        if not {ChunkState.UNSETTLED, ChunkState.SENT} & house.store.outbox.states(one.id).keys():
            continue
        version = house.store.catalogue.version(one.version_id)
        rows = scan(tables.folder, version.files, version.columns).subquery("c")
        moment = exp.cast(literal(one.created_at.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
        parts.append(
            exp.select(
                column("_identifier", "c"),
                literal(one.number).as_("number"),
                literal(one.run_id).as_("run"),
                moment.as_("sent_at"),
            ).from_(rows)
        )
    if not parts:
        return None
    stacked = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    latest = [
        call("arg_max", column(name), column("number")).as_(name) for name in ("run", "sent_at")
    ]
    grouped = exp.select(column("_identifier"), *latest).from_(stacked.subquery("sends"))
    return grouped.group_by(column("_identifier"))
