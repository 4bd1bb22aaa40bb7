"""Segments, and who is in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.profiles import Profile, Profiles
from braze_sandbox.state import Changed, Item
from braze_sandbox.values import show

SWEPT_AT_ONCE = 500
"""Users who are looked at before others have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Users by a list or a rule: who is in it is found out anew each time.

    All that is given must hold; nothing given: everybody.
    """

    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    tags: Sequence[str] = ()
    analytics_tracking_enabled: bool = False
    archived: bool = False
    external_ids: Sequence[str] | None = None
    """These users alone."""
    where: Mapping[str, object] = field(default_factory=dict)
    """Values of standard fields and custom attributes, as exports show them; None: not set."""
    random_buckets: Sequence[int] | None = None
    """The first and the last of the buckets of 0 to 9999 into which users fall."""

    def members(self, profiles: Profiles) -> Iterator[Profile]:
        """Those who are in it now, each once."""
        return (profile for profile in self.sweep(profiles) if profile is not None)

    def sweep(self, profiles: Profiles) -> Iterator[Profile | None]:
        """The same; None, now and then, is a good moment to do something else for a while."""
        for number, profile in enumerate(self._candidates(profiles), 1):
            if self._holds(profile):
                yield profile
            if number % SWEPT_AT_ONCE == 0:
                yield None

    def _candidates(self, profiles: Profiles) -> Iterable[Profile]:
        if self.external_ids is None:
            return profiles
        found = (profiles.find(Identifier(Kind.EXTERNAL_ID, one)) for one in self.external_ids)
        return {one.number: one for one in found if one is not None}.values()

    def _holds(self, profile: Profile) -> bool:
        first, last = self.random_buckets or (0, profile.random_bucket)
        return first <= profile.random_bucket <= last and all(
            _is(profile.values.get(name), wanted) for name, wanted in self.where.items()
        )


class Segments:
    """All segments by id, in order of creation."""

    def __init__(self) -> None:
        self._by_id: dict[str, Segment] = {}
        self._numbers: dict[str, int] = {}
        self._created = 0
        self._changed: Changed[str] = Changed()

    def get(self, segment_id: str) -> Segment | None:
        """The segment, if there is one."""
        return self._by_id.get(segment_id)

    def put(self, segment_id: str, segment: Segment) -> Segment:
        """Make a segment, or change it: it stays as old as it is."""
        old = self._by_id.get(segment_id)
        if old is None:
            self._created += 1
            self._numbers[segment_id] = self._created
        else:
            segment = replace(segment, created_at=old.created_at)
        self._by_id[segment_id] = segment
        self._changed.add(segment_id)
        return segment

    def remove(self, segment_id: str) -> None:
        """Forget a segment that is there; its users stay."""
        del self._by_id[segment_id], self._numbers[segment_id]
        self._changed.add(segment_id)

    def items(self) -> list[tuple[str, Segment]]:
        """Ids and segments, the oldest first."""
        return list(self._by_id.items())

    def record(self) -> None:
        """Begin to keep track of changes."""
        self._changed.record()

    def changes(self) -> Iterator[Item]:
        """Changed segments, each with its place in the order of creation."""
        for segment_id in self._changed.drain():
            segment = self._by_id.get(segment_id)
            kept = None if segment is None else (self._numbers[segment_id], segment)
            yield segment_id, kept

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take the segments back."""
        for segment_id, (number, fields) in sorted(items, key=lambda item: item[1][0]):
            self._by_id[segment_id] = Segment(**fields)
            self._numbers[segment_id] = self._created = number


def _is(value: Any, wanted: object) -> bool:
    """Whether the value is the wanted one; true is no 1."""
    shown = None if value is None else show(value)
    return shown == wanted and isinstance(shown, bool) == isinstance(wanted, bool)
