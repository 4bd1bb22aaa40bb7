"""The journal: every run with its steps, so that a run that died can be understood and resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from onefold.store import schema
from onefold.store.control import Control, Transaction

__all__ = ["Journal", "RunRecord", "RunState", "StepRecord", "StepState"]


class RunState(StrEnum):
    """Where a run stands. A `running` run whose lease is free died, and can be resumed."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # by the user, between chunks or steps
    CLOSED = "closed"  # died, and a later run took over what was left


class StepState(StrEnum):
    """Where a step stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (RunState.RUNNING, RunState.STOPPED, RunState.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """A run's identity and end.

    Attributes:
        id: UUIDv7 text.
        state: where it stands.
        as_of: the one instant that it means by now.
        definitions_hash: of all project files that it used.
        inputs_hash: of all objects that its sources listed.
        base_snapshot_id: the snapshot that it started from.
        snapshot_id: the snapshot that it made current, once it has.
        options: what the command line asked for.
        summary: counts, for people.
        error: kind, message and hint, when it failed.
    """

    id: str
    state: RunState
    as_of: datetime
    started_at: datetime
    ended_at: datetime | None = None
    definitions_hash: str
    inputs_hash: str
    base_snapshot_id: str | None = None
    snapshot_id: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRecord:
    """One step of a run: its stage (room), its name, and its counts in rows."""

    run_id: str
    stage: str
    name: str
    state: StepState
    started_at: datetime
    ended_at: datetime | None = None
    rows_in: int | None = None
    rows_out: int | None = None
    rejected: int | None = None
    result: Mapping[str, Any] | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took, once it ended."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


class Journal:
    """Reads and writes runs and steps."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def start(self, tx: Transaction, run: RunRecord) -> None:
        """Record a new run."""
        tx.execute(
            insert(schema.run).values(
                id=run.id,
                state=run.state,
                as_of=run.as_of,
                started_at=run.started_at,
                definitions_hash=run.definitions_hash,
                inputs_hash=run.inputs_hash,
                base_snapshot_id=run.base_snapshot_id,
                options=dict(run.options),
            )
        )

    def end(
        self,
        tx: Transaction,
        run_id: str,
        state: RunState,
        *,
        ended_at: datetime | None,
        summary: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """Record how a run ended, or that it goes on (`running`, no end)."""
        values: dict[str, Any] = {"state": state, "ended_at": ended_at, "error": error}
        if summary is not None:
            values["summary"] = dict(summary)
        tx.execute(update(schema.run).where(schema.run.c.id == run_id).values(**values))

    def runs(self, *, limit: int = 20) -> Sequence[RunRecord]:
        """Give the latest runs, newest first."""
        query = select(schema.run).order_by(schema.run.c.started_at.desc(), schema.run.c.id.desc())
        with self._control.read() as connection:
            rows = connection.execute(query.limit(limit)).mappings().all()
        return [_run(row) for row in rows]

    def run(self, run_id: str) -> RunRecord | None:
        """Read one run by its id."""
        with self._control.read() as connection:
            query = select(schema.run).where(schema.run.c.id == run_id)
            row = connection.execute(query).mappings().first()
        return None if row is None else _run(row)

    def unfinished(self) -> RunRecord | None:
        """Give the newest run that did not end well and was not closed, if any."""
        query = (
            select(schema.run)
            .where(schema.run.c.state.in_(UNFINISHED))
            .order_by(schema.run.c.started_at.desc(), schema.run.c.id.desc())
        )
        with self._control.read() as connection:
            row = connection.execute(query.limit(1)).mappings().first()
        return None if row is None else _run(row)

    def write_step(self, tx: Transaction, step: StepRecord) -> None:
        """Record a step as it stands now, in the transaction that holds its results."""
        table = schema.step
        key = (
            (table.c.run_id == step.run_id)
            & (table.c.stage == step.stage)
            & (table.c.name == step.name)
        )
        tx.execute(table.delete().where(key))
        tx.execute(
            insert(table).values(
                run_id=step.run_id,
                stage=step.stage,
                name=step.name,
                state=step.state,
                started_at=step.started_at,
                ended_at=step.ended_at,
                rows_in=step.rows_in,
                rows_out=step.rows_out,
                rejected=step.rejected,
                result=None if step.result is None else dict(step.result),
            )
        )

    def end_steps(self, tx: Transaction, run_id: str, *, ended_at: datetime) -> None:
        """Record steps that still run as failed: the process that did them died."""
        table = schema.step
        running = update(table).where(table.c.run_id == run_id, table.c.state == StepState.RUNNING)
        tx.execute(running.values(state=StepState.FAILED, ended_at=ended_at))

    def steps(self, run_id: str) -> Sequence[StepRecord]:
        """Give a run's steps in the order in which they started."""
        table = schema.step
        query = select(table).where(table.c.run_id == run_id).order_by(table.c.started_at)
        with self._control.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [StepRecord(**{**row, "state": StepState(row["state"])}) for row in rows]


def _run(row: RowMapping) -> RunRecord:
    return RunRecord(**{**row, "state": RunState(row["state"])})
