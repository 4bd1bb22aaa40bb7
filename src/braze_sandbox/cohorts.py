"""Partners' cohorts: who is in which, and the partners that may say so."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import orjson

from braze_sandbox.state import Changed, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner's two keys, and whether the customer lets it in."""

    partner_api_key: str = "sandbox-partner-key"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - a published default
    enabled: bool = True


@dataclass(slots=True, kw_only=True)
class Cohort:
    """A list of users by their profiles' numbers; `Cohorts` changes it, and keeps the change."""

    partner: str
    name: str
    created_at: str
    members: Set[int] = field(default_factory=frozenset)
    changing: int = 0
    """Changes that are accepted and not yet applied."""


class Cohorts:
    """All cohorts by partner and id, and the partners.

    Args:
        given: Partners by name, in place of the pair of keys that any partner has otherwise.
    """

    def __init__(self, given: Mapping[str, Partner] | None = None) -> None:
        self._given = given
        self._partners: dict[str, Partner] = {}
        self._by_id: dict[tuple[str, str], Cohort] = {}
        self._members: dict[tuple[str, str], set[int]] = {}
        self._changed: Changed[tuple[Any, ...]] = Changed()

    def partner(self, name: str) -> Partner | None:
        """The partner as it was set, or as it was given at the start; None: it is not known."""
        if name in self._partners:
            return self._partners[name]
        return self._given.get(name) if self._given else Partner()

    def partners(self) -> dict[str, Partner]:
        """All partners with keys of their own."""
        return {**(self._given or {}), **self._partners}

    def set_partner(self, name: str, partner: Partner) -> None:
        """Give a partner other keys, or let it in no more."""
        self._partners[name] = partner
        self._changed.add(("partner", name))

    def get(self, partner: str, cohort_id: str) -> Cohort | None:
        """The cohort, if it was made."""
        return self._by_id.get((partner, cohort_id))

    def put(self, partner: str, cohort_id: str, *, name: str, created_at: str) -> None:
        """Make a cohort, or give it another name."""
        key = partner, cohort_id
        members = self._members.setdefault(key, set())
        cohort = self._by_id.setdefault(
            key, Cohort(partner=partner, name=name, created_at=created_at, members=members)
        )
        cohort.name, cohort.created_at = name, created_at
        self._changed.add(("cohort", *key))

    def join(self, partner: str, cohort_id: str, user: int) -> None:
        """Put a user, by the profile's number, into a cohort that was made."""
        self._members[partner, cohort_id].add(user)
        self._changed.add(("member", partner, cohort_id, user))

    def leave(self, partner: str, cohort_id: str, user: int) -> None:
        """Take a user out, if there."""
        self._members[partner, cohort_id].discard(user)
        self._changed.add(("member", partner, cohort_id, user))

    def forget(self, user: int) -> None:
        """A user who is deleted is in no cohort any more."""
        for key, members in self._members.items():
            if user in members:
                self.leave(*key, user)

    def merge(self, *, gone: int, kept: int) -> None:
        """A user who became part of another leaves its places to that one."""
        for key, members in self._members.items():
            if gone in members:
                self.leave(*key, gone)
                self.join(*key, kept)

    def items(self) -> list[tuple[str, Cohort]]:
        """Ids and cohorts, in order of creation."""
        return [(cohort_id, cohort) for (_, cohort_id), cohort in self._by_id.items()]

    def record(self) -> None:
        """Begin to keep track of changes."""
        self._changed.record()

    def changes(self) -> Iterator[Item]:
        """Changed partners, cohorts and single members."""
        for key in self._changed.drain():
            yield orjson.dumps(key).decode(), self._kept(*key)

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take everything back."""
        kept = [(orjson.loads(key), value) for key, value in items]
        by_kind: dict[str, list[tuple[list[Any], Any]]] = {}
        for (kind, *rest), value in kept:
            by_kind.setdefault(kind, []).append((rest, value))
        for (name,), partner in by_kind.get("partner", []):
            self._partners[name] = Partner(**partner)
        for key, cohort in sorted(by_kind.get("cohort", []), key=lambda item: item[1][0]):
            self.put(*key, name=cohort[1], created_at=cohort[2])
        for (partner_name, cohort_id, user), _ in by_kind.get("member", []):
            self._members[partner_name, cohort_id].add(user)

    def _kept(self, kind: str, *key: Any) -> object | None:
        """What is kept of one; a cohort with its place in the order of creation."""
        if kind == "partner":
            return self._partners[key[0]]
        if kind == "cohort":
            cohort = self._by_id[key[0], key[1]]
            place = list(self._by_id).index((key[0], key[1]))
            return place, cohort.name, cohort.created_at
        return True if key[2] in self._members[key[0], key[1]] else None
