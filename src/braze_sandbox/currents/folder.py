"""The export's own corner of its folder: one process has it, and what a kill left is removed."""

import fcntl
from pathlib import Path

PART = ".part"
"""Ends the names of files that are not whole; readers look for `.avro`."""


class FolderError(Exception):
    """The folder can't be used; the text says why, and what to do."""


class OwnFolder:
    """`.sandbox` below the export's folder, held until `release` or the end of the process.

    Raises `FolderError` when another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".sandbox"
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / "lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise FolderError(
                f"another sandbox writes Currents into {folder}: name another --currents DIR"
            ) from None
        for left in self.path.glob(f"*{PART}"):
            left.unlink()

    def write(self, name: str, content: bytes) -> None:
        """Put a whole file in the place of the one before."""
        new = self.path / f"{name}{PART}"
        new.write_bytes(content)
        new.replace(self.path / name)

    def release(self) -> None:
        """Let another process have it."""
        self._lock.close()
