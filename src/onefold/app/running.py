"""`onefold run`: open or resume a run, walk through the rooms, and record how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from onefold.app.adapters import ProjectAdapters
from onefold.app.erasing import refuse_unfinished
from onefold.app.house import House
from onefold.errors import Interrupted, OnefoldError, UnknownReference, nearest
from onefold.model import TableName, TableVersion
from onefold.run import (
    RUN_LEASE,
    STAGES,
    Opening,
    RunLease,
    RunOptions,
    RunSummary,
    Stage,
    Steps,
    Walk,
    end_run,
    inputs_hash,
    list_sources,
    open_run,
    summarize,
    walk_through,
)
from onefold.store import RunState, StepRecord
from onefold.warehouse import Tables

__all__ = ["run_project"]


def run_project(
    house: House,
    options: RunOptions,
    *,
    as_of: datetime | None,
    randomness: Callable[[int], bytes],
    stopping: Callable[[], bool] = lambda: False,
) -> RunSummary:
    """Run the project, or go on with the run that did not end.

    Args:
        house: the project.
        options: what to run.
        as_of: the instant that the run means by now; None: now, or what the unfinished run meant.
        randomness: gives so many random bytes, for the id of a new run.
        stopping: tells that the user asked to stop.

    Raises:
        Refused: somebody is half erased.
        OnefoldError: what went wrong; the run can be run again.
    """
    refuse_unfinished(house)
    stages = _stages(house, options)
    listed = list_sources(house.project)
    holder = randomness(8).hex()
    with RunLease(house.store, RUN_LEASE, holder, house.now) as lease:
        opening = open_run(
            house.store,
            as_of=as_of,
            now=house.now(),
            randomness=randomness(10),
            definitions_hash=house.project.definitions_hash,
            inputs=inputs_hash(listed),
            options=options,
        )
        with house.engine() as engine:
            walk = Walk(
                project=house.project,
                store=house.store,
                engine=engine,
                tables=Tables(engine, house.store.folder, _tables(house, opening)),
                clock=house.clock,
                adapters=ProjectAdapters(house.project, house.environ),
                options=options,
                steps=Steps(opening.run.id, house.now, house.progress, house.store),
                run_id=opening.run.id,
                as_of=opening.run.as_of,
                stopping=stopping,
                still_ours=lease.still_ours,
            )
            try:
                walk_through(walk, listed, stages)
            except BaseException as error:
                _record_failure(house, opening, error)
                raise
            return _record_success(house, opening, walk.steps.finished)


def _stages(house: House, options: RunOptions) -> tuple[Stage, ...]:
    """Choose the stages: those of the workflows asked for, and sending unless refused.

    Raises:
        UnknownReference: a name is of nothing that can be run.
    """
    project = house.project
    runnable = {**project.workflows, **project.orchestrations, **project.campaigns}
    for name in options.names:
        if name not in runnable:
            close = nearest(name, runnable)
            raise UnknownReference(
                f"nothing that can be run is called {name}"
                + (f"; nearest: {close}" if close else ""),
                hint="workflows, orchestrations and campaigns can: "
                + (", ".join(runnable) or "none yet; `onefold run` alone builds every table"),
            )
    if options.names and not set(options.names) & set(project.workflows):
        house.snapshot()  # nothing is built, so something must have been
    workflows = [project.workflows[name] for name in options.names if name in project.workflows]
    wanted = {stage for workflow in workflows for stage in workflow.run}
    if not options.names:
        wanted = {"ingest", "stitch", "tables"}
    skipped = set() if wanted else {"publish"}
    if not options.send:
        skipped.add("send")
    return tuple(
        stage.only_reading if stage.name in {"ingest", "stitch", "tables"} - wanted else stage
        for stage in STAGES
        if stage.name not in skipped
    )


def _tables(house: House, opening: Opening) -> dict[TableName, TableVersion]:
    """Give the tables that the run begins with: the snapshot's, and what it built before."""
    base = opening.run.snapshot_id or opening.run.base_snapshot_id
    tables = dict(house.store.catalogue.snapshot(base).tables) if base else {}
    return tables | dict(house.store.catalogue.built(opening.run.id))


def _record_success(house: House, opening: Opening, steps: list[StepRecord]) -> RunSummary:
    run = end_run(house.store, opening.run, RunState.DONE, now=house.now())
    summary = summarize(run, steps)
    end_run(house.store, opening.run, RunState.DONE, now=house.now(), summary=asdict(summary))
    return summary


def _record_failure(house: House, opening: Opening, error: BaseException) -> None:
    stopped = isinstance(error, Interrupted | KeyboardInterrupt)
    told = error if isinstance(error, OnefoldError) else OnefoldError("")
    end_run(
        house.store,
        opening.run,
        RunState.STOPPED if stopped else RunState.FAILED,
        now=house.now(),
        error={
            "kind": type(error).__name__,
            "message": told.message,
            "hint": told.hint,
        },
    )
