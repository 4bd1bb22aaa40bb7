"""A store in a folder of its own, and processes that use the same one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from onefold.store import RunRecord, RunState, Store

NOW = datetime(2026, 3, 1, 4, 30, 0, 123_456, tzinfo=UTC)
BEGIN = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from onefold.errors import OnefoldError
from onefold.store import Store
store = Store(Path(sys.argv[1]))
now = datetime.fromisoformat(sys.argv[2])
"""

StartProcess = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def start_run(store: Store, now: datetime) -> Callable[[str], RunRecord]:
    """Record a run, so that loads, steps and built tables can belong to it."""

    def start(run_id: str, started_at: datetime = now) -> RunRecord:
        run = RunRecord(
            id=run_id,
            state=RunState.RUNNING,
            as_of=now,
            started_at=started_at,
            definitions_hash="d",
            inputs_hash="i",
        )
        with store.begin() as tx:
            store.journal.start(tx, run)
        return run

    return start


@pytest.fixture
def process(store: Store, now: datetime) -> Iterator[StartProcess]:
    """Start Python in another process; it has `store` (the same) and `now`."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        made = subprocess.Popen(
            [sys.executable, "-c", BEGIN + textwrap.dedent(code), store.folder, now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(made)
        return made

    yield start
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def heard() -> Callable[[subprocess.Popen[str]], str]:
    """Wait for a line that a process prints."""

    def line(process: subprocess.Popen[str]) -> str:
        out: IO[str] | None = process.stdout
        assert out is not None
        return out.readline().strip()

    return line


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system of a size in memory; skipped where that is not permitted."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / "disk"
        place.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("mounting a small file system is not permitted here")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "--lazy", place], check=True)
