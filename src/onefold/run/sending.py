"""The send loop: bodies out, receipts in, `sent` durable before any byte leaves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from onefold.destinations import Clock, Destination, RefusedWhole, Request, Sender, Undelivered
from onefold.errors import (
    Final,
    Interrupted,
    KeyRejected,
    OnefoldError,
    PermissionMissing,
    Retryable,
    SendError,
)
from onefold.model import ChunkState, ObjectKind
from onefold.run.ahead import MOST_READ_TOGETHER, Room, read_ahead
from onefold.run.committing import GroupCommit
from onefold.run.pieces import Piece, Settled
from onefold.run.tallying import SendTally
from onefold.store import ChangeSetRecord, Part, Store

__all__ = ["Delivery", "instant", "send"]

FAILURES_THAT_STOP = 5  # so many requests in a row without success: the destination is down
STUCK_ROWS = 25  # refused one by one, and none escaped: it is not for the sake of a row
ANSWERS_AWAITED_S = 5.0  # after the end, for requests under way; then they are unsettled
LOOK_EVERY_S = 0.1  # whether the end has come


def instant(clock: Clock) -> datetime:
    """Give the time now, as UTC."""
    return datetime.fromtimestamp(clock.now(), UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """Requests that are sent together, and the change sets whose rows they hold.

    Attributes:
        read: gives the requests of a range of chunks, from the engine, the last one included.
        chunks: how many there are.
        change_sets: by the array of a request that holds its rows; one chunk number, one request,
            whatever change sets have rows in it.
        followers: change sets that say what the same rows mean to other ledgers, by the array:
            whatever becomes of a row becomes of it there, in the same transaction.
        preludes: what must be said before the first of them, and is said anew each time.
    """

    read: Callable[[int, int], Mapping[int, Request]]
    chunks: int
    change_sets: Mapping[str, ChangeSetRecord]
    followers: Mapping[str, Sequence[ChangeSetRecord]] = field(default_factory=dict)
    preludes: Sequence[Request] = ()

    def recorded(self, array: str) -> Iterator[str]:
        """Give the ids of the change sets that hold the rows of an array."""
        yield self.change_sets[array].id
        yield from (one.id for one in self.followers.get(array, ()))


async def send(
    *,
    store: Store,
    destination: Destination,
    delivery: Delivery,
    clock: Clock,
    seed: int,
    in_flight: int,
    still_ours: Callable[[], None],
    stopping: Callable[[], bool],
    progress: Callable[[int], None],
    tally: SendTally,
) -> None:
    """Send every chunk of a delivery and record the receipts of each.

    Args:
        store: where receipts go.
        destination: who takes it.
        delivery: what is sent; its requests are read by one thread at a time.
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
    chunks: asyncio.Queue[Piece | None] = asyncio.Queue(maxsize=MOST_READ_TOGETHER)
    loop = _SendLoop(delivery, chunks, tally, clock, still_ours, stopping, progress)
    async with (
        destination.sender(clock=clock, seed=seed, turns=store.turns) as sender,
        GroupCommit(store, lambda: instant(clock)) as commit,
    ):
        for request in delivery.preludes:
            still_ours()
            await sender.send(request)
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(loop.work(sender, commit)) for _ in range(in_flight)]
            watch = asyncio.create_task(loop.watch(workers))
            await loop.fill(read_ahead(delivery.read, delivery.chunks), in_flight)
        watch.cancel()
    loop.conclude()


_HINT = "run again: what was not acknowledged is compared and sent anew"
_ONCE = {str(kind) for kind in ObjectKind if kind.happens_once}
_HINT_ONCE = (
    f"{_HINT}; events and purchases among it are held, for twice would be wrong: "
    "onefold ledger show --unsettled lists them"
)


class _SendLoop:
    """What the workers share: the tally, and the reason to end early."""

    def __init__(
        self,
        delivery: Delivery,
        chunks: asyncio.Queue[Piece | None],
        tally: SendTally,
        clock: Clock,
        still_ours: Callable[[], None],
        stopping: Callable[[], bool],
        progress: Callable[[int], None],
    ) -> None:
        self._delivery = delivery
        self._chunks = chunks
        self._room = Room()
        self._tally = tally
        self._clock = clock
        self._still_ours = still_ours
        self._stopping = stopping
        self._progress = progress
        self._departed: set[asyncio.Task[object] | None] = set()
        self._failed_in_a_row = 0
        self._last_failure: SendError | None = None
        self._failure: OnefoldError | None = None
        self._halving = asyncio.Lock()
        self._escaped: set[str] = set()  # refusals of the whole that parts of it escaped
        self._stuck: Counter[str] = Counter()  # rows that no part escaped with, by the refusal

    @property
    def ended(self) -> bool:
        """Whether nothing more may be sent."""
        return self._failure is not None or self._stopping()

    async def fill(self, bodies: AsyncIterator[Piece], workers: int) -> None:
        """Queue chunks until there are none, and send the workers home.

        Once the end has come nobody takes what is queued; workers go home then by themselves, or
        `watch` sends them.
        """
        try:
            async for chunk in bodies:
                if self.ended:
                    break
                await self._room.take(chunk)
                await self._chunks.put(chunk)
        except OnefoldError as error:  # bare, a task group would wrap it
            self._failure = self._failure or error
        for _ in range(workers):
            if self.ended:
                return
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
                self._room.give(chunk)

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
            chunk = self._chunks.get_nowait()
            if chunk is not None:
                self._room.give(chunk)

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
                hint=_HINT if self._delivery.change_sets.keys().isdisjoint(_ONCE) else _HINT_ONCE,
            )

    async def _one(self, whole: Piece, sender: Sender, commit: GroupCommit) -> None:
        """Send a chunk, and settle every row of it."""
        try:
            await self._attempt(whole, sender, commit)
        except RefusedWhole as refusal:
            # One at a time: what the first finds out spares the others their halves.
            async with self._halving:
                await self._in_pieces(whole, refusal, sender, commit)

    async def _in_pieces(
        self, whole: Piece, refusal: RefusedWhole, sender: Sender, commit: GroupCommit
    ) -> None:
        """Halve a request that was refused as a whole, until the guilty rows stand alone."""
        refused, taken = list[tuple[Piece, RefusedWhole]](), 0
        left: list[tuple[Piece, RefusedWhole | None]] = [(whole, refusal)]
        while left and not self.ended:  # in order: attributes go before the events behind them
            piece, error = left.pop()
            if error is None:
                try:
                    taken += await self._attempt(piece, sender, commit)
                    continue
                except RefusedWhole as again:
                    error = again
            both = piece.halves() if self._stuck[error.message] < STUCK_ROWS else None
            if both is None:
                refused.append((piece, error))
            else:
                left += [(both[1], None), (both[0], None)]
        if refused:
            await self._blame(whole, refused, taken, commit)

    async def _blame(
        self,
        whole: Piece,
        refused: list[tuple[Piece, RefusedWhole]],
        taken: int,
        commit: GroupCommit,
    ) -> None:
        """Settle what was refused to the last row: those rows are guilty, if others are taken."""
        now, error = self._now(), refused[-1][1]
        messages = {one.message for piece, one in refused if piece.rows == 1}
        if taken:
            self._escaped |= messages
        proven = bool(messages) and messages <= self._escaped
        if not proven:
            self._stuck[error.message] += whole.rows
        if not proven and sum(piece.rows for piece, _ in refused) == whole.rows:
            refused = [(whole, error)]
        receipts = [
            piece.refused(one.message, now=now, guilty=proven and piece.rows == 1)
            for piece, one in refused
        ]
        await self._settle(commit, *receipts)
        if not proven or any(piece.rows > 1 for piece, _ in refused):
            self._fail(error)

    async def _attempt(self, piece: Piece, sender: Sender, commit: GroupCommit) -> int:
        """Send a piece and settle it, unless it is refused as a whole.

        Returns:
            How many rows were acknowledged.

        Raises:
            RefusedWhole: nothing of it was taken, and all of it is due again.
        """
        sent_at: datetime | None = None

        async def departing() -> None:
            nonlocal sent_at
            if self._stopping() or (self.ended and sent_at is None):
                raise _stopped()
            self._still_ours()
            # From here on nobody but itself may give it up: it would count as sent, and is not.
            self._departed.add(asyncio.current_task())
            await commit.mark_sent(self._parts(piece))
            sent_at = instant(self._clock)

        async def stayed() -> None:
            nonlocal sent_at
            await commit.take_back(self._parts(piece))
            self._departed.discard(asyncio.current_task())
            sent_at = None

        try:
            answer = await sender.send(piece.request, departing, stayed)
        except (KeyRejected, PermissionMissing, RefusedWhole):
            await commit.take_back(self._parts(piece))
            self._departed.discard(asyncio.current_task())
            raise
        except Undelivered as error:
            await self._undelivered(piece, sent_at, error, commit)
        except Final as error:
            now = self._now()
            await self._settle(commit, piece.refused(error.message, sent_at=sent_at, now=now))
            self._fail(error)
        else:
            self._failed_in_a_row = 0
            now = self._now()
            settled = piece.settled(answer, sent_at=sent_at or now, now=now)
            await self._settle(commit, settled)
            return sum(
                one.rows - len(one.receipt.refusals)
                for one in settled
                if one.receipt.state is ChunkState.ACKNOWLEDGED
            )
        return 0

    async def _undelivered(
        self, piece: Piece, sent_at: datetime | None, error: Undelivered, commit: GroupCommit
    ) -> None:
        if error.surely_not_sent or sent_at is None:
            await commit.take_back(self._parts(piece))
            raise error
        self._tally.undelivered_requests += 1
        await self._settle(commit, piece.unsettled(error.message, sent_at=sent_at))
        self._fail(error)

    def _fail(self, error: SendError) -> None:
        self._last_failure = error
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= FAILURES_THAT_STOP:
            raise error

    async def _settle(self, commit: GroupCommit, *requests: list[Settled]) -> None:
        """Make what is known of requests durable, all of it at once."""
        known = [one for settled in requests for one in settled]
        await commit.settle(
            (change_set, one.receipt)
            for one in known
            for change_set in self._delivery.recorded(one.array)
        )
        for settled in requests:
            self._tally.count(settled)
        self._progress(sum(one.rows for one in known))

    def _parts(self, piece: Piece) -> Mapping[str, Part]:
        return {
            change_set: part
            for array, part in piece.parts.items()
            for change_set in self._delivery.recorded(array)
        }

    def _now(self) -> datetime:
        return instant(self._clock)


def _stopped() -> Interrupted:
    return Interrupted(
        "stopped between requests, as asked; every answer so far is kept",
        hint="`onefold run` goes on from here",
    )
