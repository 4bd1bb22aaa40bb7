"""The SQLite file: one table of items, written set by set."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

VERSION = 1
"""Of the form of the items; a file of a later one is refused."""
APPLICATION_ID = 0x42_5A_53_42
"""Marks the file as a sandbox's (BZSB)."""

_OPEN = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 8192;
"""
"""The same users change again and again: a long log (32 MB) copies their pages back less often."""
_CREATE = f"""
BEGIN EXCLUSIVE;
CREATE TABLE item (
    part TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (part, key)
);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
COMMIT;
"""
_PUT = """
INSERT INTO item (part, key, value) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value
"""
_DROP = "DELETE FROM item WHERE part = ? AND key = ?"
_ALL = "SELECT key, value FROM item WHERE part = ? ORDER BY key"


class StateError(Exception):
    """The file can't be used; the text says why, and what to do."""


class StateFile:
    """A file of items, for one process at a time.

    Raises `StateError` when it is damaged, of a later version, of something else, or in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._open()
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def items(self, part: str) -> Iterator[tuple[str, bytes]]:
        """All items of a part."""
        try:
            yield from self._database.execute(_ALL, (part,))
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def write(self, changes: Mapping[tuple[str, str], bytes | None]) -> None:
        """Put and drop (None) items, all or none; they survive the end of this process."""
        put = [(part, key, value) for (part, key), value in changes.items() if value is not None]
        gone = [place for place, value in changes.items() if value is None]
        try:
            self._database.execute("BEGIN")
            self._database.executemany(_PUT, put)
            self._database.executemany(_DROP, gone)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise StateError(f"can't write {self._path}: {error}. Is the disk full?") from None

    def clear(self) -> None:
        """Drop everything."""
        self._database.execute("DELETE FROM item")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _open(self) -> None:
        self._database.executescript(_OPEN)
        version = self._pragma("user_version")
        if not version and not self._pragma("schema_version"):
            self._database.executescript(_CREATE)
            return
        if self._pragma("application_id") != APPLICATION_ID:
            raise StateError(f"{self._path} is no state of a sandbox: name another file")
        if version > VERSION:
            raise StateError(
                f"{self._path} was written by a newer sandbox (form {version}, this one knows "
                f"{VERSION}): start the newer one, or name another file"
            )
        if self._database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise self._unusable(None)

    def _pragma(self, name: str) -> int:
        return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])

    def _unusable(self, error: sqlite3.Error | None) -> StateError:
        code = getattr(error, "sqlite_errorcode", None)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StateError(f"{self._path} is in use by another sandbox: name another file")
        if code == sqlite3.SQLITE_CANTOPEN:
            return StateError(f"can't open {self._path}: does its folder exist, and may you write?")
        if code == sqlite3.SQLITE_NOTADB:
            return StateError(f"{self._path} is no state of a sandbox, or damaged: name another")
        return damaged(self._path)


def damaged(path: Path) -> StateError:
    """The error of a file that can't be read."""
    return StateError(f"{path} is damaged: restore it from a copy, or name another file")
