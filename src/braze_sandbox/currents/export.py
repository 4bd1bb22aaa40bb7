"""The files: which there are, when they are written, what they are called."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import fastavro
import orjson

from braze_sandbox.currents.folder import PART, OwnFolder
from braze_sandbox.currents.journal import FileJournal, Journal, Queued
from braze_sandbox.currents.oddities import Oddities
from braze_sandbox.currents.schemas import avro_schema, event_types

INTEGRATION = "dataexport.prod-01.S3.integration.5f0000000000000000000001"
ZONE = "0"
PARTITION = 0
MOST_EVENTS = 15_000
LONGEST_S = 300.0
MAX_EVENT_BYTES = 900_000
INT_RANGE = (-(2**31), 2**31 - 1)
SCHEMAS = "schemas.json"


class Export:
    """Currents into one folder.

    Args:
        folder: Stands for the bucket and its prefix.
        clock: Seconds since the epoch.
        kept: Holds what waits, where the state is kept; None: a file in the folder does.

    Raises:
        FolderError: Another process exports into the folder.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], float], kept: Journal | None = None
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._own = OwnFolder(folder)
        self._waits: Journal = FileJournal(self._own)
        self._offset = 1 + max(map(_offset, folder.rglob("*.avro")), default=-1)
        self._schema_id, self._added = self._read_schemas()
        self._timer: asyncio.TimerHandle | None = None
        self.counts: Counter[str] = Counter()
        self.set_oddities(Oddities())
        if kept is not None:
            self.flush()  # what a process that kept no state has left
            self._waits = kept
        self.write_due()

    def set_oddities(self, oddities: Oddities) -> None:
        """From now on, deviate so."""
        self.oddities = oddities
        self._random = Random(oddities.seed)  # noqa: S311 - chance in a simulation, no secrets

    def take(self, events: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """Queue events, by their type; written at the latest in five minutes."""
        now = self._clock()
        queued = [
            Queued(kind, now, dict(changed))
            for kind, fields in events
            for changed in self.oddities.distort(fields, self._random)
        ]
        kept = [one for one in queued if len(orjson.dumps(one.fields)) <= MAX_EVENT_BYTES]
        self.counts["dropped"] += len(queued) - len(kept)
        self.counts["queued"] += len(kept)
        self._waits.add(kept)
        self.write_due()
        self._wake_up()

    def write_due(self) -> None:
        """Write what waits if it is enough or has waited long enough."""
        oldest = next(iter(self._waits), None)
        if oldest is None:
            return
        if len(self._waits) >= MOST_EVENTS or self._clock() - oldest.at >= LONGEST_S:
            self.flush()

    def flush(self) -> list[str]:
        """Write everything that waits; the new files, relative to the folder."""
        files: defaultdict[tuple[str, str], list[Queued]] = defaultdict(list)
        for one in self._waits:
            files[one.type, f"{datetime.fromtimestamp(one.at, UTC):%Y-%m-%d-%H}"].append(one)
        written = [self._write(kind, hour, events) for (kind, hour), events in files.items()]
        self._waits.clear()
        return written

    def add_field(self, event_type: str, field: str) -> int:
        """Let a type have one more optional text; what waits is written first. The new schema id.

        Raises:
            ValueError: There is no such type, or it has the field.
        """
        if event_type not in event_types():
            raise ValueError(f"Currents has no event type {event_type!r}")
        added = self._added.get(event_type, ())
        if field in added or field in event_types()[event_type]:
            raise ValueError(f"{event_type} has the field {field!r} already")
        avro_names = field.isascii() and field.isidentifier()
        if not avro_names:
            raise ValueError(f"{field!r} is no name of a field in Avro")
        self.flush()
        self._added[event_type] = (*added, field)
        self._schema_id += 1
        self._own.write(SCHEMAS, orjson.dumps({"schema_id": self._schema_id, "added": self._added}))
        return self._schema_id

    def show(self) -> dict[str, object]:
        """Where the export stands."""
        return {
            "waiting": len(self._waits),
            "queued": self.counts["queued"],
            "written": self.counts["written"],
            "files": self.counts["files"],
            "dropped": self.counts["dropped"],
            "schema_id": self._schema_id,
            "oddities": self.oddities.model_dump(),
        }

    def forget(self) -> None:
        """Drop what waits; files stay, as in a bucket."""
        self._waits.clear()
        self.counts.clear()
        self.set_oddities(Oddities())

    def close(self) -> None:
        """Write what waits, and nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        self.flush()
        self._own.release()

    def _write(self, kind: str, hour: str, events: list[Queued]) -> str:
        """Write one file under another name, then rename it: none is ever seen in part."""
        name = f"{INTEGRATION}+{PARTITION}+{self._offset}.avro"
        place = f"{INTEGRATION}/event_type={kind}/date={hour}/{self._schema_id}/{ZONE}/{name}"
        target = self._folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        schema = fastavro.parse_schema(avro_schema(kind, self._added.get(kind, ())))
        new = self._own.path / f"{name}{PART}"
        with new.open("wb") as file:
            rows = [_in_range(kind, one.fields) for one in events]
            fastavro.writer(file, schema, rows, codec=self.oddities.codec)
        new.replace(target)
        self._offset += 1
        self.counts["files"] += 1
        self.counts["written"] += len(events)
        return place

    def _read_schemas(self) -> tuple[int, dict[str, tuple[str, ...]]]:
        path = self._own.path / SCHEMAS
        if not path.exists():
            return 1, {}
        kept = orjson.loads(path.read_bytes())
        return kept["schema_id"], {kind: tuple(names) for kind, names in kept["added"].items()}

    def _wake_up(self) -> None:
        """Write in time even when no more events come; without a loop the next event does it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is not None:
            self._timer.cancel()
        oldest = next(iter(self._waits), None)
        if oldest is not None:
            left_s = LONGEST_S - (self._clock() - oldest.at)
            self._timer = loop.call_later(max(left_s, 0), self.write_due)


def _in_range(kind: str, fields: dict[str, object]) -> dict[str, object]:
    """The fields, a time outside the 32 bits of most types moved to their edge."""
    time = fields["time"]
    if event_types()[kind]["time"] == "int" and isinstance(time, int):
        least, most = INT_RANGE
        return {**fields, "time": min(max(time, least), most)}
    return fields


def _offset(path: Path) -> int:
    return int(path.stem.rpartition("+")[2])
