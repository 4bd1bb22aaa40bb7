"""Steps: what a run does one after the other, recorded with its counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onefold.run.progress import Progress
from onefold.store import StepRecord, StepState, Store, Transaction

__all__ = ["Step", "Steps"]


@dataclass(kw_only=True, slots=True)
class Step:
    """A step under way. Fill in its counts; they are recorded when it ends."""

    stage: str
    name: str
    started_at: datetime
    rows_in: int | None = None
    rows_out: int | None = None
    rejected: int | None = None
    result: Mapping[str, Any] | None = None
    advanced: Callable[[int], None] = lambda _rows: None
    recorded: bool = False


class Steps:
    """Records steps in the journal; without a store (a dry run) it only remembers them."""

    def __init__(
        self, run_id: str, now: Callable[[], datetime], progress: Progress, store: Store | None
    ) -> None:
        self._run_id = run_id
        self._now = now
        self._progress = progress
        self._store = store
        earlier = [] if store is None else store.journal.steps(run_id)
        self._done = {
            (step.stage, step.name): step for step in earlier if step.state is StepState.DONE
        }
        self._finished = dict(self._done)

    @property
    def finished(self) -> list[StepRecord]:
        """Every step that is done, each once, whichever attempt at the run did it."""
        return list(self._finished.values())

    def done(self, stage: str, name: str) -> StepRecord | None:
        """Give the step if an earlier attempt at this run finished it."""
        return self._done.get((stage, name))

    @contextmanager
    def step(self, stage: str, name: str, *, total: int | None = None) -> Iterator[Step]:
        """Do a step: it is recorded as done when the block ends, as failed when it raises."""
        step = Step(
            stage=stage,
            name=name,
            started_at=self._now(),
            advanced=lambda rows: self._progress.advanced(stage, name, rows),
        )
        self._write(self._now_as(step, StepState.RUNNING))
        self._progress.started(stage, name, total)
        try:
            yield step
        except BaseException:
            self._write(self._now_as(step, StepState.FAILED))
            raise
        finally:
            self._progress.finished(stage, name)
        finished = self._now_as(step, StepState.DONE)
        if not step.recorded:
            self._write(finished)
        self._finished[step.stage, step.name] = finished

    def record(self, tx: Transaction, step: Step) -> None:
        """Record a step as done in the transaction that holds its results."""
        if self._store is not None:
            self._store.journal.write_step(tx, self._now_as(step, StepState.DONE))
            step.recorded = True

    def _now_as(self, step: Step, state: StepState) -> StepRecord:
        return StepRecord(
            run_id=self._run_id,
            stage=step.stage,
            name=step.name,
            state=state,
            started_at=step.started_at,
            ended_at=None if state is StepState.RUNNING else self._now(),
            rows_in=step.rows_in,
            rows_out=step.rows_out,
            rejected=step.rejected,
            result=step.result,
        )

    def _write(self, record: StepRecord) -> None:
        if self._store is not None:
            with self._store.begin() as tx:
                self._store.journal.write_step(tx, record)
