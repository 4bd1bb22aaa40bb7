"""When to kill: at random, at a line that the run says, at a file that appears, amid requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.crash.journal import in_flight
from benchmarks.crash.place import Shop
from benchmarks.crash.process import Started

__all__ = ["Moment", "amid_requests", "at_file", "at_line", "sometime", "walk_moments"]

LOOK_EVERY_S = 0.001

Come = Callable[[Started], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A moment to kill at: `aim` names the stage, `watch` gives a question asked again and again.

    The question may be asked of a run that said nothing for a while; it must be quick.
    """

    aim: str
    watch: Callable[[Shop], Come]

    def wait(self, shop: Shop, run: Started) -> None:
        """Return when the moment has come, or the run has ended before it."""
        come = self.watch(shop)
        while not run.ended:
            if come(run):
                return
            time.sleep(LOOK_EVERY_S)


def sometime(seconds: float) -> Moment:
    """So long after the start."""

    def watch(_shop: Shop) -> Come:
        end = time.monotonic() + seconds
        return lambda _run: time.monotonic() >= end

    return Moment(aim="random", watch=watch)


def at_line(aim: str, line: str, *, delay_s: float = 0.0) -> Moment:
    """When the run says that a step begins, and a little later."""

    def watch(_shop: Shop) -> Come:
        def come(run: Started) -> bool:
            if not any(" ".join(said.split()).startswith(line) for said in run.listen()):
                return False
            time.sleep(delay_s)
            return True

        return come

    return Moment(aim=aim, watch=watch)


def at_file(aim: str, table: str) -> Moment:
    """When a finished file appears in a table's folder, which the control database lacks yet."""

    def watch(shop: Shop) -> Come:
        folder = shop.store / "tables" / table / "data"
        before = _files(folder)
        return lambda _run: bool(_files(folder) - before)

    return Moment(aim=aim, watch=watch)


def amid_requests(answered: int) -> Moment:
    """When at least so many requests were answered, and another one is under way."""

    def watch(shop: Shop) -> Come:
        def come(_run: Started) -> bool:
            sent, settled = in_flight(shop)
            return sent > 0 and settled >= answered

        return come

    return Moment(aim="sending", watch=watch)


def walk_moments(random: Random) -> list[Moment]:
    """Give a moment in every stage, in the order of the walk: those behind are never reached."""

    def soon(most_s: float) -> float:
        return random.uniform(0, most_s)

    return [
        sometime(soon(0.05)),
        at_line("ingest", "ingest order_items", delay_s=soon(0.1)),
        at_file("ingest", "landed/pos_customers"),
        at_line("stitch", "stitch persons", delay_s=soon(0.3)),
        at_file("stitch", "stitch/unified_coalesced"),
        at_line("c360", "c360 merged_customers", delay_s=soon(0.05)),
        at_file("c360", "main/transaction_attributes_extended"),
        at_line("publish", "snapshot publish"),
        at_line("segments", "segments"),
        at_line("orchestrations", "orchestrations"),
        at_line("prepare", "destinations prepare"),
        at_line("delta", "delta shop", delay_s=soon(0.05)),
        at_file("intend", "ledger/changes_1"),
        *(amid_requests(random.randint(0, 3)) for _ in range(4)),
        at_line("settle", "ledger settle"),
        at_file("fold", "ledger/base_1"),
    ]


def _files(folder: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in folder.iterdir() if path.suffix == ".parquet")
    except FileNotFoundError:
        return frozenset()
