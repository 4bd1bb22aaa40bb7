"""A ledger: read its state, record intents, compact it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import uuid4

from sqlglot import exp

from onefold.errors import Refused
from onefold.ledger.acknowledged import acknowledged
from onefold.ledger.change_sets import ChangeSetFiles
from onefold.ledger.config import LedgerKey, LedgerSettings
from onefold.ledger.costs import change_set_costs
from onefold.ledger.refusals import view_refused_changes, view_refused_rows
from onefold.model import ChunkState, ObjectKind, Origin, TableName, TableVersion
from onefold.store import ChangeSetRecord, LedgerRecord, Part, Receipt, Store, Transaction
from onefold.warehouse import Tables, column, literal, relation, scan

__all__ = ["Intent", "Ledger"]

ROWS_PER_GROUP = 20_480  # of a change set: requests are read from it some hundred at a time


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A change set as it was recorded, and the version that holds its rows."""

    change_set: ChangeSetRecord
    version: TableVersion


class Ledger:
    """One workspace's ledger in a store. Its number tells whether a plan made from it is stale."""

    def __init__(
        self, store: Store, tables: Tables, key: LedgerKey, settings: LedgerSettings
    ) -> None:
        self._store = store
        self._tables = tables
        self._settings = settings
        self.key = key

    @property
    def record(self) -> LedgerRecord | None:
        """The ledger in the control database, or None before the first send."""
        return self._store.outbox.ledger(self.key.workspace, self.key.identifier, self.key.object)

    def check_endpoint(self) -> None:
        """Refuse to go on when the workspace's name is used for another endpoint.

        Raises:
            Refused: with the choices that are left.
        """
        record = self.record
        if record is not None and record.endpoint != self.key.endpoint:
            raise Refused(
                f"the ledger of workspace {self.key.workspace} was filled by sends to "
                f"{record.endpoint}, and the destination now says {self.key.endpoint}",
                hint="if that is another workspace of Braze, give it another name in `workspace:` "
                "(it starts with an empty ledger); if it is the same, put the endpoint back",
            )

    def state(
        self, *, now: datetime, settled_only: bool = False, result: str = "acknowledged"
    ) -> str | None:
        """Make the view `result` of the acknowledged state (see `acknowledged`), or give None.

        With `settled_only` a cell holds what was acknowledged last, whatever was sent since.
        """
        record = self.record
        if record is None:
            return None
        since = now - self._settings.settle
        return acknowledged(
            self._tables,
            self._store.outbox,
            self._base(record),
            self._unfolded(record),
            sent_since=since if self._settings.settle else None,
            timed=self._settings.timed,
            repeats=ObjectKind.of(self.key.object).comes_in_cells,
            settled_only=settled_only,
            result=result,
        )

    def quarantined(self, *, result: str = "quarantined") -> str | None:
        """Make the view `result` of refused rows that were not released, or give None."""
        record = self.record
        sets = [] if record is None else self._with_refusals(record, Origin.SEND)
        return view_refused_rows(self._tables, self._store.outbox, sets, result=result)

    def refused_identities(self, *, result: str = "refused_identities") -> str | None:
        """Make the view `result` of identity changes that were refused, or give None.

        A row a change: `_kind`, `_from`, `_to`, `_reason`.
        """
        record = self.record
        sets = [] if record is None else self._with_refusals(record, Origin.IDENTITY)
        return view_refused_changes(self._tables, self._store.outbox, sets, result=result)

    def scopes(self) -> Mapping[str, tuple[str, tuple[str, ...]]]:
        """Make a view (`_identifier`) of whom each orchestration holds.

        Returns:
            The orchestration to (the view's name, the fields that it holds).
        """
        record = self.record
        if record is None:
            return {}
        views = {}
        held = self._store.outbox.scopes(record.id)
        for number, (name, (version_id, fields)) in enumerate(held.items()):
            version = self._store.catalogue.version(version_id)
            view = f"_scope_{record.id}_{number}"
            query = scan(self._tables.folder, version.files, version.columns)
            self._tables.engine.view(view, query)
            views[name] = (view, fields)
        return views

    def intend(
        self,
        changes: str,
        *,
        run_id: str,
        now: datetime,
        price: Mapping[str, Any],
        scopes: Mapping[str, tuple[exp.Expr, tuple[str, ...]]],
        origin: Origin = Origin.SEND,
    ) -> Intent:
        """Write a change set, then record it: from then on its chunks are due.

        Args:
            changes: the relation of changes with `_chunk` and `_position`.
            run_id: the run that intends it.
            now: the time.
            price: what it costs, for people.
            scopes: whom each orchestration may hold from now on: its name to a selection of
                `_identifier`, and the fields that it holds there.
            origin: how the rows come to be known.
        """
        ledger_id = self._open()
        version = self._tables.write(
            TableName("ledger", f"changes_{ledger_id}"),
            exp.select("*").from_(relation(changes)),
            order_by=("_chunk", "_position"),
            rows_per_group=ROWS_PER_GROUP,
        )
        rows, chunks = self._tables.engine.row(
            exp.select("count(*)", "coalesce(max(_chunk) + 1, 0)").from_(relation(changes))
        )
        held = self._write_scopes(ledger_id, scopes)
        with self._store.begin() as tx:
            number = self._store.outbox.advance(tx, ledger_id)
            change_set = ChangeSetRecord(
                id=uuid4().hex,
                ledger_id=ledger_id,
                number=number,
                run_id=run_id,
                version_id=version.id,
                created_at=now,
                rows=rows,
                chunks=chunks,
                price=price,
                origin=origin,
            )
            self._store.catalogue.add_version(tx, version, run_id=run_id, created_at=now)
            self._store.outbox.add_change_set(tx, change_set)
            self._point(tx, ledger_id, held, run_id=run_id, now=now)
        return Intent(change_set=change_set, version=version)

    def observe(
        self, rows: str, *, origin: Origin, run_id: str, now: datetime, note: str = ""
    ) -> ChangeSetRecord | None:
        """Record what became known without a send: an acknowledged change set of one chunk.

        Args:
            rows: `_identifier`, `_changed` VARCHAR[], the fields, and where it applies `_person_id`
                and `_unknown` VARCHAR[] (those of `_changed` whose value nobody knows).
            origin: how it became known.
            run_id: the run that records it.
            now: the time.
            note: more about it, kept with the receipt: who said so.

        Returns:
            The change set, or None when there are no rows.
        """
        placed = exp.select(
            "*",
            exp.cast(literal(0), "BIGINT").as_("_chunk"),
            "CAST(row_number() OVER (ORDER BY _identifier) - 1 AS INTEGER) AS _position",
        ).from_(relation(rows))
        with self._tables.engine.scratch("observed") as (observed,):
            if not self._tables.engine.table(observed, placed):
                return None
            intent = self.intend(
                observed, run_id=run_id, now=now, price={}, scopes={}, origin=origin
            )
        with self._store.begin() as tx:
            receipt = Receipt(
                part=Part(0),
                state=ChunkState.ACKNOWLEDGED,
                sent_at=now,
                settled_at=now,
                note=note or origin,
            )
            self._store.outbox.settle(tx, intent.change_set.id, [receipt])
            self._store.outbox.close_change_set(tx, intent.change_set.id)
        return intent.change_set

    def hold(
        self,
        scopes: Mapping[str, tuple[exp.Expr, tuple[str, ...]]],
        *,
        formerly: Sequence[str],
        run_id: str,
        now: datetime,
    ) -> None:
        """Say whom each orchestration holds now that sending is over.

        Args:
            scopes: as in `intend`.
            formerly: former names of orchestrations: their scopes went over to the new ones.
            run_id: the run that says it.
            now: the time.
        """
        record = self.record
        if record is None:
            return
        held = self._write_scopes(record.id, scopes)
        with self._store.begin() as tx:
            self._point(tx, record.id, held, run_id=run_id, now=now)
            for former in formerly:
                self._store.outbox.drop_scope(tx, record.id, former)

    def close(self) -> int:
        """Close what is left open: due is void, sent is unsettled. Give how many it closed.

        What they cost is recorded with it, and does not change any more.

        The caller holds the lease, so whoever opened it is done, or dead.
        """
        record = self.record
        if record is None:
            return 0
        sets = self._store.outbox.change_sets(record.id, open_only=True)
        costs = {
            one.id: change_set_costs(
                self._store, self._tables, self._files(one), kind=self.key.object
            )
            for one in sets
        }
        with self._store.begin() as tx:
            for change_set in sets:
                self._store.outbox.close_change_set(tx, change_set.id)
                self._store.costs.record(tx, change_set.id, costs[change_set.id])
        return len(sets)

    def fold(
        self,
        *,
        run_id: str,
        now: datetime,
        forget_before: datetime | None = None,
        doubts: bool = True,
    ) -> bool:
        """Compact when more than `fold_above` of the base lies unfolded; tell whether it did.

        The new base is written first; the pointer moves in one transaction. A base does not say
        when a cell was sent, but for `timed` fields: what was sent a moment ago, and all that came
        later, stays outside.

        Args:
            run_id: the run that compacts.
            now: the time.
            doubts: whether to compact although nobody knows some value: a base does not say what
                was acknowledged before it.
            forget_before: leave out what happened (field `time`) earlier; None keeps everything.
        """
        record = self.record
        if record is None:
            return False
        calm = now - self._settings.settle
        unfolded = list(takewhile(lambda one: self._is_calm(one, calm), self._unfolded(record)))
        base = self._base(record)
        lying = sum(one.record.rows for one in unfolded)
        if not unfolded or (base and lying <= self._settings.fold_above * base.rows):
            return False
        state = acknowledged(
            self._tables,
            self._store.outbox,
            base,
            unfolded,
            timed=self._settings.timed,
            repeats=ObjectKind.of(self.key.object).comes_in_cells,
            result="_folding",
        )
        assert state is not None  # noqa: S101 - there are change sets
        unsettled = exp.not_(column("_unsettled").is_(exp.null()))
        doubtful = exp.select("count(*)").from_(relation(state)).where(unsettled)
        if not doubts and self._tables.engine.scalar(doubtful):
            return False
        kept = exp.select("* EXCLUDE (_recent)", dialect="duckdb").from_(relation(state))
        kept_since = max(filter(None, (record.kept_since, forget_before)), default=None)
        if kept_since is not None:
            since = exp.cast(literal(kept_since.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
            kept = kept.where(exp.GTE(this=column("time"), expression=since))
        folded = self._tables.write(TableName("ledger", f"base_{record.id}"), kept)
        with self._store.begin() as tx:
            self._store.catalogue.add_version(tx, folded, run_id=run_id, created_at=now)
            ids = [one.record.id for one in unfolded]
            self._store.outbox.fold(tx, record.id, folded.id, ids, kept_since=kept_since)
        return True

    def _is_calm(self, change_set: ChangeSetFiles, calm: datetime) -> bool:
        last_sent = self._store.outbox.last_sent(change_set.record.id)
        return change_set.record.closed and (last_sent is None or last_sent <= calm)

    # -- parts --------------------------------------------------------------------------------

    def _open(self) -> int:
        record = self.record
        if record is not None:
            return record.id
        with self._store.begin() as tx:
            return self._store.outbox.open_ledger(
                tx,
                workspace=self.key.workspace,
                identifier=self.key.identifier,
                kind=self.key.object,
                endpoint=self.key.endpoint,
            )

    def _write_scopes(
        self, ledger_id: int, scopes: Mapping[str, tuple[exp.Expr, tuple[str, ...]]]
    ) -> Mapping[str, tuple[TableVersion, tuple[str, ...]]]:
        table = TableName("ledger", f"scopes_{ledger_id}")
        return {
            name: (self._tables.write(table, identifiers), fields)
            for name, (identifiers, fields) in scopes.items()
        }

    def _point(
        self,
        tx: Transaction,
        ledger_id: int,
        held: Mapping[str, tuple[TableVersion, tuple[str, ...]]],
        *,
        run_id: str,
        now: datetime,
    ) -> None:
        for name, (version, fields) in held.items():
            if not version.rows:
                self._store.outbox.drop_scope(tx, ledger_id, name)
                continue
            self._store.catalogue.add_version(tx, version, run_id=run_id, created_at=now)
            self._store.outbox.set_scope(tx, ledger_id, name, version.id, fields)

    def _with_refusals(self, record: LedgerRecord, origin: Origin) -> Sequence[ChangeSetFiles]:
        """Give the change sets of an origin some of whose rows are refused and not released.

        A refused rename or merge is no refusal of values.
        """
        return [
            self._files(one)
            for one in self._store.outbox.change_sets(record.id)
            if one.origin is origin
            and self._store.outbox.refused_rows(one.id, unreleased_only=True)
        ]

    def _base(self, record: LedgerRecord) -> TableVersion | None:
        if record.base_version_id is None:
            return None
        return self._store.catalogue.version(record.base_version_id)

    def _unfolded(self, record: LedgerRecord) -> Sequence[ChangeSetFiles]:
        sets = self._store.outbox.change_sets(record.id, unfolded_only=True)
        return [self._files(one) for one in sets]

    def _files(self, record: ChangeSetRecord) -> ChangeSetFiles:
        version = self._store.catalogue.version(record.version_id)
        return ChangeSetFiles(record=record, version=version)
