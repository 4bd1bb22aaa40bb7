"""Working a shop that will be crashed: commands, ends, and what must hold afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.crash.journal import in_flight
from benchmarks.crash.oracle import differences
from benchmarks.crash.place import Place, Shop
from benchmarks.crash.process import Started, start
from tests.journey.crash.gate import Gate

CUSTOMERS = 600  # nine requests: fewer than may be under way at once
DAY = 1
PATIENCE_S = 120


@dataclass(kw_only=True)
class Crashing:
    """A place, and the commands run there."""

    place: Place
    folder: Path
    gate: Gate | None = None
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def shop(self) -> Shop:
        return self.place.shop

    def start(self, *more: str) -> Started:
        """Begin `onefold run` of the day."""
        arguments = ["run", "--project", str(self.shop.folder), "--as-of", self.shop.morning(DAY)]
        environ = self.shop.environ | self.environ
        log = self.folder / f"run-{time.monotonic_ns()}.log"
        return start([*arguments, *more], environ=environ, log=log)

    def run(self, *more: str) -> tuple[int, str]:
        """Run it to its end: exit code, and all that it said."""
        return ended(self.start(*more))

    def held_up(self) -> bool:
        """Whether some requests were taken, and others were told to wait: those count as unsent."""
        taken = in_flight(self.shop)[1]
        return 0 < taken < self.place.requests

    def holds_everything(self) -> None:
        """Assert that sandbox and ledger hold exactly what the tables say, and nothing is open."""
        found = differences(self.shop, self.place.users)
        assert found.found == [], str(found)
        assert found.people > 500
        assert self.shop.look("SELECT count(*) FROM receipt WHERE state = 'sent'") == [(0,)]

    def finishes(self) -> None:
        """Assert that running again ends well and brings everything."""
        code, said = self.run()
        assert code == 0, said
        self.holds_everything()

    def runs(self) -> list[tuple[str, str]]:
        """Give every run that was to send, oldest first: id and state."""
        rows = self.shop.look("SELECT id, state, options FROM run ORDER BY started_at, id")
        return [(name, state) for name, state, options in rows if '"send": true' in options]


Open = Callable[..., Crashing]


def ended(run: Started) -> tuple[int, str]:
    """Wait for a command's end: exit code, and all that it said."""
    run.process.join(PATIENCE_S)
    assert run.ended, f"still running after {PATIENCE_S} s: {run.listen()}"
    return run.wait(), "\n".join(run.said)


def until(condition: Callable[[], bool], run: Started) -> None:
    """Wait until something is so, while a command runs."""
    while not condition():
        assert not run.ended, f"ended early: {run.wait()} {run.said}"
        time.sleep(0.01)
