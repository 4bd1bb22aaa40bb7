"""Which one is meant when several users share an e-mail or phone."""

from collections.abc import Callable, Sequence

from braze_sandbox.profiles import Profile, last_touched

Found = tuple[Profile, ...]


def prioritised(found: Found, prioritization: Sequence[str]) -> Profile | None:
    """The one profile that is left after the priorities, taken in order; None: ambiguous."""
    for priority in prioritization:
        found = _PRIORITIES[priority](found) or found
    return found[0] if len(found) == 1 else None


def _identified(found: Found) -> Found:
    return tuple(profile for profile in found if profile.external_id is not None)


def _unidentified(found: Found) -> Found:
    return tuple(profile for profile in found if profile.external_id is None)


def _most_recent(found: Found) -> Found:
    return (max(found, key=last_touched),) if found else ()


def _least_recent(found: Found) -> Found:
    return (min(found, key=last_touched),) if found else ()


_PRIORITIES: dict[str, Callable[[Found], Found]] = {
    "identified": _identified,
    "unidentified": _unidentified,
    "most_recently_updated": _most_recent,
    "least_recently_updated": _least_recent,
}
PRIORITIES = frozenset(_PRIORITIES)
OF_DELETE = PRIORITIES - {"least_recently_updated"}
"""Those that a delete takes."""
_KINDS = frozenset({"identified", "unidentified"})


def are_priorities(sent: object) -> bool:
    """Whether `sent` is an ordered list of priorities, with one kind of user at most."""
    return (
        isinstance(sent, list)
        and bool(sent)
        and all(isinstance(one, str) and one in PRIORITIES for one in sent)
        and len(_KINDS.intersection(sent)) <= 1
    )
