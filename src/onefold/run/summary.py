"""What a run did, room by room, from its journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onefold.store import RunRecord, StepRecord

__all__ = ["RoomSummary", "RunSummary", "summarize"]

ROOMS = (
    "ingest",
    "stitch",
    "c360",
    "segments",
    "orchestrations",
    "delta",
    "destinations",
    "ledger",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomSummary:
    """One room's part: rows in and out over its steps, rows rejected, seconds."""

    room: str
    rows_in: int
    rows_out: int
    rejected: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """A run's counts.

    Attributes:
        run_id: the run.
        as_of: its instant, ISO 8601.
        state: how it ended.
        rooms: by room, in the order of the walk.
        people: persons after stitching.
        fields_changed: cells set or cleared that were sent.
        data_points: what they cost.
        requests: requests that were answered.
        acknowledged: request objects that the destination took.
        unsettled: request objects of which nobody knows.
        rejected: rows rejected by ingest, by `prepare` and by the destination.
        superseded: rows that a newer one with the same key outdid.
        budgets: how each limit of a budget stood before this run sent anything.
        held: changes held back by policies: field, reason and cells.
        identity_changes: identifiers that changed, by what became of them, told or not.
        reasons: why rows were rejected: room, reason, rows, and where the first was.
        superfluous: columns that name people in another way than the destination does, by the
            table or query; they were left out.
        unread_columns: columns that were delivered and that no field reads, by source.
    """

    run_id: str
    as_of: str
    state: str
    rooms: tuple[RoomSummary, ...]
    people: int
    fields_changed: int
    data_points: int
    requests: int
    acknowledged: int
    unsettled: int
    rejected: int
    superseded: int
    budgets: tuple[Mapping[str, Any], ...]
    held: tuple[Mapping[str, Any], ...]
    identity_changes: Mapping[str, int]
    reasons: tuple[Mapping[str, Any], ...]
    superfluous: Mapping[str, Sequence[str]]
    unread_columns: Mapping[str, Sequence[str]]


def summarize(run: RunRecord, steps: Sequence[StepRecord]) -> RunSummary:
    """Add a run's steps up."""
    sent = [step for step in steps if step.stage == "destinations" and "answered" in _of(step)]
    landed = [step for step in steps if step.stage == "ingest"]
    return RunSummary(
        run_id=run.id,
        as_of=run.as_of.isoformat(),
        state=str(run.state),
        rooms=tuple(_rooms(steps)),
        people=sum(step.rows_out or 0 for step in steps if step.stage == "stitch"),
        fields_changed=sum(_of(step)["fields"] for step in sent),
        data_points=sum(_of(step)["data_points"] for step in sent),
        requests=sum(_of(step)["answered"] for step in sent),
        acknowledged=sum(_of(step)["acknowledged"] for step in sent),
        unsettled=sum(_of(step)["unsettled_rows"] for step in sent),
        rejected=sum(
            step.rejected or 0 for step in steps if step.stage in ("ingest", "destinations")
        ),
        superseded=sum(_of(step).get("superseded", 0) for step in landed),
        budgets=tuple(one for step in steps for one in _of(step).get("budgets", ())),
        held=tuple(held for step in steps for held in _of(step).get("held", ())),
        identity_changes=_identity_changes(steps),
        reasons=tuple(_reasons(steps)),
        superfluous={
            source: names
            for step in steps
            for source, names in _of(step).get("superfluous", {}).items()
        },
        unread_columns={
            step.name: extra for step in landed if (extra := _of(step).get("extra_columns"))
        },
    )


def _identity_changes(steps: Sequence[StepRecord]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for step in steps:
        for kind, count in _of(step).get("identity_changes", {}).items():
            found[kind] = found.get(kind, 0) + count
    return found


def _of(step: StepRecord) -> Mapping[str, Any]:
    return step.result or {}


def _rooms(steps: Sequence[StepRecord]) -> Iterable[RoomSummary]:
    for room in ROOMS:
        own = [step for step in steps if step.stage == room]
        if own:
            yield RoomSummary(
                room=room,
                rows_in=sum(step.rows_in or 0 for step in own),
                rows_out=sum(step.rows_out or 0 for step in own),
                rejected=sum(step.rejected or 0 for step in own),
                seconds=round(sum(step.seconds or 0 for step in own), 3),
            )


def _reasons(steps: Sequence[StepRecord]) -> Iterable[Mapping[str, Any]]:
    for step in steps:
        for reject in _of(step).get("rejects", ()):
            yield {"room": "ingest", "name": step.name, **reject}
        for reason in _of(step).get("reasons", ()):
            yield {"room": "destinations", "name": step.name, **reason}
