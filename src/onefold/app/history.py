"""`onefold runs`, `run show`, `ledger show`: what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from onefold.app.house import House
from onefold.errors import OnefoldError
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ATTRIBUTES, ChunkState
from onefold.run import RunSummary, summarize
from onefold.store import ChangeSetRecord, LedgerRecord, RunRecord, StepRecord
from onefold.warehouse import Tables

__all__ = ["LedgerState", "RunDetails", "find_ledger", "ledger_state", "list_runs", "show_run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDetails:
    """A run with its steps and its counts."""

    run: RunRecord
    steps: tuple[StepRecord, ...]
    summary: RunSummary


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerState:
    """A ledger: whose it is, and the states of its latest change sets."""

    workspace: str
    identifier: str
    object: str
    endpoint: str
    number: int
    profiles: int
    scopes: Mapping[str, int]
    change_sets: tuple[Mapping[str, Any], ...]


def list_runs(house: House, *, limit: int = 20) -> Sequence[Mapping[str, Any]]:
    """Give the latest runs, newest first: each run's record, and `data_points` that it cost."""
    runs = house.store.journal.runs(limit=limit)
    costs = house.store.costs.of_runs([run.id for run in runs])
    return [{**asdict(run), "data_points": costs.get(run.id, 0)} for run in runs]


def show_run(house: House, run_id: str) -> RunDetails:
    """Give a run with its steps; a unique beginning of its id will do.

    Raises:
        OnefoldError: no run, or several, begin so.
    """
    found = [run for run in house.store.journal.runs(limit=1000) if run.id.startswith(run_id)]
    if len(found) != 1:
        raise OnefoldError(f"{len(found)} runs begin with {run_id}", hint="list them: onefold runs")
    steps = tuple(house.store.journal.steps(found[0].id))
    return RunDetails(run=found[0], steps=steps, summary=summarize(found[0], steps))


def ledger_state(house: House, workspace: str) -> LedgerState:
    """Give the state of a workspace's ledger.

    Raises:
        OnefoldError: nothing was ever sent to such a workspace.
    """
    return _state(house, find_ledger(house, workspace))


def find_ledger(house: House, workspace: str) -> LedgerRecord:
    """Find the ledger of a workspace, of `workspace/object`, or of `workspace/object/identifier`.

    Raises:
        OnefoldError: nothing was ever sent to such a workspace.
    """
    # A workspace has a ledger for each kind of identifier that it was ever sent to by, and for
    # each object; who names neither means the attributes of the people that it is sent now.
    meant = {(one.workspace, one.identifier) for one in house.project.destinations.values()}
    ledgers = sorted(
        house.store.outbox.ledgers(),
        key=lambda one: (
            (one.workspace, one.identifier) not in meant,
            one.object != str(ATTRIBUTES),
        ),
    )
    for ledger in ledgers:
        names = (ledger.workspace, f"{ledger.workspace}/{ledger.object}")
        if workspace in (*names, f"{ledger.workspace}/{ledger.object}/{ledger.identifier}"):
            return ledger
    known = dict.fromkeys(f"{one.workspace}/{one.object}" for one in ledgers)
    raise OnefoldError(
        f"there is no ledger called {workspace}",
        hint=f"ledgers: {', '.join(known) or 'none before the first send'}",
    )


def _state(house: House, ledger: LedgerRecord) -> LedgerState:
    catalogue, outbox = house.store.catalogue, house.store.outbox
    latest = outbox.change_sets(ledger.id)[-20:]
    costs = house.store.costs.of_change_sets([one.id for one in latest])
    return LedgerState(
        workspace=ledger.workspace,
        identifier=ledger.identifier,
        object=ledger.object,
        endpoint=ledger.endpoint,
        number=ledger.number,
        profiles=_profiles(house, ledger),
        scopes={
            name: catalogue.version(version).rows
            for name, (version, _) in outbox.scopes(ledger.id).items()
        },
        change_sets=tuple(
            {**_change_set(house, one), "data_points": costs.get(one.id, 0)}
            for one in reversed(latest)
        ),
    )


def _profiles(house: House, record: LedgerRecord) -> int:
    """Count the profiles that the destination acknowledged."""
    with house.engine() as engine:
        key = LedgerKey.of(record)
        tables = Tables(engine, house.store.folder, {})
        state = Ledger(house.store, tables, key, LedgerSettings()).state(now=house.now())
        return 0 if state is None else engine.count(state)


def _change_set(house: House, one: ChangeSetRecord) -> Mapping[str, Any]:
    states = dict(house.store.outbox.states(one.id))
    sent = house.store.outbox.sent_chunks(one.id)
    states[ChunkState.VOID if one.closed else ChunkState.DUE] = one.chunks - sent
    return {
        **asdict(one),
        "states": {str(state): count for state, count in states.items() if count},
        "refused_rows": house.store.outbox.refused_rows(one.id),
    }
