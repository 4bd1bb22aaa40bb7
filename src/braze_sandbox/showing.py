"""Profiles as JSON shows them, in exports and to those who look at the sandbox."""

from collections.abc import Iterable, Mapping

from braze_sandbox.identifiers import Alias
from braze_sandbox.profiles import Profile, Tally
from braze_sandbox.standard_fields import STANDARD_FIELDS
from braze_sandbox.times import show_time
from braze_sandbox.values import show


def custom_attributes(profile: Profile) -> dict[str, object]:
    """What is no standard field, as JSON shows it."""
    return {k: show(v) for k, v in profile.values.items() if k not in STANDARD_FIELDS}


def show_tallies(name: str, tallies: Mapping[str, Tally] | None) -> list[dict[str, object]]:
    """Events or purchases; `name` is the key of their name."""
    return [
        {
            name: key,
            "first": show_time(tally.first),
            "last": show_time(tally.last),
            "count": tally.count,
        }
        for key, tally in (tallies or {}).items()
    ]


def show_aliases(aliases: Iterable[Alias]) -> list[dict[str, str]]:
    """The aliases as Braze writes them."""
    return [{"alias_label": alias.label, "alias_name": alias.name} for alias in aliases]
