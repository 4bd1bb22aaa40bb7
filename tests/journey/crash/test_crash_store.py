"""Stores that cannot be worked with, as commands meet them: told, and left as they are."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks.crash.process import start
from tests.journey.crash.crashing import Crashing, Open, ended

SmallDisk = Callable[[Path, str], None]
READING = (("query", "SELECT 1"), ("runs",), ("plan",))


def command(shop: Crashing, *arguments: str) -> tuple[int, str]:
    return ended(
        start(
            [*arguments, "--project", str(shop.shop.folder)],
            environ=shop.shop.environ,
            log=shop.folder / "command.log",
        )
    )


def test_a_store_of_a_newer_onefold_is_left_as_it_is(crashing: Open) -> None:
    shop = crashing()
    path = shop.shop.store / "control.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        (own,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    for arguments in (("run",), *READING):
        code, said = command(shop, *arguments)
        assert code == 1
        assert "was written by a newer onefold (schema 9999)" in said
        assert "hint: install that version of onefold, or a newer one" in said
    assert path.read_bytes() == before
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (own,))
    shop.finishes()


def test_a_damaged_control_database_asks_for_the_backup(crashing: Open) -> None:
    shop = crashing()
    path = shop.shop.store / "control.sqlite"
    backup = path.read_bytes()
    path.write_bytes(backup[:100] + bytes(reversed(backup[100:])))
    code, said = shop.run()
    assert code == 1
    assert "Traceback" not in said
    assert "control.sqlite is damaged" in said
    assert "hint: put the last backup of the store in its place" in said
    for left in path.parent.glob("control.sqlite-*"):
        left.unlink()
    path.write_bytes(backup)
    shop.finishes()


def test_a_store_that_cannot_be_written(crashing: Open, small_disk: SmallDisk) -> None:
    shop = crashing(new=True)
    store = shop.shop.store
    small_disk(store, "64m")
    assert shop.run("--no-send")[0] == 0
    done = subprocess.run(["mount", "-o", "remount,ro", str(store)], check=False)
    if done.returncode:
        pytest.skip("mounting read-only is not permitted here")
    code, said = shop.run()
    assert code == 1
    assert "Traceback" not in said
    assert "cannot be opened for writing" in said
    assert "hint: check the permissions" in said
    assert shop.place.requests == 0
    subprocess.run(["mount", "-o", "remount,rw", str(store)], check=True)
    shop.finishes()
