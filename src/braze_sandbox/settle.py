"""When accepted work takes effect: at once, or a little later and still in order."""

import asyncio
import random
from collections import deque
from collections.abc import Callable

Work = Callable[[], None]


class Settler:
    """Runs accepted work in the order of acceptance.

    Args:
        delay_ms: Least and most delay of one piece of work; None runs it within `add`.
        seed: Makes the delays repeatable.
    """

    def __init__(self, delay_ms: tuple[int, int] | None, seed: int = 0) -> None:
        self._delay_ms = delay_ms
        self._random = random.Random(seed)  # noqa: S311 - delays, no secrets
        self._waiting: deque[tuple[float, Work]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How much has been accepted and not yet applied."""
        return len(self._waiting)

    def add(self, work: Work) -> None:
        """Run the work when its time has come; never before work that was added earlier."""
        if self._delay_ms is None:
            work()
            return
        due = asyncio.get_running_loop().time() + self._random.uniform(*self._delay_ms) / 1000
        if self._waiting:
            due = max(due, self._waiting[-1][0])
        self._waiting.append((due, work))
        self._wake_up()

    def clear(self) -> None:
        """Forget everything that has not been applied."""
        self._waiting.clear()

    def _wake_up(self) -> None:
        if self._timer is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._waiting[0][0], self._run_due)

    def _run_due(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] <= now:
            self._waiting.popleft()[1]()
        self._wake_up()
