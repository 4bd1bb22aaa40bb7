"""Two profiles become one: what is kept, filled, added up, and moved."""

from braze_sandbox.profiles import Profile, Profiles, Tally
from braze_sandbox.standard_fields import STANDARD_FIELDS
from braze_sandbox.values import Stored

_FILLED = frozenset({"first_name", "last_name", "email", "phone", "gender", "dob"}) | {
    *("time_zone", "home_city", "country", "language")
}
"""Standard fields that the kept profile takes over where it has none."""


def merge(profiles: Profiles, gone: Profile, kept: Profile) -> None:
    """Fill `kept` from `gone`, which is deleted.

    Values of `kept` win; counts and revenue are added up, first times are the least, last times
    the greatest; of two aliases with one label that of `kept` stays.
    """
    profiles.delete(gone)
    for name, value in gone.values.items():
        profiles.put(kept, name, _merged(name, value, kept.values.get(name)))
    kept.events = _added(kept.events, gone.events)
    kept.purchases = _added(kept.purchases, gone.purchases)
    kept.revenue += gone.revenue
    labels = {alias.label for alias in kept.aliases}
    for alias in gone.aliases:
        if alias.label not in labels:
            profiles.add_alias(kept, alias)
    profiles.touch(kept)


def _merged(name: str, gone: Stored, kept: Stored | None) -> Stored | None:
    match name, gone, kept:
        case "push_tokens", list(), list():
            return kept + [token for token in gone if token not in kept]
        case "push_tokens", _, _:
            return gone
        case "date_of_first_session", _, _:
            return gone if kept is None else min(gone, kept, key=str)
        case "date_of_last_session", _, _:
            return gone if kept is None else max(gone, kept, key=str)
    return gone if kept is None and (name in _FILLED or name not in STANDARD_FIELDS) else kept


def _added(kept: dict[str, Tally] | None, gone: dict[str, Tally] | None) -> dict[str, Tally] | None:
    if kept is None or gone is None:
        return kept if gone is None else gone
    for key, tally in gone.items():
        mine = kept.setdefault(key, Tally(tally.first, tally.last))
        mine.add(tally.first, tally.count)
        mine.add(tally.last, 0)
    return kept
