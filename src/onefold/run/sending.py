"""The send loop: bodies out, receipts in, `sent` durable before any byte leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from onefold.destinations import Clock, Destination, Sender, Undelivered
from onefold.errors import Final, Interrupted, KeyRejected, OnefoldError, PermissionMissing
from onefold.model import Answer, ChunkState
from onefold.run.committing import GroupCommit
from onefold.store import ChangeSetRecord, Receipt, Store
from onefold.warehouse import Engine

__all__ = ["SendTally", "instant", "send"]

CHUNKS_READ_TOGETHER = 512  # bodies built by one query; some 10 to 20 MB
FAILURES_THAT_STOP = 5  # so many requests in a row without success: the destination is down


@dataclass(slots=True)
class SendTally:
    """What became of a change set's requests and rows so far."""

    answered: int = 0
    retries: int = 0
    acknowledged: int = 0
    refused: int = 0
    rejected_requests: int = 0
    rejected_rows: int = 0
    unsettled_requests: int = 0
    unsettled_rows: int = 0
    refused_for: dict[str, int] = field(default_factory=dict)

    def count(self, receipt: Receipt, rows: int) -> None:
        """Add one receipt."""
        self.answered += 1
        self.retries += receipt.retries or 0
        if receipt.state is ChunkState.ACKNOWLEDGED:
            self.acknowledged += rows - len(receipt.refusals)
            self.refused += len(receipt.refusals)
        elif receipt.state is ChunkState.REJECTED:
            self.rejected_requests += 1
            self.rejected_rows += rows
        else:
            self.unsettled_requests += 1
            self.unsettled_rows += rows
        for refusal in receipt.refusals:
            self.refused_for[refusal.reason] = self.refused_for.get(refusal.reason, 0) + 1


@dataclass(frozen=True, slots=True)
class _Chunk:
    number: int
    rows: int
    body: bytes


def instant(clock: Clock) -> datetime:
    """Give the time now, as UTC."""
    return datetime.fromtimestamp(clock.now(), UTC)


async def send(
    *,
    store: Store,
    engine: Engine,
    destination: Destination,
    cut: str,
    change_set: ChangeSetRecord,
    clock: Clock,
    seed: int,
    in_flight: int,
    still_ours: Callable[[], None],
    stopping: Callable[[], bool],
    progress: Callable[[int], None],
    tally: SendTally,
) -> None:
    """Send every chunk of a change set and record a receipt for each.

    Args:
        store: where receipts go.
        engine: where the relation `cut` is; used by one thread at a time.
        destination: who takes it.
        cut: the rows with `_chunk`, `_position` and `_object`.
        change_set: as it was recorded.
        clock: the time.
        seed: makes the jitter of waits repeatable.
        in_flight: requests under way at the same time.
        still_ours: raises when the sending lease was lost.
        stopping: tells that the user asked to stop.
        progress: told how many rows were settled.
        tally: filled in as answers come, also when the sending ends early.

    Raises:
        Interrupted: the user asked to stop; what was under way is settled first.
        SendError: the destination is down, or refuses the key.
    """
    loop = _SendLoop(tally, clock, still_ours, stopping, progress)
    async with (
        destination.sender(clock=clock, seed=seed) as sender,
        GroupCommit(store, change_set.id, lambda: instant(clock)) as commit,
    ):
        chunks: asyncio.Queue[_Chunk | None] = asyncio.Queue(maxsize=CHUNKS_READ_TOGETHER)
        async with asyncio.TaskGroup() as workers:
            for _ in range(in_flight):
                workers.create_task(loop.work(chunks, sender, commit))
            async for chunk in _bodies(engine, destination, cut, change_set.chunks):
                if loop.ended:
                    break
                await chunks.put(chunk)
            for _ in range(in_flight):
                await chunks.put(None)
    if loop.failure is not None:
        raise loop.failure
    if stopping():
        raise Interrupted(
            "stopped between requests, as asked; every answer so far is kept",
            hint="`onefold run` goes on from here",
        )


async def _bodies(
    engine: Engine, destination: Destination, cut: str, chunks: int
) -> AsyncIterator[_Chunk]:
    for first in range(0, chunks, CHUNKS_READ_TOGETHER):
        last = min(first + CHUNKS_READ_TOGETHER, chunks) - 1
        rows = await asyncio.to_thread(_read, engine, destination, cut, first, last)
        for row in rows:
            yield _Chunk(number=row["chunk"], rows=row["rows"], body=row["body"])


def _read(
    engine: Engine, destination: Destination, cut: str, first: int, last: int
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        destination.bodies(engine, cut, first, last).read_all().to_pylist()
    )
    return found


class _SendLoop:
    """What the workers share: the tally, and the reason to end early."""

    def __init__(
        self,
        tally: SendTally,
        clock: Clock,
        still_ours: Callable[[], None],
        stopping: Callable[[], bool],
        progress: Callable[[int], None],
    ) -> None:
        self._tally = tally
        self._clock = clock
        self._still_ours = still_ours
        self._stopping = stopping
        self._progress = progress
        self._failed_in_a_row = 0
        self.failure: OnefoldError | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more may be sent."""
        return self.failure is not None or self._stopping()

    async def work(
        self, chunks: asyncio.Queue[_Chunk | None], sender: Sender, commit: GroupCommit
    ) -> None:
        """Send chunks until there are none; after the end only empty the queue."""
        while (chunk := await chunks.get()) is not None:
            if self.ended:
                continue
            try:
                await self._one(chunk, sender, commit)
            except OnefoldError as error:
                self.failure = self.failure or error

    async def _one(self, chunk: _Chunk, sender: Sender, commit: GroupCommit) -> None:
        sent_at: datetime | None = None

        async def departing() -> None:
            nonlocal sent_at
            self._still_ours()
            await commit.mark_sent(chunk.number)
            sent_at = instant(self._clock)

        try:
            answer = await sender.send(chunk.body, chunk.rows, departing)
        except (KeyRejected, PermissionMissing):
            await commit.take_back(chunk.number)
            raise
        except Undelivered as error:
            await self._undelivered(chunk, sent_at, error, commit)
        except Final as error:
            await self._rejected(chunk, sent_at, error, commit)
        else:
            self._failed_in_a_row = 0
            await self._settle(chunk, commit, _acknowledged(chunk, sent_at, answer, self._now()))

    async def _undelivered(
        self, chunk: _Chunk, sent_at: datetime | None, error: Undelivered, commit: GroupCommit
    ) -> None:
        if error.surely_not_sent or sent_at is None:
            await commit.take_back(chunk.number)
            raise error
        receipt = Receipt(
            chunk=chunk.number, state=ChunkState.UNSETTLED, sent_at=sent_at, note=error.message
        )
        await self._settle(chunk, commit, receipt)
        self._fail(error)

    async def _rejected(
        self, chunk: _Chunk, sent_at: datetime | None, error: Final, commit: GroupCommit
    ) -> None:
        now = self._now()
        receipt = Receipt(
            chunk=chunk.number,
            state=ChunkState.REJECTED,
            sent_at=sent_at or now,
            settled_at=now,
            note=error.message,
        )
        self._tally.refused_for[error.message] = (
            self._tally.refused_for.get(error.message, 0) + chunk.rows
        )
        await self._settle(chunk, commit, receipt)
        self._fail(error)

    def _fail(self, error: OnefoldError) -> None:
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= FAILURES_THAT_STOP:
            raise error

    async def _settle(self, chunk: _Chunk, commit: GroupCommit, receipt: Receipt) -> None:
        await commit.settle(receipt)
        self._tally.count(receipt, chunk.rows)
        self._progress(chunk.rows)

    def _now(self) -> datetime:
        return instant(self._clock)


def _acknowledged(
    chunk: _Chunk, sent_at: datetime | None, answer: Answer, now: datetime
) -> Receipt:
    # Fewer rows accounted for than sent: some were refused, and nobody knows which.
    whole = answer.accepted + len(answer.refusals) >= chunk.rows
    return Receipt(
        chunk=chunk.number,
        state=ChunkState.ACKNOWLEDGED if whole else ChunkState.UNSETTLED,
        sent_at=sent_at or now,
        settled_at=now,
        status=answer.status,
        accepted=answer.accepted,
        retries=answer.retries,
        note=answer.note or None,
        refusals=answer.refusals,
    )
