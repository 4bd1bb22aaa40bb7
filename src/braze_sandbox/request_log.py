"""What was asked, what was answered, and what came of it."""

import json
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from braze_sandbox.data_points import Cost
from braze_sandbox.rules import Rule

KEPT_REQUESTS = 100_000
KEPT_BODY_BYTES = 64 * 1024 * 1024
MOST_PATHS = 1_000
"""Counted apart; with ids of items in them there are as many paths as items."""
OTHER_PATHS = "other paths"
ARRAYS = ("attributes", "events", "purchases")


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request to the API. `status` is None until something is decided."""

    number: int
    at: datetime
    method: str
    path: str
    host: str = ""
    """What the client calls the sandbox, with the port."""
    status: int | None = None
    answered: bool = True
    faults: list[int] = field(default_factory=list)
    body_bytes: int = 0
    body: bytes | None = None
    objects: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    message: str = ""
    errors: list[object] = field(default_factory=list)
    silent: Counter[Rule] = field(default_factory=Counter)
    cost: Cost = field(default_factory=Cost)


class RequestLog:
    """The latest entries and bodies, and counts over all of them."""

    def __init__(self, *, kept_requests: int, kept_body_bytes: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept_requests)
        self._with_body: deque[Entry] = deque()
        self._body_bytes = 0
        self._kept_body_bytes = kept_body_bytes
        self.count = 0
        self.unanswered = 0
        self.by_path: dict[str, Counter[str]] = {}
        self.objects: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()

    def open(self, at: datetime, method: str, path: str) -> Entry:
        """The entry of a request that has just arrived."""
        self.count += 1
        entry = Entry(number=self.count, at=at, method=method, path=path)
        self._entries.append(entry)
        return entry

    def keep_body(self, entry: Entry, body: bytes) -> None:
        """Keep what was sent, and let go of the oldest bodies: beyond the bound, or forgotten."""
        entry.body_bytes = len(body)
        entry.body = body
        self._with_body.append(entry)
        self._body_bytes += len(body)
        first = self._entries[0].number if self._entries else entry.number + 1
        while self._with_body and (
            self._body_bytes > self._kept_body_bytes or self._with_body[0].number < first
        ):
            oldest = self._with_body.popleft()
            self._body_bytes -= len(oldest.body or b"")
            oldest.body = None

    def close(self, entry: Entry) -> None:
        """Count a request whose outcome is known."""
        many = entry.path not in self.by_path and len(self.by_path) >= MOST_PATHS
        path = OTHER_PATHS if many else entry.path
        self.by_path.setdefault(path, Counter())[str(entry.status)] += 1
        self.unanswered += not entry.answered
        self.objects.update(entry.objects)
        self.accepted.update(entry.accepted)

    def counts(self) -> dict[str, Any]:
        """The counts over all requests: what outlives the process."""
        return {
            "count": self.count,
            "unanswered": self.unanswered,
            "by_path": {path: dict(statuses) for path, statuses in self.by_path.items()},
            "objects": dict(self.objects),
            "accepted": dict(self.accepted),
        }

    def restore_counts(self, counts: dict[str, Any]) -> None:
        """Take the counts back."""
        self.count, self.unanswered = counts["count"], counts["unanswered"]
        self.by_path = {path: Counter(statuses) for path, statuses in counts["by_path"].items()}
        self.objects, self.accepted = Counter(counts["objects"]), Counter(counts["accepted"])

    def entries(self, last: int = KEPT_REQUESTS) -> Iterator[Entry]:
        """The latest entries, oldest first."""
        latest = tuple(islice(reversed(self._entries), last))
        return reversed(latest)

    def numbered(self, number: int) -> Iterator[Entry]:
        """The entry with the number, if it is kept still."""
        first = self._entries[0].number if self._entries else 0
        if 0 <= number - first < len(self._entries):
            yield self._entries[number - first]

    def naming(self, names: Iterable[str], numbers: Container[int]) -> Iterator[Entry]:
        """Entries whose kept body holds one of the texts, or whose number is one of those."""
        forms = [form for name in names for form in (orjson.dumps(name), json.dumps(name).encode())]
        for entry in self.entries():
            body = entry.body or b""
            if entry.number in numbers or any(form in body for form in forms):
                yield entry


def per_array(counts: Counter[str]) -> dict[str, int]:
    """The counts of the three arrays, all three named."""
    return {name: counts[name] for name in ARRAYS}


def by_rule(silent: Iterable[tuple[Rule, int]]) -> dict[str, int]:
    """Counts by the rule's id."""
    return {rule.id: count for rule, count in silent}
