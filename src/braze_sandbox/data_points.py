"""The ledger of data points: what each request would cost, and what of it was waste."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from braze_sandbox.state import Changed, Item

KEPT_ENTRIES = 100_000


@dataclass(slots=True)
class Cost:
    """Data points, and how many of them set a value to what it already was."""

    data_points: int = 0
    unchanged: int = 0

    def add(self, data_points: int, *, changed: bool) -> None:
        """Count some more."""
        self.data_points += data_points
        self.unchanged += 0 if changed else data_points


class Charge(NamedTuple):
    """One line of the bill. `kind` is attribute, event or purchase; `user` a profile's number."""

    request: int
    user: int
    kind: str
    key: str
    data_points: int
    changed: bool


class Ledger:
    """The whole cost, the cost by key, and the latest single charges."""

    def __init__(self) -> None:
        self.total = Cost()
        self._by_key: defaultdict[tuple[str, str], Cost] = defaultdict(Cost)
        self._entries: deque[Charge] = deque(maxlen=KEPT_ENTRIES)
        self._changed: Changed[tuple[str, str]] = Changed()

    def add(self, charge: Charge) -> None:
        """Book a charge."""
        self.total.add(charge.data_points, changed=charge.changed)
        key = charge.kind, charge.key
        self._by_key[key].add(charge.data_points, changed=charge.changed)
        self._entries.append(charge)
        self._changed.add(key)

    def record(self) -> None:
        """Begin to keep track of changes."""
        self._changed.record()

    def changes(self) -> Iterator[Item]:
        """The costs that changed; the single charges are not kept."""
        for kind, key in self._changed.drain():
            yield f"{kind} {key}", self._by_key[kind, key]

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take the costs back, and add them up."""
        for name, cost in items:
            kind, _, key = name.partition(" ")
            self._by_key[kind, key] = Cost(**cost)
            self.total.data_points += cost["data_points"]
            self.total.unchanged += cost["unchanged"]

    def by_key(self) -> Iterator[tuple[str, str, Cost]]:
        """Kind, key and cost, the dearest first."""
        dearest_first = sorted(
            self._by_key.items(), key=lambda item: (-item[1].data_points, item[0])
        )
        return ((kind, key, cost) for (kind, key), cost in dearest_first)

    def entries(self) -> Iterator[Charge]:
        """The latest charges, oldest first."""
        return iter(tuple(self._entries))
