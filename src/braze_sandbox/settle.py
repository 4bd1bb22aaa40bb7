"""When accepted work takes effect: at once, or a little later, in order or shuffled."""

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from braze_sandbox.decisions import Decisions
from braze_sandbox.request_log import Entry
from braze_sandbox.state import Changed, Item

Work = Callable[[], None]

USUAL_MS = (10, 100)
"""Least and most delay of nearly all work."""
TAIL = 0.001
"""The part of the work that takes longer."""
TAIL_MS = (100, 120_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A request that was accepted and has not been applied: enough to ask for it again."""

    at: datetime
    method: str
    path: str
    body: str
    host: str = ""


class Waiting(NamedTuple):
    """Work of a request. Sorts by its time, then by arrival."""

    due: float
    arrival: int
    request: int
    work: Work


class Settles(Protocol):
    """Something that has accepted work done."""

    def add(self, work: Work, entry: Entry, decisions: Decisions, *, behind: bool = False) -> None:
        """Have the work done in its turn; `behind`: after all that was added without it."""


class Later:
    """Collects work until it is told to run it."""

    def __init__(self) -> None:
        self._work: list[Work] = []

    def add(
        self,
        work: Work,
        entry: Entry,  # noqa: ARG002 - as others need it
        decisions: Decisions,  # noqa: ARG002 - as others need it
        *,
        behind: bool = False,  # noqa: ARG002 - as others need it
    ) -> None:
        """Collect the work."""
        self._work.append(work)

    def run(self) -> None:
        """Do what was collected, in order."""
        for work in self._work:
            work()


class Settler:
    """Runs accepted work: that of one request as a whole, that of different requests by turns.

    Args:
        delay_ms: Least and most delay of one piece of work; None: as decided.
        seed: Makes the delays, and so the order, repeatable.
        applied: Called when some work has been done later than it was asked for.
    """

    def __init__(
        self, delay_ms: tuple[int, int] | None, seed: int, applied: Callable[[], None]
    ) -> None:
        self._delay_ms = delay_ms
        self._random = random.Random(seed)  # noqa: S311 - delays, no secrets
        self._applied = applied
        self._waiting: list[Waiting] = []
        self._kept: dict[int, Kept] = {}
        self._left: Counter[int] = Counter()
        self._changed: Changed[int] = Changed()
        self._arrivals = 0
        self._last_due = self._last_due_behind = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.restored: list[tuple[int, Kept]] = []
        """What was waiting when the process before this one ended."""

    def __len__(self) -> int:
        """How much has been accepted and not yet applied."""
        return len(self._waiting)

    def add(self, work: Work, entry: Entry, decisions: Decisions, *, behind: bool = False) -> None:
        """Run the work when its time has come; unless shuffled, never before earlier work.

        Work that runs `behind` waits for all other work that is there; no other waits for it.
        """
        delay_ms = self._delay(decisions)
        if delay_ms is None:
            work()
            return
        due = asyncio.get_running_loop().time() + delay_ms / 1000
        if behind:
            due = max(due, self._last_due)
        if decisions.settle_order == "kept":
            due = max(due, self._last_due_behind if behind else self._last_due)
        if behind:
            self._last_due_behind = max(due, self._last_due_behind)
        else:
            self._last_due = max(due, self._last_due)
        self._arrivals += 1
        heapq.heappush(self._waiting, Waiting(due, self._arrivals, entry.number, work))
        self._hold(entry)
        self._wake_up()

    def record(self) -> None:
        """Begin to keep track of what waits."""
        self._changed.record()

    def changes(self) -> Iterable[Item]:
        """Requests that began to wait, and those that are done."""
        for number in self._changed.drain():
            yield str(number), self._kept.get(number)

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Remember what was waiting, in order of arrival."""
        self.restored = [(int(number), Kept(**kept)) for number, kept in items]
        self.restored.sort(key=lambda item: item[0])

    def forget(self, request: int) -> None:
        """A restored request has been applied."""
        self._changed.add(request)

    def _delay(self, decisions: Decisions) -> float | None:
        if self._delay_ms is not None:
            return self._random.uniform(*self._delay_ms)
        if decisions.settling == "at_once":
            return None
        late = self._random.random() < TAIL
        return self._random.uniform(*(TAIL_MS if late else USUAL_MS))

    def _hold(self, entry: Entry) -> None:
        body = (entry.body or b"").decode()
        self._kept[entry.number] = Kept(
            at=entry.at, method=entry.method, path=entry.path, body=body, host=entry.host
        )
        self._left[entry.number] += 1
        self._changed.add(entry.number)

    def _let_go(self, number: int) -> None:
        self._left[number] -= 1
        if not self._left[number]:
            del self._left[number], self._kept[number]
            self._changed.add(number)

    def _wake_up(self) -> None:
        """Have the timer ring for the work that is due first."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        first = self._waiting[0].due if self._waiting else None
        self._timer = None if first is None else loop.call_at(first, self._run_due)

    def _run_due(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0].due <= now:
            waiting = heapq.heappop(self._waiting)
            waiting.work()
            self._let_go(waiting.request)
        self._wake_up()
        self._applied()

    def stop(self) -> None:
        """Apply nothing more; what waits stays waiting."""
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()
