"""`onefold privacy erase`: a person out of Braze and out of the store, for good.

Agreed to, then recorded, then done: what is to be erased stands in the control database until it
is, so that a process that is killed can be followed by another one that goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from onefold.app.adapters import ProjectAdapters
from onefold.app.explaining import find_person_ever, former_ids
from onefold.app.house import House
from onefold.destinations import Destination, Erases, Request
from onefold.errors import Refused
from onefold.model import IdentifierKind, Traces
from onefold.project import Destination as DestinationFile
from onefold.run import (
    RUN_LEASE,
    RunLease,
    RunOptions,
    Steps,
    Walk,
    bind_ever,
    bind_people,
    count_rows,
    delivered_in,
    find_traces,
    rewrite_files,
    settling_time,
    unattributed,
)
from onefold.store import LedgerRecord
from onefold.warehouse import Tables

__all__ = ["Erased", "ErasurePlan", "erase", "plan_erasure", "refuse_unfinished", "resume_erasures"]

ORIGINS_SHOWN = 100
SHORTEST_SCRUBBED = 5  # characters; what is shorter stands in texts about others, too


@dataclass(frozen=True, kw_only=True, slots=True)
class ErasurePlan:
    """What it means to erase a person.

    Attributes:
        person_id: whom.
        found_by: how the question led there.
        records: landed records, by source.
        rows: rows of the store's tables, in all versions, by table.
        deleted_at: what the destinations call the person, by workspace; aliases as `label:name`.
        not_looked_at: sources whose records lead to nobody (`stitch: false`), as far as is known.
        delivered_in: the brand's own files that bring the person, `file:line`, the first 100.
        traces: the same for the machine.
    """

    person_id: str
    found_by: str
    records: Mapping[str, int]
    rows: Mapping[str, int]
    deleted_at: Mapping[str, tuple[str, ...]]
    not_looked_at: tuple[str, ...]
    delivered_in: tuple[str, ...]
    traces: Traces


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """An erasure that is done.

    Attributes:
        erasure_id: its receipt, which stays.
        deleted_at: how many identifiers each workspace was told to delete.
        files: data files that were written anew.
    """

    erasure_id: str
    deleted_at: Mapping[str, int]
    files: int


def plan_erasure(house: House, asked: str) -> ErasurePlan:
    """Say what it means to erase a person; nothing is changed.

    Args:
        house: the project.
        asked: see `explain`.

    Raises:
        OnefoldError: nobody is known by that, or several are.
    """
    with house.reading() as walk:
        bind_people(walk)
        person_id, found_by = find_person_ever(walk, asked)
        person_ids = (person_id, *former_ids(walk, person_id))
        bind_ever(walk, person_ids)
        traces = find_traces(walk, person_ids)
        origins = delivered_in(walk, traces)[:ORIGINS_SHOWN]
        return ErasurePlan(
            person_id=person_id,
            found_by=found_by,
            records={source: len(keys) for source, keys in traces.records.items()},
            rows={str(table): rows for table, rows in count_rows(walk, traces).items()},
            deleted_at={
                workspace: tuple(
                    sorted(kind.spoken(one) for kind, ones in by_kind.items() for one in ones)
                )
                for workspace, by_kind in _identifiers(walk, traces).items()
            },
            not_looked_at=tuple(unattributed(walk)),
            delivered_in=tuple(f"{file}:{line}" for file, line in origins),
            traces=traces,
        )


def erase(
    house: House,
    plan: ErasurePlan,
    *,
    erasure_id: str,
    randomness: Callable[[int], bytes],
    by_hand: Sequence[str] = (),
) -> Erased:
    """Erase a person, as planned.

    Args:
        house: the project.
        plan: what was agreed to.
        erasure_id: names the erasure.
        randomness: gives so many random bytes, for the store's secret.
        by_hand: workspaces where the person was deleted by hand.

    Raises:
        Refused: a destination cannot be told, or is still applying what it was sent.
        SendError: it could not be told; `resume_erasures` goes on.
    """
    with _working(house, erasure_id) as walk:
        # A run may have come between the plan and this: what it brought is the person's, too.
        with house.reading() as seen:
            bind_ever(seen, plan.traces.person_ids)
            traces = find_traces(seen, plan.traces.person_ids)
        _deletions(walk, traces, by_hand)  # refused here, nothing is recorded yet
        told = {"records": dict(plan.records), "rows": dict(plan.rows)}
        with house.store.begin() as tx:
            house.store.erasures.begin(
                tx, erasure_id, traces, now=house.now(), told=told, randomness=randomness
            )
        return _carry_out(walk, erasure_id, traces, by_hand)


def resume_erasures(house: House, *, by_hand: Sequence[str] = ()) -> tuple[Erased, ...]:
    """Go on with erasures that did not end.

    Args:
        house: the project.
        by_hand: workspaces where the persons were deleted by hand.
    """
    done = []
    for one in house.store.erasures.unfinished():
        with _working(house, one.id) as walk:
            done.append(_carry_out(walk, one.id, one.traces, by_hand))
    return tuple(done)


def refuse_unfinished(house: House) -> None:
    """Refuse to work on a store of which somebody is half erased.

    Raises:
        Refused: with what to do.
    """
    if house.store.erasures.unfinished():
        raise Refused(
            "somebody's erasure was begun and did not end",
            hint="end it first: onefold privacy erase --resume",
        )


@contextmanager
def _working(house: House, erasure_id: str) -> Iterator[Walk]:
    """Keep runs away, and give a walk that may send."""
    run_id = f"erasure-{erasure_id}"
    with (
        RunLease(house.store, RUN_LEASE, run_id, house.now) as lease,
        house.engine() as engine,
    ):
        yield Walk(
            project=house.project,
            store=house.store,
            engine=engine,
            tables=Tables(engine, house.store.folder, {}),
            clock=house.clock,
            adapters=ProjectAdapters(house.project, house.environ),
            options=RunOptions(),
            steps=Steps(run_id, house.now, house.progress, None),
            run_id=run_id,
            as_of=house.now(),
            still_ours=lease.still_ours,
        )


def _carry_out(
    walk: Walk, erasure_id: str, traces: Traces | None, by_hand: Sequence[str]
) -> Erased:
    """Delete at the destinations, then here; every step may be repeated."""
    deleted, files = {}, 0
    if traces is not None:
        for workspace, (destination, requests) in _deletions(walk, traces, by_hand).items():
            asyncio.run(_send(walk, destination, requests))
            deleted[workspace] = sum(map(len, _identifiers(walk, traces)[workspace].values()))
        files = rewrite_files(walk, traces)
        with walk.store.begin() as tx:
            walk.store.erasures.scrub(tx, _telling(traces))
            walk.store.erasures.forget(tx, erasure_id)
    walk.store.compact()
    with walk.store.begin() as tx:
        walk.store.erasures.end(tx, erasure_id, now=walk.now())
    return Erased(erasure_id=erasure_id, deleted_at=deleted, files=files)


def _telling(traces: Traces) -> list[str]:
    """Give the texts that are nobody else's wherever they stand; a number may be a count."""
    identifiers = {one for ones in traces.identifiers.values() for one in ones}
    texts = {*traces.person_ids, *traces.values, *identifiers}
    return [one for one in texts if len(one) >= SHORTEST_SCRUBBED and not one.isdecimal()]


def _called(walk: Walk, traces: Traces) -> list[tuple[LedgerRecord, tuple[str, ...]]]:
    """Give what each ledger calls the person."""
    ledgers = {one.id: one for one in walk.store.outbox.ledgers()}
    return [(ledgers[number], found) for number, found in traces.identifiers.items()]


def _deletions(
    walk: Walk, traces: Traces, by_hand: Sequence[str]
) -> Mapping[str, tuple[Destination, list[Request]]]:
    """Give by workspace who is told, and how.

    Raises:
        Refused: a workspace is not in the project, its destination deletes nobody, or it may still
            be applying what it was sent: then the person would come back to life.
    """
    found: dict[str, tuple[Destination, list[Request]]] = {}
    for workspace, by_kind in _identifiers(walk, traces).items():
        if workspace in by_hand:
            continue
        file = walk.project.workspaces.get(workspace)
        if file is None:
            raise Refused(
                f"the person was sent to workspace {workspace}, which no destination of this "
                "project is about any more",
                hint="put its file back; or delete them there by hand, then add: "
                f"--by-hand {workspace}",
            )
        destination = walk.adapters.destination(file)
        if not isinstance(destination, Erases):
            raise Refused(
                f"{file.id} cannot be told to delete anybody",
                hint=f"delete them there by hand, then add: --by-hand {workspace}",
            )
        _refuse_unsettled(walk, file, traces)
        requests = [
            request
            for kind, identifiers in by_kind.items()
            for request in destination.delete_requests(kind, sorted(identifiers))
        ]
        found[workspace] = (destination, requests)
    return found


def _identifiers(walk: Walk, traces: Traces) -> Mapping[str, Mapping[IdentifierKind, set[str]]]:
    found: dict[str, dict[IdentifierKind, set[str]]] = {}
    for ledger, identifiers in _called(walk, traces):
        by_kind = found.setdefault(ledger.workspace, {})
        by_kind.setdefault(IdentifierKind(ledger.identifier), set()).update(identifiers)
    return found


def _refuse_unsettled(walk: Walk, file: DestinationFile, traces: Traces) -> None:
    """Wait until what was sent is surely applied: Braze keeps no order between requests."""
    settled = walk.now() - settling_time(walk, file)
    for ledger, _ in _called(walk, traces):
        if ledger.workspace != file.workspace:
            continue
        sets = reversed(walk.store.outbox.change_sets(ledger.id))
        times = (walk.store.outbox.last_sent(one.id) for one in sets)
        last = next((time for time in times if time is not None), None)
        if last is not None and last > settled:
            raise Refused(
                f"workspace {file.workspace} was sent something at {last:%H:%M:%S} UTC, and "
                "may still be applying it after the deletion",
                hint=f"try again after {last + (walk.now() - settled):%H:%M:%S} UTC",
            )


async def _send(walk: Walk, destination: Destination, requests: Sequence[Request]) -> None:
    async with destination.sender(
        clock=walk.clock, seed=walk.options.seed, turns=walk.store.turns
    ) as sender:
        for request in requests:
            walk.still_ours()
            await sender.send(request)
