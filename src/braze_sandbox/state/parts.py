"""Parts of the state: what keeps track of its own changes."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

Item: TypeAlias = tuple[str, object]
"""A key and what is kept under it: JSON, dataclasses and times; None: the item is gone."""

K = TypeVar("K")


class Part(Protocol):
    """Something whose items can be kept."""

    def record(self) -> None:
        """Begin to keep track of changes."""

    def changes(self) -> Iterable[Item]:
        """The items that changed since the last time; asking forgets them."""

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take back everything that was ever given, before anything changes."""


class Changed(Generic[K]):
    """Keys of changed items; costs nothing until somebody wants to know."""

    __slots__ = ("_keys", "add")

    add: Callable[[K], None]
    """Remembers a change; called for each field of each object, so it is no method."""

    def __init__(self) -> None:
        self._keys: set[K] = set()
        self.add = _ignore

    def record(self) -> None:
        """Begin to remember."""
        self._keys = set()
        self.add = self._keys.add

    def drain(self) -> set[K]:
        """What has changed since the last time; none before it is recorded."""
        changed = self._keys
        if changed:
            self.record()
        return changed


def _ignore(_: object) -> None:
    """Nobody wants to know."""


class Whole:
    """A small part that is kept as one item; it is compared, so it need not tell of changes.

    Args:
        dump: Gives the whole value, new each time.
        load: Takes it back.
    """

    def __init__(self, dump: Callable[[], object], load: Callable[[Any], None]) -> None:
        self._dump = dump
        self._load = load
        self._last: object = None

    def record(self) -> None:
        """Take what is there now for known."""
        self._last = self._dump()

    def changes(self) -> Iterable[Item]:
        """The whole, when it differs."""
        now = self._dump()
        if now != self._last:
            self._last = now
            yield "", now

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take the whole back."""
        for _, value in items:
            self._load(value)
