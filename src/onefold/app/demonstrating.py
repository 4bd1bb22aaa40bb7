"""`onefold demo`: the shop's day 1, an unchanged run, and day 2, into a sandbox; then the proof."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from onefold.app.history import ledger_state
from onefold.app.house import open_house
from onefold.app.running import run_project
from onefold.app.sandboxing import Sandbox, start_sandbox
from onefold.app.starting import start_project
from onefold.errors import ProjectError
from onefold.examples import shop
from onefold.run import Progress, RunOptions, RunSummary

__all__ = ["Comparison", "Demonstration", "demonstrate", "morning"]

MADE_BY_DEMO = ".made-by-onefold-demo"  # only a folder that has it is ever emptied
HOUR_OF_RUNS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One count as onefold made it, and as the sandbox did."""

    what: str
    onefold: int
    sandbox: int

    @property
    def equal(self) -> bool:
        """Whether both agree."""
        return self.onefold == self.sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """What was shown: each run with its title, and the counts of both sides."""

    runs: tuple[tuple[str, RunSummary], ...]
    comparison: tuple[Comparison, ...]
    sandbox_url: str | None

    @property
    def agrees(self) -> bool:
        """Whether all counts agree, and the unchanged run sent nothing."""
        return all(row.equal for row in self.comparison)


def demonstrate(
    folder: Path,
    *,
    customers: int,
    progress: Progress,
    stopping: Callable[[], bool],
    say: Callable[[str], None],
) -> Demonstration:
    """Run the whole shop in a folder, against a sandbox of its own.

    Args:
        folder: where the shop is written; an earlier demo there is replaced, anything else kept.
        customers: how many the shop has.
        progress: hears of the steps.
        stopping: tells that the user asked to stop.
        say: told what happens, for people.

    Raises:
        ProjectError: the folder holds something that is not an earlier demo.
    """
    _make_room(folder)
    sandbox = start_sandbox()
    try:
        runs = tuple(_days(folder, customers, sandbox, progress, stopping, say))
        return Demonstration(
            runs=runs, comparison=_compare(folder, runs, sandbox), sandbox_url=sandbox.url
        )
    finally:
        sandbox.stop()


def _days(
    folder: Path,
    customers: int,
    sandbox: Sandbox,
    progress: Progress,
    stopping: Callable[[], bool],
    say: Callable[[str], None],
) -> list[tuple[str, RunSummary]]:
    say(f"day 1: writing a shop of {customers} customers to {folder}")
    start_project(folder, example="shop", customers=customers)
    (folder / MADE_BY_DEMO).touch()
    with (folder / ".env").open("a", encoding="utf-8") as environment:
        environment.write(f"BRAZE_ENDPOINT={sandbox.url}\n")
    environ = {**os.environ, "BRAZE_ENDPOINT": sandbox.url}
    runs = []
    for title, day in (("day 1", 1), ("day 1 again, nothing changed", 1), ("day 2", 2)):
        if title == "day 2":
            say("day 2: writing the next day's files: 1 % changed, some new, some gone")
            start_project(folder, example="shop", customers=customers, day=2)
        say(f"{title}: running")
        with open_house(folder, progress=progress, environ=environ) as house:
            summary = run_project(
                house,
                # A small shop may have one very good customer, and lose it on day 2.
                RunOptions(allow_clears=True),
                as_of=morning(day, house.project.timezone),
                randomness=os.urandom,
                stopping=stopping,
            )
        runs.append((title, summary))
    return runs


def _make_room(folder: Path) -> None:
    if folder.is_dir() and (folder / MADE_BY_DEMO).exists():
        shutil.rmtree(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(
            f"{folder} is not empty, and no earlier demo made it",
            hint="choose another place: onefold demo --dir DIR",
        )


def morning(day: int, timezone: str) -> datetime:
    """Give the morning of one of the shop's days, when its files have come."""
    date = shop.FIRST_DAY + timedelta(days=day - 1)
    return datetime(date.year, date.month, date.day, HOUR_OF_RUNS, tzinfo=ZoneInfo(timezone))


def _compare(
    folder: Path, runs: tuple[tuple[str, RunSummary], ...], sandbox: Sandbox
) -> tuple[Comparison, ...]:
    counts = _get(f"{sandbox.url}/_sandbox/summary")
    again = runs[1][1]
    total = {
        name: sum(getattr(summary, name) for _, summary in runs)
        for name in ("requests", "acknowledged", "data_points")
    }
    return (
        Comparison(what="requests", onefold=total["requests"], sandbox=counts["requests"]),
        Comparison(
            what="profiles sent",
            onefold=total["acknowledged"],
            sandbox=counts["accepted"]["attributes"],
        ),
        Comparison(what="data points", onefold=total["data_points"], sandbox=counts["data_points"]),
        Comparison(
            what="data points wasted on unchanged values",
            onefold=0,
            sandbox=counts["data_points_unchanged"],
        ),
        Comparison(
            what="profiles in the ledger",
            onefold=_ledger_rows(folder, sandbox),
            sandbox=counts["users"],
        ),
        Comparison(what="requests of the unchanged run", onefold=again.requests, sandbox=0),
    )


def _ledger_rows(folder: Path, sandbox: Sandbox) -> int:
    with open_house(folder, environ={**os.environ, "BRAZE_ENDPOINT": sandbox.url}) as house:
        return sum(
            ledger_state(house, one.workspace).profiles
            for one in house.project.destinations.values()
        )


def _get(url: str) -> Mapping[str, Any]:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own sandbox
        found: Mapping[str, Any] = json.load(answer)
        return found
