"""Writes what has changed, many requests at a time, and tells them when it is safe."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from braze_sandbox.state.codec import decode, encode
from braze_sandbox.state.file import StateFile, damaged
from braze_sandbox.state.parts import Part


class Keeper:
    """Keeps parts in a file; raises `StateError` when it can't."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = StateFile(path)
        self._parts: Mapping[str, Part] = {}
        self._unwritten: dict[tuple[str, str], bytes | None] = {}
        self._commit: asyncio.Future[None] | None = None

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Give the parts what is kept of them, and keep them from now on."""
        for name, part in parts.items():
            try:
                part.restore((key, decode(value)) for key, value in self._file.items(name))
            except (ValueError, TypeError, KeyError, AttributeError, IndexError):
                raise damaged(self._path) from None
        self._keep(parts)

    def forget(self, parts: Mapping[str, Part]) -> None:
        """Drop everything, and keep these from now on."""
        self._unwritten.clear()
        self._file.clear()
        self._keep(parts)

    async def kept(self) -> None:
        """Return once all changes until now are written, together with those of others."""
        if self._commit is None:
            loop = asyncio.get_running_loop()
            self._commit = loop.create_future()
            loop.call_soon(self._write_for, self._commit)
        await asyncio.shield(self._commit)

    def write(self) -> None:
        """Write all changes now, as one transaction; what fails is tried again next time."""
        for name, part in self._parts.items():
            for key, value in part.changes():
                self._unwritten[name, key] = None if value is None else encode(value)
        if self._unwritten:
            self._file.write(self._unwritten)
            self._unwritten = {}

    def close(self) -> None:
        """Write what is left, and let go of the file."""
        self.write()
        self._file.close()

    def _keep(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        for part in parts.values():
            part.record()

    def _write_for(self, waiting: "asyncio.Future[None]") -> None:
        self._commit = None
        try:
            self.write()
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            waiting.set_exception(error)
        else:
            waiting.set_result(None)
