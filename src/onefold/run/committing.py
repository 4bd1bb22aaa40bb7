"""Group commit: receipts of many requests in one transaction, while the requests go on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from onefold.store import Part, Receipt, Store

__all__ = ["GroupCommit"]

_Entry = TypeVar("_Entry")
_ByChangeSet = defaultdict[str, list[_Entry]]


@dataclass(slots=True)
class _Group:
    """Writes that will be committed together, and who waits for them."""

    sent: _ByChangeSet[Part] = field(default_factory=lambda: defaultdict(list))
    taken_back: _ByChangeSet[Part] = field(default_factory=lambda: defaultdict(list))
    settled: _ByChangeSet[Receipt] = field(default_factory=lambda: defaultdict(list))
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class GroupCommit:
    """Collects the receipts of one delivery's change sets and commits them together.

    What is known of one request goes into one transaction, whatever change sets its rows are of.

    While one transaction is written, the next group gathers; so the wait is at most two commits,
    and a busy sender commits hundreds of receipts with one sync of the disk. Use it as an async
    context; leaving it waits for the last commit.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
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

    async def mark_sent(self, parts: Mapping[str, Part]) -> None:
        """Return once `sent` is durable; only then may the bytes leave.

        Args:
            parts: what leaves, by the id of its change set.
        """
        for change_set, part in parts.items():
            self._group.sent[change_set].append(part)
        await self._durable()

    async def take_back(self, parts: Mapping[str, Part]) -> None:
        """Return once `sent` is taken back: surely nothing was taken."""
        for change_set, part in parts.items():
            self._group.taken_back[change_set].append(part)
        await self._durable()

    async def settle(self, receipts: Iterable[tuple[str, Receipt]]) -> None:
        """Return once receipts are durable, all of them at once, each with its change set's id."""
        for change_set, receipt in receipts:
            self._group.settled[change_set].append(receipt)
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
        outbox = self._store.outbox
        with self._store.begin() as tx:
            for change_set, sent in group.sent.items():
                outbox.mark_sent(tx, change_set, sent, now=self._now())
            for change_set, taken_back in group.taken_back.items():
                outbox.unsend(tx, change_set, taken_back)
            for change_set, settled in group.settled.items():
                outbox.settle(tx, change_set, settled)
