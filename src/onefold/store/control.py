"""The control database: its transactions, migrations, and errors that people can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from onefold.errors import OnefoldError, StoreBusy, StoreError, StoreFull
from onefold.store.revision import HEAD, schema_revision

__all__ = ["Control", "Transaction"]

Transaction = Connection
BUSY_TIMEOUT_MS = 30_000  # how long a writer waits for another one


class Control:
    """A control database, brought to the newest schema on opening."""

    def __init__(self, path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = path
        _make_folder(path.parent)
        self._engine = _sqlite(path, busy_timeout_ms)
        self._turn = RLock()
        with _database_errors(path):
            _migrate(self._engine, path)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Open a writing transaction: committed at the end, or nothing of it on an error."""
        # The threads of this process queue here. SQLite would let them sleep and look again, longer
        # each time, while another one commits, and commits, and commits.
        with self._turn, _database_errors(self.path), _writing(self._engine) as connection:
            yield connection

    def compact(self) -> None:
        """Write the database anew: what was deleted is in no page of it any more, nor in its log.

        Raises:
            StoreBusy: somebody reads or writes it.
        """
        with self._turn, _database_errors(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise StoreBusy(
                "somebody reads the control database, so its log could not be emptied",
                hint="try again in a moment",
            )

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a connection for reading; it blocks no writer."""
        with _database_errors(self.path), self._engine.connect() as connection:
            yield connection


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the store's folder {folder} cannot be made: {error.strerror}",
            hint="check `store:` in onefold.yaml, and who may write there",
        ) from error


def _sqlite(path: Path, busy_timeout_ms: int) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, and only to write
        for pragma in (
            f"busy_timeout = {busy_timeout_ms}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        # Taking the write lock at once keeps a transaction from failing at its first write.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _migrate(engine: Engine, path: Path) -> None:
    """Bring the schema up to date; when it is, nothing is written and no lock taken."""
    with engine.connect() as connection:
        if schema_revision(connection) == HEAD:
            return
    from onefold.store.upgrading import upgrade  # noqa: PLC0415 - Alembic takes long to load

    with _writing(engine) as connection:
        upgrade(connection, path.parent)


@contextmanager
def _database_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise _translated(error, path) from error


def _translated(error: DatabaseError, path: Path) -> OnefoldError:
    text = str(error.orig)
    if "disk is full" in text or "disk I/O error" in text:
        return StoreFull(
            f"the disk of {path.parent} is full: the control database could not be written",
            hint="free some space, then run again; nothing was lost",
        )
    if isinstance(error, OperationalError) and "locked" in text:
        return StoreBusy(
            f"{path} has been locked by another process for too long",
            hint="wait until the other process ends, then run again",
        )
    if "readonly" in text or "unable to open" in text:
        return StoreError(
            f"the control database {path} cannot be opened for writing",
            hint="check the permissions of the store's folder and that its disk is mounted",
        )
    if "not a database" in text or "malformed" in text:
        return StoreError(
            f"{path} is damaged: {text}",
            hint="put the last backup of the store in its place, then run again",
        )
    return StoreError(f"the control database {path}: {text}")
