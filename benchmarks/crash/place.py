"""A shop to crash: its project, its sandbox, and what its journal says, read from outside."""

from __future__ import annotations

import json
import os
import sqlite3
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from onefold.app import start_project, start_sandbox
from onefold.examples import shop

__all__ = ["Faults", "Place", "Shop", "open_place", "running_sandbox"]

Faults = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """The shop's project in a folder."""

    folder: Path
    customers: int
    endpoint: str

    @property
    def store(self) -> Path:
        """Where its store lies."""
        return self.folder / ".onefold"

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables for onefold."""
        own = {name: value for name, value in os.environ.items() if "ONEFOLD" not in name}
        return own | {"BRAZE_ENDPOINT": self.endpoint, "ONEFOLD_THREADS": "2"}

    def write(self, day: int) -> None:
        """Write the project, or the next day's files."""
        start_project(self.folder, example="shop", customers=self.customers, day=day)

    def morning(self, day: int) -> str:
        """Give the `--as-of` of a day."""
        date = shop.FIRST_DAY + timedelta(days=day - 1)
        return datetime(date.year, date.month, date.day, 6, tzinfo=UTC).isoformat()

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a definition."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{file} does not say {old!r}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def look(self, sql: str, *parameters: object) -> list[Any]:
        """Read the control database from outside; nothing when it is not there yet."""
        path = self.store / "control.sqlite"
        if not path.exists():
            return []
        address = f"file:{path}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
                return connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError:  # killed while it was being made
            return []


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A shop beside the sandbox that it sends to."""

    shop: Shop
    url: str

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Speak to the sandbox's own side."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def faults(self, faults: Faults) -> None:
        """Let these happen from now on, and no others."""
        self.ask("faults", method="DELETE")
        if faults:
            self.ask("faults", list(faults))

    @property
    def requests(self) -> int:
        """Requests that reached the sandbox so far."""
        return int(self.ask("summary")["requests"])

    @property
    def users(self) -> list[Mapping[str, Any]]:
        """All users, as the sandbox dumps them."""
        found: list[Mapping[str, Any]] = self.ask("state")["users"]
        return found


@contextmanager
def running_sandbox(*options: str, port: int = 0) -> Iterator[str]:
    """Start a sandbox, and give its address; port 0 lets the system choose."""
    sandbox = start_sandbox(("--port", str(port), *options))
    try:
        yield sandbox.url
    finally:
        sandbox.stop()


@contextmanager
def open_place(folder: Path, *, customers: int) -> Iterator[Place]:
    """Write the shop's first day, and start a sandbox that lives through everything."""
    with running_sandbox() as url:
        own = Shop(folder=folder, customers=customers, endpoint=url)
        own.write(day=1)
        yield Place(shop=own, url=url)
