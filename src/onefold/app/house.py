"""A project opened to work in: its definitions, its store, an engine, the time."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psutil

from onefold.app.adapters import ProjectAdapters
from onefold.destinations import Clock, SystemClock
from onefold.errors import OnefoldError
from onefold.project import (
    Project,
    ProjectErrors,
    find_project,
    load_project,
    project_environ,
)
from onefold.run import (
    Progress,
    RunOptions,
    Silent,
    Steps,
    Walk,
    instant,
    misnamed_attributes,
)
from onefold.store import Snapshot, Store
from onefold.warehouse import Engine, EngineSettings, Tables

__all__ = ["House", "open_house"]

DEFAULT_MEMORY_LIMIT = "3GB"


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What every use case needs.

    Attributes:
        project: the definitions.
        store: where everything is kept.
        clock: the time.
        environ: environment variables, those of the project's `.env` included.
        progress: who hears of steps.
    """

    project: Project
    store: Store
    clock: Clock
    environ: Mapping[str, str]
    progress: Progress

    def now(self) -> datetime:
        """Give the time now."""
        return instant(self.clock)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open an engine with a spill folder of its own, removed at the end."""
        spill = self.store.folder / "spill" / f"{os.getpid()}-{uuid4().hex}"
        _make_room_to_spill(spill.parent)
        engine = Engine(engine_settings(self.project.timezone, spill, self.environ))
        try:
            yield engine
        finally:
            engine.close()
            shutil.rmtree(spill, ignore_errors=True)

    @contextmanager
    def reading(self, options: RunOptions | None = None) -> Iterator[Walk]:
        """Open the current snapshot: nothing that is done in this walk is kept.

        Raises:
            OnefoldError: there is no snapshot yet.
        """
        snapshot = self.snapshot()
        with self.engine() as engine:
            tables = Tables(engine, self.store.folder, snapshot.tables)
            yield Walk(
                project=self.project,
                store=self.store,
                engine=engine,
                tables=tables,
                clock=self.clock,
                adapters=ProjectAdapters(self.project, self.environ, sends=False),
                options=options or RunOptions(),
                steps=Steps(snapshot.run_id, self.now, self.progress, None),
                run_id=snapshot.run_id,
                as_of=snapshot.as_of,
            )

    def snapshot(self) -> Snapshot:
        """Give the current snapshot.

        Raises:
            OnefoldError: there is none yet.
        """
        snapshot = self.store.catalogue.current()
        if snapshot is None:
            raise OnefoldError(
                f"there are no tables yet in {self.store.folder}",
                hint="build them first: onefold run",
            )
        return snapshot


@contextmanager
def open_house(
    start: Path,
    *,
    environment: str | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[House]:
    """Open the project at a folder or above it.

    Args:
        start: the folder to look in, upwards.
        environment: the environment's name; else `ONEFOLD_ENV`, else the first one.
        clock: the time; the machine's when absent.
        progress: who hears of steps.
        environ: environment variables; the process's when absent.

    Raises:
        ProjectErrors: the project's files are wrong.
        StoreError: its store cannot be opened.
    """
    root = find_project(start)
    own = os.environ if environ is None else environ
    project = load_project(root, environment=environment, environ=own)
    if misnamed := misnamed_attributes(project):
        raise ProjectErrors(misnamed)
    store = Store(project.environment.store)
    try:
        yield House(
            project=project,
            store=store,
            clock=clock or SystemClock(),
            environ=project_environ(root, own),
            progress=progress or Silent(),
        )
    finally:
        store.close()


def _make_room_to_spill(folder: Path) -> None:
    """Make the folder, which DuckDB does not; remove what processes that were killed had spilled.

    Where nothing may be written, a reader whose query fits into memory needs no such folder.
    """
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
    for left in folder.iterdir() if folder.is_dir() else ():
        pid = left.name.partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def engine_settings(timezone: str, spill: Path, environ: Mapping[str, str]) -> EngineSettings:
    """Read how much of the machine may be used: ONEFOLD_MEMORY_LIMIT, ONEFOLD_THREADS.

    Raises:
        OnefoldError: one of them is nothing of the kind.
    """
    threads = environ.get("ONEFOLD_THREADS", "")
    if threads and not re.fullmatch("[1-9][0-9]{0,3}", threads):
        raise OnefoldError(
            f"ONEFOLD_THREADS is {threads!r}, not a number", hint="write a whole number, such as 2"
        )
    memory_limit = environ.get("ONEFOLD_MEMORY_LIMIT") or DEFAULT_MEMORY_LIMIT
    if not re.fullmatch("[1-9][0-9]{0,8} ?[KMGT]i?B", memory_limit):
        raise OnefoldError(
            f"ONEFOLD_MEMORY_LIMIT is {memory_limit!r}, not a size",
            hint="write a whole number with its unit, such as 3GB or 500MB",
        )
    return EngineSettings(
        memory_limit=memory_limit,
        spill_folder=spill,
        threads=int(threads) if threads else None,
        timezone=timezone,
    )
