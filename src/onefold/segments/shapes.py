"""Plain data taken apart: mappings, lists and scalars, each refused by name when it is another.

The data comes from a YAML loader or a JSON body. YAML libraries subclass int, float, str and
datetime; what comes out of here is plain Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import TypeGuard, cast

from onefold.segments.operators import Operator, Takes
from onefold.segments.refusals import Path, RuleError, UnknownRuleKey, near
from onefold.segments.rules import Scalar

__all__ = [
    "is_listed",
    "mapping",
    "refuse_unknown",
    "scalar",
    "scalars",
    "sequence",
    "shown",
    "text_of",
]

MAX_LISTED = 10_000  # beyond it an uploaded list is the better home: `in_list`
RANGE_ENDS = 2


def mapping(data: object, path: Path, what: str) -> Mapping[str, object]:
    """Take a mapping whose keys are texts."""
    if not isinstance(data, Mapping):
        raise RuleError(
            f"{what} must be a mapping, not {shown(data)}",
            path=path,
            hint="write `all:` or `any:` before the list" if is_listed(data) else "",
        )
    for key in data:
        if not isinstance(key, str):
            raise UnknownRuleKey(f"{what} has no key {key}", path=path)
    return cast("Mapping[str, object]", data)


def refuse_unknown(data: Mapping[str, object], known: Sequence[str], path: Path, what: str) -> None:
    """Refuse a key that is not among the known ones, naming the nearest."""
    for key in data:
        if key not in known:
            raise UnknownRuleKey(
                f"{what} has no key {key!r}{near(key, known)}",
                path=(*path, key),
                hint=f"keys: {', '.join(known)}",
            )


def is_listed(data: object) -> TypeGuard[Sequence[object]]:
    """Tell a list from a text, which Python calls a sequence too."""
    return isinstance(data, Sequence) and not isinstance(data, str | bytes)


def sequence(data: object, path: Path, what: str) -> Sequence[object]:
    """Take a list that holds something."""
    if not is_listed(data):
        raise RuleError(f"{what} is expected here, not {shown(data)}", path=path)
    if not data:
        raise RuleError(f"{what} is expected here, and this one is empty", path=path)
    return data


def text_of(data: object, path: Path, what: str) -> str:
    """Take a name: a text that is not blank."""
    if not isinstance(data, str) or not data.strip():
        raise RuleError(f"{what} is expected here, not {shown(data)}", path=path)
    return str(data)


def scalars(data: object, path: Path, op: Operator) -> tuple[Scalar, ...]:
    """Take the list of values that an operator compares with."""
    items = sequence(data, path, f"a list of values (for op {op.name!r})")
    if op.takes is Takes.RANGE and len(items) != RANGE_ENDS:
        raise RuleError(f"op {op.name!r} takes {op.takes}, and here are {len(items)}", path=path)
    if len(items) > MAX_LISTED:
        raise RuleError(
            f"{len(items)} values are listed here, and at most {MAX_LISTED} may be",
            path=path,
            hint="upload them with `onefold lists import`, and write in_list",
        )
    return tuple(scalar(item, (*path, index)) for index, item in enumerate(items))


def scalar(data: object, path: Path) -> Scalar:
    """Take one value, as plain Python."""
    if isinstance(data, str):
        _refuse_unwritable(data, path)
    if not isinstance(data, float) or isfinite(data):
        for kind, plain in _PLAIN:
            if isinstance(data, kind):
                return plain(data)
    hint = "to ask for people without a value write op: is null" if data is None else ""
    raise RuleError(f"one value is expected here, not {shown(data)}", path=path, hint=hint)


def shown(data: object) -> str:
    """Name what stands in a wrong place, without quoting whole structures."""
    if data is None:
        return "nothing"
    if isinstance(data, Mapping):
        return "a mapping"
    return "a list" if is_listed(data) else repr(data) if isinstance(data, str) else str(data)


def _refuse_unwritable(text: str, path: Path) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RuleError("this text holds a character that no table can hold", path=path)


_PLAIN: tuple[tuple[type, Callable[[object], Scalar]], ...] = (
    (bool, lambda data: cast("bool", data)),
    (int, lambda data: int(cast("int", data))),
    (float, lambda data: float(cast("float", data))),
    (str, str),
    (datetime, lambda data: datetime.fromisoformat(cast("datetime", data).isoformat())),
    (date, lambda data: date.fromisoformat(cast("date", data).isoformat())),
)
