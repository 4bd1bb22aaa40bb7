"""What was taken and is in no file yet: it outlives the process."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import orjson

from braze_sandbox.currents.folder import OwnFolder
from braze_sandbox.state import Changed, Item

JOURNAL = "journal.ndjson"


class Queued(NamedTuple):
    """An event that waits for its file. `at` is when it was queued, in seconds since the epoch."""

    type: str
    at: float
    fields: dict[str, object]


class Journal(Protocol):
    """The events that wait, oldest first."""

    def __iter__(self) -> Iterator[Queued]:
        """All of them."""

    def __len__(self) -> int:
        """How many there are."""

    def add(self, events: Iterable[Queued]) -> None:
        """Keep some more."""

    def clear(self) -> None:
        """Forget everything: it is in files now."""


class FileJournal:
    """A file with an event a line. What `add` returned from survives a kill of the process."""

    def __init__(self, own: OwnFolder) -> None:
        self._own = own
        self._path = own.path / JOURNAL
        self._events = list(self._read())
        own.write(JOURNAL, b"".join(map(_line, self._events)))  # without a torn last line

    def __iter__(self) -> Iterator[Queued]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, events: Iterable[Queued]) -> None:
        """Keep some more."""
        new = list(events)
        with self._path.open("ab") as file:
            file.write(b"".join(map(_line, new)))
        self._events += new

    def clear(self) -> None:
        """Forget everything."""
        self._own.write(JOURNAL, b"")
        self._events.clear()

    def _read(self) -> Iterator[Queued]:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield Queued(*orjson.loads(line))


class KeptJournal:
    """A part of the state: an event is kept together with what it tells of, or neither is."""

    def __init__(self) -> None:
        self._events: dict[int, Queued] = {}
        self._last = 0
        self._changed: Changed[int] = Changed()

    def __iter__(self) -> Iterator[Queued]:
        return iter(self._events.values())

    def __len__(self) -> int:
        return len(self._events)

    def add(self, events: Iterable[Queued]) -> None:
        """Keep some more with the next changes."""
        for event in events:
            self._last += 1
            self._events[self._last] = event
            self._changed.add(self._last)

    def clear(self) -> None:
        """Forget everything with the next changes."""
        for number in self._events:
            self._changed.add(number)
        self._events.clear()

    def record(self) -> None:
        """Begin to keep track of changes."""
        self._changed.record()

    def changes(self) -> Iterator[Item]:
        """Events that wait since, and those that are in files."""
        for number in self._changed.drain():
            event = self._events.get(number)
            yield str(number), None if event is None else tuple(event)

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take back what waited."""
        for number, event in sorted((int(key), event) for key, event in items):
            self._events[number] = Queued(*event)
            self._last = number


def _line(event: Queued) -> bytes:
    return orjson.dumps(tuple(event)) + b"\n"
