"""The profiles of the workspace, and the ways to find one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from braze_sandbox.identifiers import Alias, Identifier, Kind
from braze_sandbox.values import Stored

FOUND_BY = ("email", "phone")
"""Standard fields under which a profile can be looked up."""


@dataclass(slots=True)
class Tally:
    """How often something happened, and when first and last."""

    first: datetime
    last: datetime
    count: int = 0

    def add(self, time: datetime, count: int) -> None:
        """Count `count` more at `time`."""
        self.first, self.last = min(self.first, time), max(self.last, time)
        self.count += count


@dataclass(slots=True, eq=False)
class Profile:
    """One user. `values` holds standard fields and custom attributes: their names never collide."""

    number: int
    created_at: datetime
    touched: int
    external_id: str | None = None
    values: dict[str, Stored] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    events: dict[str, Tally] | None = None
    purchases: dict[str, Tally] | None = None
    revenue: float = 0.0

    @property
    def braze_id(self) -> str:
        """The id that Braze assigns."""
        return f"{self.number:024x}"


class Profiles:
    """All profiles, by number, and indexes to find them by identifier."""

    def __init__(self) -> None:
        self._by_number: dict[int, Profile] = {}
        self._by_external_id: dict[str, Profile] = {}
        self._by_alias: dict[Alias, Profile] = {}
        self._by_push_token: dict[str, Profile] = {}
        self._by_contact: dict[str, tuple[Profile, ...]] = {}
        self._created = 0
        self._touches = 0

    def __len__(self) -> int:
        return len(self._by_number)

    def __iter__(self) -> Iterator[Profile]:
        """In order of creation; the set is fixed when the iteration starts."""
        return iter(tuple(self._by_number.values()))

    def find(self, identifier: Identifier) -> Profile | None:
        """The profile meant; of several with an e-mail or phone the one Braze would take."""
        found = self.find_all(identifier)
        identified = [profile for profile in found if profile.external_id is not None]
        return max(identified or found, key=last_touched, default=None)

    def find_all(self, identifier: Identifier) -> tuple[Profile, ...]:
        """Every profile that carries the identifier."""
        profile: Profile | None = None
        match identifier:
            case Identifier(Kind.EXTERNAL_ID, str(external_id)):
                profile = self._by_external_id.get(external_id)
            case Identifier(Kind.USER_ALIAS, Alias() as alias):
                profile = self._by_alias.get(alias)
            case Identifier(Kind.BRAZE_ID, str(braze_id)):
                profile = self._with_braze_id(braze_id)
            case Identifier(Kind.ANONYMOUS, str(token)):
                profile = self._by_push_token.get(token)
            case Identifier((Kind.EMAIL | Kind.PHONE) as kind, str(text)):
                return self._by_contact.get(_contact(kind.value, text), ())
        return () if profile is None else (profile,)

    def create(self, identifier: Identifier, now: datetime) -> Profile:
        """A new profile under the identifier, which is none that Braze assigns itself."""
        self._created += 1
        profile = Profile(number=self._created, created_at=now, touched=self._touches)
        self._by_number[profile.number] = profile
        match identifier:
            case Identifier(Kind.EXTERNAL_ID, str(external_id)):
                profile.external_id = external_id
                self._by_external_id[external_id] = profile
            case Identifier(Kind.USER_ALIAS, Alias() as alias):
                profile.aliases = (alias,)
                self._by_alias[alias] = profile
            case Identifier(Kind.ANONYMOUS, str(token)):
                self._by_push_token[token] = profile
            case Identifier((Kind.EMAIL | Kind.PHONE) as kind, str(text)):
                self.put(profile, kind.value, text)
        return profile

    def touch(self, profile: Profile) -> None:
        """Make the profile the most recently updated one."""
        self._touches += 1
        profile.touched = self._touches

    def put(self, profile: Profile, name: str, value: Stored | None) -> None:
        """Set a field or attribute; None removes it."""
        if name in FOUND_BY:
            self._unlist(profile, name)
        if value is None:
            profile.values.pop(name, None)
        else:
            profile.values[name] = value
        if name in FOUND_BY and isinstance(value, str):
            contact = _contact(name, value)
            self._by_contact[contact] = (*self._by_contact.get(contact, ()), profile)

    def delete(self, profile: Profile) -> None:
        """Forget the profile and every way to it."""
        for name in FOUND_BY:
            self._unlist(profile, name)
        for alias in profile.aliases:
            del self._by_alias[alias]
        if profile.external_id is not None:
            del self._by_external_id[profile.external_id]
        tokens = profile.values.get("push_tokens")
        for item in tokens if isinstance(tokens, list) else []:
            if isinstance(item, dict):
                self._by_push_token.pop(str(item["token"]), None)
        del self._by_number[profile.number]

    def _unlist(self, profile: Profile, name: str) -> None:
        value = profile.values.get(name)
        if not isinstance(value, str):
            return
        contact = _contact(name, value)
        others = tuple(other for other in self._by_contact[contact] if other is not profile)
        if others:
            self._by_contact[contact] = others
        else:
            del self._by_contact[contact]

    def _with_braze_id(self, braze_id: str) -> Profile | None:
        try:
            profile = self._by_number.get(int(braze_id, 16))
        except ValueError:
            return None
        return profile if profile is not None and profile.braze_id == braze_id else None


def last_touched(profile: Profile) -> int:
    """Sorts profiles by their last update."""
    return profile.touched


def prioritised(found: tuple[Profile, ...], prioritization: list[str]) -> Profile | None:
    """The one profile that is left after the priorities, taken in order; None: ambiguous."""
    for priority in prioritization:
        found = _PRIORITIES[priority](found) or found
    return found[0] if len(found) == 1 else None


def _contact(name: str, text: str) -> str:
    """The key of an e-mail (whatever its case) or a phone (whatever its spacing)."""
    if name == "email":
        return text if text.islower() else text.lower()
    return "+" + "".join(filter(str.isdigit, text))


def _identified(found: tuple[Profile, ...]) -> tuple[Profile, ...]:
    return tuple(profile for profile in found if profile.external_id is not None)


def _unidentified(found: tuple[Profile, ...]) -> tuple[Profile, ...]:
    return tuple(profile for profile in found if profile.external_id is None)


def _most_recent(found: tuple[Profile, ...]) -> tuple[Profile, ...]:
    return (max(found, key=last_touched),) if found else ()


_PRIORITIES: dict[str, Callable[[tuple[Profile, ...]], tuple[Profile, ...]]] = {
    "identified": _identified,
    "unidentified": _unidentified,
    "most_recently_updated": _most_recent,
}
PRIORITIES = frozenset(_PRIORITIES)
