"""What a profile can hold, and the changes that compute a new value from the old one.

A stored value's Python type *is* its Braze type, so that a profile needs no second table of types.
"""

from datetime import datetime
from math import inf
from typing import TypeAlias

import orjson

from braze_sandbox.rules import Rule
from braze_sandbox.times import show_time

Stored: TypeAlias = str | int | float | bool | datetime | list["Stored"] | dict[str, "Stored"]
"""A value at rest. Times are aware, in UTC. `bool` is no integer here, though it is in Python."""

TYPE_NAMES: dict[type, str] = {
    str: "string",
    int: "integer",
    float: "float",
    bool: "boolean",
    datetime: "time",
    list: "array",
    dict: "object",
}


class Edit:
    """A change that needs the old value: an increment, an added element, a merged object.

    No ABC: every value of every object is asked whether it is one, and an ABC answers slowly.
    """

    __slots__ = ()

    @property
    def data_points(self) -> int:
        """What the change costs, with effect or without."""
        raise NotImplementedError

    def apply(self, old: Stored | None) -> Stored | None:
        """The new value; raises `Broken` when the old one does not allow the change."""
        raise NotImplementedError

    def loss(self, old: Stored | None) -> Rule | None:  # noqa: ARG002 - most need no old value
        """The rule by which a part of the new value is left out, if one is."""
        return None


Change: TypeAlias = Stored | Edit | None
"""What one field of an attributes object asks for; None removes the attribute."""


def same(old: Stored | None, new: Stored | None) -> bool:
    """Whether nothing changes: 1, 1.0 and true are three different values."""
    if type(old) is not type(new):
        return False
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    return old == new


def data_points(change: Change) -> int:
    """What a change costs: one, but an object one for each of its leaves."""
    if isinstance(change, dict):
        return _leaves(change)
    if isinstance(change, list):
        if change and isinstance(change[0], dict):
            return sum(map(_leaves, change))
        return 1
    return change.data_points if isinstance(change, Edit) else 1


def json_size(value: object) -> float:
    """Bytes of the value as JSON; infinite when it is nested too deep to be written."""
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError:
        return inf


def show(value: Stored) -> object:
    """The value as JSON shows it."""
    if isinstance(value, datetime):
        return show_time(value)
    if isinstance(value, list):
        return [show(element) for element in value]
    if isinstance(value, dict):
        return {key: show(element) for key, element in value.items()}
    return value


def _leaves(value: Stored) -> int:
    if isinstance(value, dict) and value:
        return sum(map(_leaves, value.values()))
    return 1
