"""Runs, steps and loads: enough to know, after a crash, what happened and what counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from onefold.model import Tally
from onefold.store import LoadRecord, RunRecord, RunState, StepRecord, StepState, Store

StartRun = Callable[..., RunRecord]
TALLY = Tally(read=10, landed=6, rejected=3, superseded=1)


def end(store: Store, run_id: str, state: RunState, now: datetime) -> None:
    with store.begin() as tx:
        store.journal.end(tx, run_id, state, ended_at=now)


def load(run_id: str, name: str, etag: str = "e1") -> LoadRecord:
    return LoadRecord(
        run_id=run_id, source="pos", object=name, size_bytes=2**40, etag=etag, tally=TALLY
    )


def record(store: Store, *loads: LoadRecord) -> None:
    with store.begin() as tx:
        store.loads.record(tx, loads)


def make_effective(store: Store, run_id: str) -> None:
    with store.begin() as tx:
        store.loads.make_effective(tx, run_id)


# --- runs -----------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was(store: Store, start_run: StartRun, now: datetime) -> None:
    started = start_run("r")
    assert store.journal.run("r") == started
    summary = {"rows": 3, "by": {"pos": [1, 2]}}
    with store.begin() as tx:
        store.journal.end(tx, "r", RunState.DONE, ended_at=now, summary=summary)
    ended = store.journal.run("r")
    assert ended is not None
    assert (ended.state, ended.ended_at, ended.summary, ended.error) == (
        RunState.DONE,
        now,
        summary,
        None,
    )
    assert store.journal.run("unknown") is None


def test_going_on_keeps_the_summary_and_forgets_the_error(
    store: Store, start_run: StartRun, now: datetime
) -> None:
    start_run("r")
    with store.begin() as tx:
        store.journal.end(
            tx, "r", RunState.FAILED, ended_at=now, summary={"a": 1}, error={"kind": "SqlError"}
        )
        store.journal.end(tx, "r", RunState.RUNNING, ended_at=None)
    run = store.journal.run("r")
    assert run is not None
    assert (run.state, run.ended_at, run.summary, run.error) == (
        RunState.RUNNING,
        None,
        {"a": 1},
        None,
    )


def test_the_newest_runs_come_first(store: Store, start_run: StartRun, now: datetime) -> None:
    for number, name in enumerate("cab"):
        start_run(name, now + timedelta(microseconds=number))
    start_run("d", now)  # at the same instant as c
    assert [run.id for run in store.journal.runs()] == ["b", "a", "d", "c"]
    assert [run.id for run in store.journal.runs(limit=1)] == ["b"]


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [
        (RunState.RUNNING, True),
        (RunState.STOPPED, True),
        (RunState.FAILED, True),
        (RunState.DONE, False),
        (RunState.CLOSED, False),
    ],
)
def test_which_runs_are_unfinished(
    store: Store, start_run: StartRun, now: datetime, state: RunState, *, goes_on: bool
) -> None:
    start_run("r")
    end(store, "r", state, now)
    found = store.journal.unfinished()
    assert (found is not None and found.id == "r") is goes_on


def test_instants_keep_their_microseconds_and_naive_times_are_refused(
    store: Store, start_run: StartRun, now: datetime
) -> None:
    paris = timezone(timedelta(hours=1))
    start_run("r", now.astimezone(paris))
    found = store.journal.run("r")
    assert found is not None
    assert found.started_at == now
    assert found.started_at.utcoffset() == timedelta()
    with pytest.raises(StatementError, match="naive datetime is not an instant"):
        start_run("naive", now.replace(tzinfo=None))
    assert store.journal.run("naive") is None


# --- steps ----------------------------------------------------------------------------------------


def test_a_step_written_again_replaces_itself(
    store: Store, start_run: StartRun, now: datetime
) -> None:
    start_run("r")
    begun = StepRecord(
        run_id="r", stage="ingest", name="pos", state=StepState.RUNNING, started_at=now
    )
    done = StepRecord(
        run_id="r",
        stage="ingest",
        name="pos",
        state=StepState.DONE,
        started_at=now,
        ended_at=now + timedelta(seconds=1.5),
        rows_in=10,
        rows_out=6,
        rejected=3,
        result={"reasons": []},
    )
    with store.begin() as tx:
        store.journal.write_step(tx, begun)
    assert store.journal.steps("r") == [begun]
    assert begun.seconds is None
    with store.begin() as tx:
        store.journal.write_step(tx, done)
    assert store.journal.steps("r") == [done]
    assert done.seconds == 1.5


def test_steps_come_in_the_order_in_which_they_started(
    store: Store, start_run: StartRun, now: datetime
) -> None:
    start_run("r")
    names = ["z", "a", "m"]
    with store.begin() as tx:
        for number, name in enumerate(names):
            step = StepRecord(
                run_id="r",
                stage="tables",
                name=name,
                state=StepState.DONE,
                started_at=now + timedelta(microseconds=number),
            )
            store.journal.write_step(tx, step)
    assert [step.name for step in store.journal.steps("r")] == names
    assert store.journal.steps("other") == []


# --- loads ----------------------------------------------------------------------------------------


def test_a_load_counts_for_its_own_run_at_once_and_for_others_when_effective(
    store: Store, start_run: StartRun
) -> None:
    start_run("first")
    start_run("second")
    record(store, load("first", "a.csv"))
    assert store.loads.known("pos", run_id="first") == {"a.csv": (2**40, "e1")}
    assert store.loads.known("pos", run_id="second") == {}
    make_effective(store, "first")
    assert store.loads.known("pos", run_id="second") == {"a.csv": (2**40, "e1")}
    assert store.loads.known("crm", run_id="second") == {}


def test_of_an_object_read_twice_the_later_load_is_known(
    store: Store, start_run: StartRun, now: datetime
) -> None:
    start_run("z", now)
    start_run("a", now + timedelta(days=1))
    record(store, load("a", "a.csv", "new"))
    record(store, load("z", "a.csv", "old"), load("z", "b.csv"))
    make_effective(store, "a")
    make_effective(store, "z")
    assert store.loads.known("pos", run_id="later") == {
        "a.csv": (2**40, "new"),
        "b.csv": (2**40, "e1"),
    }


def test_no_loads_are_no_trouble(store: Store) -> None:
    record(store)
    assert store.loads.known("pos", run_id="r") == {}
