"""Stores that cannot be used: each refusal says what and where, and what to do next."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from onefold.errors import StoreError, StoreFull, StoreTooNew
from onefold.store import RunRecord, RunState, StepRecord, StepState, Store

SmallDisk = Callable[[str], Path]


def test_a_store_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    Store(tmp_path).close()
    path = tmp_path / "control.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=r"(?s)schema 9999.*hint: install that version"):
        Store(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["not a database at all", "header"])
def test_a_damaged_control_database_asks_for_the_backup(tmp_path: Path, damage: str) -> None:
    Store(tmp_path).close()
    path = tmp_path / "control.sqlite"
    intact = path.read_bytes()
    if damage == "header":
        path.write_bytes(intact[:100] + b"\x7f" * (len(intact) - 100))
    else:
        path.write_bytes(b"name,email\n" * 1000)
    with pytest.raises(StoreError, match=r"(?s)control.sqlite is damaged.*hint: .*backup"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match=r"(?s)data/store cannot be made.*hint: .*onefold.yaml"):
        Store(tmp_path / "data" / "store")


def test_a_folder_that_cannot_be_written(small_disk: SmallDisk) -> None:
    disk = small_disk("size=4m")
    Store(disk).close()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(StoreError, match=r"(?s)cannot be opened for writing.*hint: .*permissions"):
        Store(disk)


def test_a_full_disk_keeps_what_was_committed(small_disk: SmallDisk, now: datetime) -> None:
    disk = small_disk("size=2m")
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * 1_000_000)
    store = Store(disk)
    run = RunRecord(
        id="r",
        state=RunState.RUNNING,
        as_of=now,
        started_at=now,
        definitions_hash="d",
        inputs_hash="i",
    )
    with store.begin() as tx:
        store.journal.start(tx, run)

    def write(number: int) -> None:
        step = StepRecord(
            run_id="r",
            stage="ingest",
            name=f"step {number:03}",
            state=StepState.DONE,
            started_at=now,
            result={"text": "x" * 20_000},
        )
        with store.begin() as tx:
            store.journal.write_step(tx, step)

    def fill() -> None:
        for number in range(1000):
            write(number)

    with pytest.raises(StoreFull, match=r"(?s)is full.*hint: free some space.*nothing was lost"):
        fill()
    ballast.unlink()
    kept = len(store.journal.steps("r"))
    assert 0 < kept < 1000
    write(kept)
    assert len(store.journal.steps("r")) == kept + 1
    store.close()
