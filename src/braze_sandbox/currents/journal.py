"""What was taken and is in no file yet, on disk: it outlives the process."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from braze_sandbox.currents.folder import OwnFolder

JOURNAL = "journal.ndjson"


class Queued(NamedTuple):
    """An event that waits for its file. `at` is when it was queued, in seconds since the epoch."""

    type: str
    at: float
    fields: dict[str, object]


class Journal:
    """A file with an event a line. What `add` returned from survives a kill of the process."""

    def __init__(self, own: OwnFolder) -> None:
        self._own = own
        self._path = own.path / JOURNAL
        whole = [
            orjson.dumps(tuple(event)) + b"\n" for event in self.read()
        ]  # without a torn last line
        own.write(JOURNAL, b"".join(whole))

    def read(self) -> Iterator[Queued]:
        """What waits, oldest first."""
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield Queued(*orjson.loads(line))

    def add(self, events: Iterable[Queued]) -> None:
        """Keep some more."""
        with self._path.open("ab") as file:
            file.write(b"".join(orjson.dumps(tuple(event)) + b"\n" for event in events))

    def clear(self) -> None:
        """Forget everything: it is in files now."""
        self._own.write(JOURNAL, b"")
