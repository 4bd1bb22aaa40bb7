"""The profiles of the workspace, and the ways to find one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from braze_sandbox.identifiers import Alias, Identifier, Kind
from braze_sandbox.state import Changed, Item
from braze_sandbox.values import Stored

FOUND_BY = ("email", "phone")
"""Standard fields under which a profile can be looked up."""
_COUNTS = "#"
"""The key of the counts among the kept profiles."""


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
    deprecated_ids: tuple[str, ...] = ()
    """External ids that the user had before, and can still be found by."""

    @property
    def braze_id(self) -> str:
        """The id that Braze assigns."""
        return f"{self.number:024x}"

    @property
    def random_bucket(self) -> int:
        """From 0 to 9999; always the same of a user, and of as many users as any other."""
        return self.number * 2_654_435_761 % 10_000


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
        self._changed: Changed[int] = Changed()

    def __len__(self) -> int:
        return len(self._by_number)

    def __iter__(self) -> Iterator[Profile]:
        """In order of creation; the set is fixed when the iteration starts."""
        return iter(tuple(self._by_number.values()))

    def newest_first(self) -> Iterator[Profile]:
        """The other way round; ends with an error if users come or go meanwhile."""
        return reversed(self._by_number.values())

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
        self._changed.add(profile.number)
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
        self._changed.add(profile.number)

    def put(self, profile: Profile, name: str, value: Stored | None) -> None:
        """Set a field or attribute; None removes it."""
        self._changed.add(profile.number)
        if name in FOUND_BY:
            self._unlist(profile, name)
        if value is None:
            profile.values.pop(name, None)
        else:
            profile.values[name] = value
        if name in FOUND_BY:
            self._list(profile, name)

    def add_alias(self, profile: Profile, alias: Alias) -> None:
        """Give the profile an alias that nobody has."""
        profile.aliases = (*profile.aliases, alias)
        self._by_alias[alias] = profile
        self._changed.add(profile.number)

    def remove_alias(self, profile: Profile, alias: Alias) -> None:
        """Take an alias away."""
        profile.aliases = tuple(one for one in profile.aliases if one != alias)
        del self._by_alias[alias]
        self._changed.add(profile.number)

    def rename(self, profile: Profile, external_id: str) -> None:
        """Give the profile an external id that nobody has; an old one stays as deprecated."""
        if profile.external_id is not None:
            profile.deprecated_ids = (*profile.deprecated_ids, profile.external_id)
        profile.external_id = external_id
        self._by_external_id[external_id] = profile
        self._changed.add(profile.number)

    def remove_deprecated(self, profile: Profile, external_id: str) -> None:
        """Forget one of the ids that the user had before."""
        kept = (one for one in profile.deprecated_ids if one != external_id)
        profile.deprecated_ids = tuple(kept)
        del self._by_external_id[external_id]
        self._changed.add(profile.number)

    def with_devices(self) -> dict[str, Profile]:
        """Anonymous users by the devices that their push tokens are of."""
        anonymous = (p for p in self._by_push_token.values() if p.external_id is None)
        return {device: profile for profile in anonymous for device in _devices(profile)}

    def with_device(self, device: object) -> Iterator[Profile]:
        """Whoever has a push token of the device; nobody has none."""
        holders = self._by_number.values() if device is not None else ()
        return (profile for profile in holders if device in _devices(profile))

    def delete(self, profile: Profile) -> None:
        """Forget the profile and every way to it."""
        for name in FOUND_BY:
            self._unlist(profile, name)
        for alias in profile.aliases:
            del self._by_alias[alias]
        for external_id in _external_ids(profile):
            del self._by_external_id[external_id]
        for token in self._push_tokens(profile):
            del self._by_push_token[token]
        del self._by_number[profile.number]
        self._changed.add(profile.number)

    def record(self) -> None:
        """Begin to keep track of changes."""
        self._changed.record()

    def changes(self) -> Iterator[Item]:
        """Changed profiles by number, and how many there ever were."""
        changed = self._changed.drain()
        for number in changed:
            profile = self._by_number.get(number)
            if profile is None:
                yield str(number), None
            else:
                tokens = self._push_tokens(profile) if "push_tokens" in profile.values else ()
                yield str(number), (profile, tokens)
        if changed:
            yield _COUNTS, (self._created, self._touches)

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take profiles back, with every way to them."""
        kept = dict(items)
        self._created, self._touches = kept.pop(_COUNTS, (0, 0))
        profiles = [(_profile(fields), tokens) for fields, tokens in kept.values()]
        for profile, tokens in sorted(profiles, key=lambda item: item[0].number):
            self._by_number[profile.number] = profile
            self._by_external_id |= dict.fromkeys(_external_ids(profile), profile)
            self._by_alias |= dict.fromkeys(profile.aliases, profile)
            self._by_push_token |= dict.fromkeys(tokens, profile)
            for name in FOUND_BY:
                self._list(profile, name)

    def _push_tokens(self, profile: Profile) -> list[str]:
        """The tokens under which an anonymous profile is found."""
        tokens = profile.values.get("push_tokens")
        items = tokens if isinstance(tokens, list) else []
        named = [str(item["token"]) for item in items if isinstance(item, dict)]
        return [token for token in named if self._by_push_token.get(token) is profile]

    def _list(self, profile: Profile, name: str) -> None:
        value = profile.values.get(name)
        if isinstance(value, str):
            contact = _contact(name, value)
            self._by_contact[contact] = (*self._by_contact.get(contact, ()), profile)

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


def _profile(fields: dict[str, Any]) -> Profile:
    """A profile of its kept fields."""
    tallies = {
        name: {key: Tally(**tally) for key, tally in fields[name].items()}
        for name in ("events", "purchases")
        if fields[name] is not None
    }
    aliases = tuple(Alias(**alias) for alias in fields["aliases"])
    ids = tuple(fields["deprecated_ids"])
    return Profile(**{**fields, **tallies, "aliases": aliases, "deprecated_ids": ids})


def _external_ids(profile: Profile) -> tuple[str, ...]:
    """Every external id that leads to the profile."""
    own = () if profile.external_id is None else (profile.external_id,)
    return own + profile.deprecated_ids


def last_touched(profile: Profile) -> int:
    """Sorts profiles by their last update."""
    return profile.touched


def _contact(name: str, text: str) -> str:
    """The key of an e-mail (whatever its case) or a phone (whatever its spacing)."""
    if name == "email":
        return text if text.islower() else text.lower()
    return "+" + "".join(filter(str.isdigit, text))


def _devices(profile: Profile) -> list[str]:
    tokens = profile.values.get("push_tokens")
    items = tokens if isinstance(tokens, list) else []
    return [str(one["device_id"]) for one in items if isinstance(one, dict) and "device_id" in one]
