"""One event of each type with placeholders, as Braze sends them to try a connection."""

from collections.abc import Callable, Iterator
from uuid import UUID

from braze_sandbox.currents.schemas import event_types

_PLACEHOLDERS: dict[str, object] = {
    "int": 1,
    "long": 1,
    "float": 3.14,
    "boolean": True,
    "strings": ["placeholder"],
    "strings_or_nulls": ["placeholder", None],
}
_TIMES = {"time": 1, "time_ms": 1000}


def trial_events(now: int, make_id: Callable[[], UUID]) -> Iterator[tuple[str, dict[str, object]]]:
    """Every type once; texts are ids that mean nothing, the time zone's too."""
    for kind, fields in event_types().items():
        yield (
            kind,
            {
                name: now * _TIMES[name] if name in _TIMES else _placeholder(of, make_id)
                for name, of in fields.items()
            },
        )


def _placeholder(kind: str, make_id: Callable[[], UUID]) -> object:
    kind = kind.rstrip("?")
    return str(make_id()) if kind == "string" else _PLACEHOLDERS[kind]
