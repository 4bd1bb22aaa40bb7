"""What belongs together is committed together, whoever else writes."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from onefold.errors import StoreBusy, StoreError
from onefold.model import TableName, TableVersion
from onefold.store import Control, Store

StartProcess = Callable[[str], "subprocess.Popen[str]"]
PEOPLE = TableName("main", "people")
INCREMENTS = 60


def version(name: str) -> TableVersion:
    return TableVersion(id=name, table=PEOPLE, files=(), columns=())


def open_ledger(store: Store) -> int:
    with store.begin() as tx:
        return store.outbox.open_ledger(
            tx, workspace="shop", identifier="external_id", kind="attributes", endpoint="here"
        )


def test_an_error_leaves_nothing_of_its_transaction(store: Store, now: datetime) -> None:
    def fail() -> None:
        with store.begin() as tx:
            store.catalogue.add_version(tx, version("v1"), run_id="r", created_at=now)
            store.outbox.set_assignments(tx, "spring", "v1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.outbox.assignments("spring") is None
    with pytest.raises(KeyError):
        store.catalogue.version("v1")


def test_a_reference_to_nothing_is_refused(store: Store) -> None:
    def point_nowhere() -> None:
        with store.begin() as tx:
            store.outbox.set_assignments(tx, "spring", "no such version")

    with pytest.raises(StoreError, match="FOREIGN KEY"):
        point_nowhere()
    assert store.outbox.assignments("spring") is None


def test_every_commit_is_synced_to_the_disk(store: Store) -> None:
    with store.begin() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_two_processes_that_write_at_once_lose_nothing(
    store: Store, process: StartProcess, now: datetime
) -> None:
    ledger = open_ledger(store)
    code = f"""
        for _ in range({INCREMENTS}):
            with store.begin() as tx:
                print(store.outbox.advance(tx, {ledger}))
    """
    both = [process(code), process(code)]
    numbers = [int(line) for one in both for line in one.communicate()[0].split()]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(numbers) == list(range(1, 2 * INCREMENTS + 1))
    assert store.outbox.ledgers()[0].number == 2 * INCREMENTS


def test_a_reader_does_not_wait_for_a_writer(store: Store, now: datetime) -> None:
    with store.begin() as tx:
        store.catalogue.add_version(tx, version("v1"), run_id="r", created_at=now)
        assert store.catalogue.current() is None
        with pytest.raises(KeyError):
            store.catalogue.version("v1")
    assert store.catalogue.version("v1").table == PEOPLE


def test_a_writer_that_waits_too_long_says_who_to_wait_for(tmp_path: Path) -> None:
    path = tmp_path / "control.sqlite"
    control = Control(path, busy_timeout_ms=50)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def write() -> None:
        with control.begin():
            pass

    with pytest.raises(StoreBusy, match=r"(?s)control.sqlite.*hint: wait until the other process"):
        write()
    Control(path, busy_timeout_ms=50).close()  # opening to read waits for nobody
    other.execute("ROLLBACK")
    other.close()
    write()
    control.close()
