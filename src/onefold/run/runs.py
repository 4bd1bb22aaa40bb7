"""A run's identity: which run this is, an unfinished one that goes on or a new one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from onefold.run.config import RunOptions
from onefold.sources import SourceObject
from onefold.store import RunRecord, RunState, Store

__all__ = ["Opening", "end_run", "inputs_hash", "new_run_id", "open_run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What a run begins with.

    Attributes:
        run: the run.
        resumed: whether it is an unfinished one that goes on.
        closed: an unfinished one that cannot go on, because files changed, and was closed.
    """

    run: RunRecord
    resumed: bool
    closed: RunRecord | None


def open_run(
    store: Store,
    *,
    as_of: datetime | None,
    now: datetime,
    randomness: bytes,
    definitions_hash: str,
    inputs: str,
    options: RunOptions,
) -> Opening:
    """Go on with the unfinished run if nothing else is asked by now; else begin a new one.

    Args:
        store: the store; the caller holds its lease.
        as_of: the instant asked for, or None: now, or what the unfinished run meant.
        now: the time.
        randomness: 10 bytes for the id of a new run.
        definitions_hash: of the project's files.
        inputs: hash of the objects that the sources list (`inputs_hash`).
        options: what was asked.
    """
    unfinished = store.journal.unfinished()
    if unfinished is not None and _goes_on(unfinished, as_of, definitions_hash, inputs, options):
        with store.begin() as tx:
            store.journal.end(tx, unfinished.id, RunState.RUNNING, ended_at=None)
            store.journal.end_steps(tx, unfinished.id, ended_at=now)
        return Opening(run=unfinished, resumed=True, closed=None)
    current = store.catalogue.current()
    run = RunRecord(
        id=new_run_id(now, randomness),
        state=RunState.RUNNING,
        as_of=as_of or now,
        started_at=now,
        definitions_hash=definitions_hash,
        inputs_hash=inputs,
        base_snapshot_id=current.id if current else None,
        options=options.recorded(),
    )
    with store.begin() as tx:
        if unfinished is not None:
            store.journal.end(tx, unfinished.id, RunState.CLOSED, ended_at=now)
            store.journal.end_steps(tx, unfinished.id, ended_at=now)
        store.journal.start(tx, run)
    return Opening(run=run, resumed=False, closed=unfinished)


def end_run(
    store: Store,
    run: RunRecord,
    state: RunState,
    *,
    now: datetime,
    summary: Mapping[str, Any] | None = None,
    error: Mapping[str, Any] | None = None,
) -> RunRecord:
    """Record how a run ended."""
    with store.begin() as tx:
        store.journal.end(tx, run.id, state, ended_at=now, summary=summary, error=error)
    return replace(run, state=state, ended_at=now, summary=summary, error=error)


def inputs_hash(objects: Mapping[str, Sequence[SourceObject]]) -> str:
    """Hash what the sources list: name, size and etag of every object."""
    digest = hashlib.sha256()
    for source in sorted(objects):
        for one in objects[source]:
            digest.update(f"{source}\t{one.name}\t{one.size_bytes}\t{one.etag}\n".encode())
    return digest.hexdigest()


def new_run_id(now: datetime, randomness: bytes) -> str:
    """Make a UUIDv7 of the time and 10 random bytes: ids sort by time."""
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds << 80) | int.from_bytes(randomness[:10])
    number = (number & ~(0xF << 76)) | (0x7 << 76)  # version 7
    number = (number & ~(0x3 << 62)) | (0x2 << 62)  # variant
    return str(UUID(int=number))


def _goes_on(
    run: RunRecord,
    as_of: datetime | None,
    definitions_hash: str,
    inputs: str,
    options: RunOptions,
) -> bool:
    asked = options.recorded()
    return (
        run.definitions_hash == definitions_hash
        and run.inputs_hash == inputs
        and as_of in (None, run.as_of)
        and all(run.options.get(name) == asked[name] for name in ("names", "full_refresh", "send"))
    )
