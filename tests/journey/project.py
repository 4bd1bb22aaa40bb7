"""A project in a folder of its own, worked as people work it: files, use cases, commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from onefold.app import (
    DestinationPlan,
    House,
    open_house,
    plan,
    query,
    run_project,
    start_project,
)
from onefold.run import Progress, RunOptions, RunSummary, Silent

COMMAND = str(Path(sys.executable).with_name("onefold"))
PARIS = ZoneInfo("Europe/Paris")
DAY_1 = datetime(2026, 11, 2, 6, tzinfo=PARIS)
DAY_2 = datetime(2026, 11, 3, 6, tzinfo=PARIS)


@dataclass(frozen=True)
class Project:
    """A project's folder and the environment that its commands run in."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def shop(cls, folder: Path, endpoint: str, *, customers: int) -> Project:
        """Write the shop with its first day."""
        start_project(folder, example="shop", customers=customers)
        return cls(folder, {"BRAZE_ENDPOINT": endpoint})

    def next_day(self, customers: int) -> None:
        """Write the shop's second day beside the first."""
        start_project(self.folder, example="shop", customers=customers, day=2)

    @contextmanager
    def house(
        self, environment: str | None = None, progress: Progress | None = None
    ) -> Iterator[House]:
        """Open it in this process."""
        environ = {**os.environ, **self.environ}
        with open_house(
            self.folder, environment=environment, environ=environ, progress=progress or Silent()
        ) as house:
            yield house

    def run(
        self,
        *names: str,
        as_of: datetime | None = DAY_1,
        environment: str | None = None,
        progress: Progress | None = None,
        stopping: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> RunSummary:
        """Do what `onefold run` does."""
        with self.house(environment, progress) as house:
            return run_project(
                house,
                RunOptions(names=names, **options),
                as_of=as_of,
                randomness=os.urandom,
                stopping=stopping,
            )

    def plan(self, *names: str, person: str | None = None) -> DestinationPlan:
        """Do what `onefold plan` does, where there is one destination with one object."""
        (made,) = self.plans(*names, person=person)
        return made

    def plans(self, *names: str, person: str | None = None) -> tuple[DestinationPlan, ...]:
        """Do what `onefold plan` does."""
        with self.house() as house:
            return plan(house, names, person=person)

    def table(self, sql: str) -> pa.Table:
        """Do what `onefold query` does."""
        with self.house() as house:
            return query(house, sql).data

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Give a query's rows as Python values."""
        found: list[dict[str, Any]] = self.table(sql).to_pylist()
        return found

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / path).write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands exactly once in a file."""
        before = (self.folder / path).read_text(encoding="utf-8")
        assert before.count(old) == 1, f"{old!r} stands {before.count(old)} times in {path}"
        self.write(path, before.replace(old, new))

    def onefold(
        self, *arguments: str, stdin: str = "", environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command itself, in a process of its own, in the project's folder."""
        return onefold(*arguments, cwd=self.folder, stdin=stdin, environ=environ or self.environ)


def onefold(
    *arguments: str, cwd: Path, stdin: str = "", environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    command: Sequence[str] = [COMMAND, *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
