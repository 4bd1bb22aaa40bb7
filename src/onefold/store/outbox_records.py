"""What the outbox keeps, as values: ledgers, change sets, parts of chunks and their receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onefold.model import ChunkState, Origin, RowRefusal

__all__ = ["LAST", "ChangeSetRecord", "LedgerRecord", "Part", "Receipt"]

LAST = 2**31 - 1  # stands for a chunk's last position, whatever it is


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerRecord:
    """A ledger: what a workspace was sent under one kind of identifier, for one kind of object.

    Of what happened before `kept_since` nobody knows any more whether it was sent; None: nothing
    was forgotten.
    """

    id: int
    workspace: str
    identifier: str
    object: str
    endpoint: str
    base_version_id: str | None
    number: int
    kept_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSetRecord:
    """A change set: immutable files of rows cut into chunks, written before anything is sent."""

    id: str
    ledger_id: int
    number: int
    run_id: str
    version_id: str
    created_at: datetime
    rows: int
    chunks: int
    price: Mapping[str, Any]
    origin: Origin = Origin.SEND
    closed: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a chunk that were sent together: all of it, or one half of a half of it.

    Attributes:
        chunk: the chunk.
        first: the position of its first row.
        last: the position of its last row; `LAST` for all that follow.
    """

    chunk: int
    first: int = 0
    last: int = LAST


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What is known of one part of a chunk of a change set that was sent."""

    part: Part
    state: ChunkState
    sent_at: datetime
    settled_at: datetime | None = None
    status: int | None = None
    accepted: int | None = None
    retries: int | None = None
    note: str | None = None
    refusals: tuple[RowRefusal, ...] = ()
