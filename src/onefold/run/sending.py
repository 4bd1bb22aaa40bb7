"""The send loop: bodies out, receipts in, `sent` durable before any byte leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from onefold.destinations import Clock, Destination, Sender, Undelivered
from onefold.errors import (
    Final,
    Interrupted,
    KeyRejected,
    OnefoldError,
    PermissionMissing,
    Retryable,
    SendError,
)
from onefold.model import Answer, ChunkState
from onefold.run.committing import GroupCommit
from onefold.store import ChangeSetRecord, Receipt, Store
from onefold.warehouse import Engine

__all__ = ["SendTally", "instant", "send"]

CHUNKS_READ_TOGETHER = 512  # bodies built by one query; some 10 to 20 MB
FAILURES_THAT_STOP = 5  # so many requests in a row without success: the destination is down
ANSWERS_AWAITED_S = 5.0  # after the end, for requests under way; then they are unsettled
LOOK_EVERY_S = 0.1  # whether the end has come


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
    undelivered_requests: int = 0
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
        SendError: the destination is down, refuses the key or everything, or left a request
            without an answer.
    """
    chunks: asyncio.Queue[_Chunk | None] = asyncio.Queue(maxsize=CHUNKS_READ_TOGETHER)
    loop = _SendLoop(chunks, tally, clock, still_ours, stopping, progress)
    async with (
        destination.sender(clock=clock, seed=seed) as sender,
        GroupCommit(store, change_set.id, lambda: instant(clock)) as commit,
    ):
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(loop.work(sender, commit)) for _ in range(in_flight)]
            watch = asyncio.create_task(loop.watch(workers))
            await loop.fill(_bodies(engine, destination, cut, change_set.chunks), in_flight)
        watch.cancel()
    loop.conclude()


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
        chunks: asyncio.Queue[_Chunk | None],
        tally: SendTally,
        clock: Clock,
        still_ours: Callable[[], None],
        stopping: Callable[[], bool],
        progress: Callable[[int], None],
    ) -> None:
        self._chunks = chunks
        self._tally = tally
        self._clock = clock
        self._still_ours = still_ours
        self._stopping = stopping
        self._progress = progress
        self._departed: set[asyncio.Task[object] | None] = set()
        self._failed_in_a_row = 0
        self._last_failure: SendError | None = None
        self._failure: OnefoldError | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more may be sent."""
        return self._failure is not None or self._stopping()

    async def fill(self, bodies: AsyncIterator[_Chunk], workers: int) -> None:
        """Queue chunks until there are none, or the end has come; then send the workers home."""
        try:
            async for chunk in bodies:
                if self.ended:
                    break
                await self._chunks.put(chunk)
        except OnefoldError as error:  # bare, a task group would wrap it
            self._failure = self._failure or error
        for _ in range(workers):
            await self._chunks.put(None)

    async def work(self, sender: Sender, commit: GroupCommit) -> None:
        """Send chunks until there are none, or the end has come."""
        while not self.ended and (chunk := await self._chunks.get()) is not None:
            try:
                await self._one(chunk, sender, commit)
            except OnefoldError as error:
                self._failure = self._failure or error
            finally:
                self._departed.discard(asyncio.current_task())

    async def watch(self, workers: Sequence[asyncio.Task[None]]) -> None:
        """Once the end has come, let nobody wait for a turn; once asked to stop, wait no longer.

        After a failure those who departed go on by themselves, for they know best whether anything
        arrived. A request given up stays `sent`, and closing the change set makes it unsettled.
        """
        while not self.ended:  # noqa: ASYNC110 - a signal sets a flag, no event
            await asyncio.sleep(LOOK_EVERY_S)
        self._give_up([one for one in workers if one not in self._departed])
        while not self._stopping():  # noqa: ASYNC110 - the same
            await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.sleep(ANSWERS_AWAITED_S)
        self._give_up(workers)

    def _give_up(self, workers: Sequence[asyncio.Task[None]]) -> None:
        for one in workers:
            one.cancel()
        while not self._chunks.empty():  # nobody may be left to take them, and `fill` waits
            self._chunks.get_nowait()

    def conclude(self) -> None:
        """Raise what ended the sending early, or left some of it undone."""
        if self._failure is not None:
            raise self._failure
        if self._stopping():
            raise _stopped()
        tally = self._tally
        if self._last_failure is not None and tally.rejected_requests == tally.answered:
            raise self._last_failure
        if self._last_failure is not None and tally.undelivered_requests:
            raise Retryable(
                f"{tally.undelivered_requests} of {tally.answered} requests got no answer, so "
                f"nobody knows what became of them: {self._last_failure.message}",
                hint="run again: what was not acknowledged is compared and sent anew",
            )

    async def _one(self, chunk: _Chunk, sender: Sender, commit: GroupCommit) -> None:
        sent_at: datetime | None = None

        async def departing() -> None:
            nonlocal sent_at
            if self._stopping() or (self.ended and sent_at is None):
                raise _stopped()
            self._still_ours()
            await commit.mark_sent(chunk.number)
            self._departed.add(asyncio.current_task())
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
        self._tally.undelivered_requests += 1
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

    def _fail(self, error: SendError) -> None:
        self._last_failure = error
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= FAILURES_THAT_STOP:
            raise error

    async def _settle(self, chunk: _Chunk, commit: GroupCommit, receipt: Receipt) -> None:
        await commit.settle(receipt)
        self._tally.count(receipt, chunk.rows)
        self._progress(chunk.rows)

    def _now(self) -> datetime:
        return instant(self._clock)


def _stopped() -> Interrupted:
    return Interrupted(
        "stopped between requests, as asked; every answer so far is kept",
        hint="`onefold run` goes on from here",
    )


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
