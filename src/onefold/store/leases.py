"""Leases: one holder at a time, taken over when the holder is dead or late."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from sqlalchemy import ColumnElement, delete, insert, select, update

from onefold.errors import StoreBusy
from onefold.store import schema
from onefold.store.control import Control, Transaction

__all__ = ["Leases"]

START_TOLERANCE = timedelta(seconds=5)  # the system's clock may have been set in the meantime


class Leases:
    """Takes, renews and gives back leases. `holder` is a run's id."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def take(
        self, tx: Transaction, name: str, *, holder: str, now: datetime, length: timedelta
    ) -> None:
        """Take a lease for `length`, also from a holder that is dead or let it run out.

        Raises:
            StoreBusy: another living process holds it, be it for the same run.
        """
        self.give_back(tx, name, holder=holder)
        row = tx.execute(select(schema.lease).where(schema.lease.c.name == name)).first()
        if row is not None and self._is_held(row, now):
            raise StoreBusy(
                f"another onefold process (pid {row.pid} on {row.host}) is working here: {name}",
                hint="wait until it ends; if that machine is gone, its lease runs out at "
                f"{row.expires_at:%H:%M:%S} UTC",
            )
        tx.execute(delete(schema.lease).where(schema.lease.c.name == name))
        tx.execute(
            insert(schema.lease).values(
                name=name,
                holder=holder,
                host=socket.gethostname(),
                pid=os.getpid(),
                process_started_at=_process_start(os.getpid()),
                expires_at=now + length,
            )
        )

    def renew(self, tx: Transaction, name: str, *, holder: str, until: datetime) -> bool:
        """Keep a lease longer; False when somebody else has it by now."""
        mine = update(schema.lease).where(*_mine(name, holder))
        return tx.execute(mine.values(expires_at=until)).rowcount == 1

    def give_back(self, tx: Transaction, name: str, *, holder: str) -> None:
        """Free a lease, if it is still ours."""
        tx.execute(delete(schema.lease).where(*_mine(name, holder)))

    def holder(self, name: str, *, now: datetime) -> str | None:
        """Give who holds a lease right now, if a living process does."""
        with self._control.read() as connection:
            row = connection.execute(
                select(schema.lease).where(schema.lease.c.name == name)
            ).first()
        return row.holder if row is not None and self._is_held(row, now) else None

    def _is_held(self, row: Any, now: datetime) -> bool:
        if row.expires_at <= now:
            return False
        if row.host != socket.gethostname():
            return True  # its processes cannot be seen from here: only time frees it
        started = _process_start(row.pid)
        return started is not None and abs(started - row.process_started_at) <= START_TOLERANCE


def _mine(name: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    """Say which lease is this process's own: a resumed run has its id in another process too."""
    table = schema.lease
    return (
        table.c.name == name,
        table.c.holder == holder,
        table.c.host == socket.gethostname(),
        table.c.pid == os.getpid(),
    )


def _process_start(pid: int) -> datetime | None:
    """When a living process started: tells it from a later one with the same number."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return datetime.fromtimestamp(process.create_time(), UTC)
    except psutil.NoSuchProcess:
        return None
