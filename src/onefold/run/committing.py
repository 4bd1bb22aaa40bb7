"""Group commit: receipts of many requests in one transaction, while the requests go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType

from onefold.store import Part, Receipt, Store

__all__ = ["GroupCommit"]


@dataclass(slots=True)
class _Group:
    """Writes that will be committed together, and who waits for them."""

    sent: list[Part] = field(default_factory=list)
    taken_back: list[Part] = field(default_factory=list)
    settled: list[Receipt] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class GroupCommit:
    """Collects the receipts of one change set and commits them together.

    While one transaction is written, the next group gathers; so the wait is at most two commits,
    and a busy sender commits hundreds of receipts with one sync of the disk. Use it as an async
    context; leaving it waits for the last commit.
    """

    def __init__(self, store: Store, change_set_id: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._change_set_id = change_set_id
        self._now = now
        self._group = _Group()
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> GroupCommit:
        """Start committing."""
        self._task = asyncio.create_task(self._commit_groups())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit what is left, and stop."""
        self._closing = True
        self._wake.set()
        assert self._task is not None  # noqa: S101 - entered
        await self._task

    async def mark_sent(self, part: Part) -> None:
        """Return once `sent` is durable; only then may the bytes leave."""
        self._group.sent.append(part)
        await self._durable()

    async def take_back(self, part: Part) -> None:
        """Return once `sent` is taken back: surely nothing was taken."""
        self._group.taken_back.append(part)
        await self._durable()

    async def settle(self, *receipts: Receipt) -> None:
        """Return once the receipts are durable, all of them at once."""
        self._group.settled.extend(receipts)
        await self._durable()

    async def _durable(self) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._group.waiting.append(done)
        self._wake.set()
        await done

    async def _commit_groups(self) -> None:
        while self._group.waiting or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            group, self._group = self._group, _Group()
            if group.waiting:
                await self._commit(group)

    async def _commit(self, group: _Group) -> None:
        failure: Exception | None = None
        try:
            await asyncio.to_thread(self._write, group)
        except Exception as error:  # noqa: BLE001 - those who wait get it
            failure = error
        for done in group.waiting:
            if done.done():
                continue  # whoever waited was cancelled
            if failure is None:
                done.set_result(None)
            else:
                done.set_exception(failure)

    def _write(self, group: _Group) -> None:
        outbox, change_set = self._store.outbox, self._change_set_id
        with self._store.begin() as tx:
            if group.sent:
                outbox.mark_sent(tx, change_set, group.sent, now=self._now())
            if group.taken_back:
                outbox.unsend(tx, change_set, group.taken_back)
            if group.settled:
                outbox.settle(tx, change_set, group.settled)
