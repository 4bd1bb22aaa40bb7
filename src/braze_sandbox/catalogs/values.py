"""Items as catalogs take them: known fields, each value made the type of its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from braze_sandbox.catalogs.catalogs import FieldType, Values
from braze_sandbox.dashboard import Forced, fit
from braze_sandbox.rules import Broken, CatalogRule
from braze_sandbox.times import read_time
from braze_sandbox.values import Stored, same

MAX_CHARS = 5_000
"""Of one value; objects and arrays as JSON."""
MAX_DEPTH = 50
"""Objects and arrays inside each other, the value itself among them."""
_SCALARS = (str, int, float, bool, datetime)
_EDIT_KEYS = frozenset({"$add", "$remove"})


@dataclass(frozen=True, slots=True)
class ArrayEdit:
    """Elements to add to an array and to take from it."""

    added: list[Stored]
    removed: list[Stored]

    def apply(self, old: Stored | None) -> list[Stored]:
        """The new array, an element added only where it is not there; raises `Broken`."""
        before = old if isinstance(old, list) else []
        kept = [one for one in before if not _holds(self.removed, one)]
        new = kept + [one for one in self.added if not _holds(kept, one)]
        _check_length(new)
        return new


Changes: TypeAlias = Mapping[str, Stored | ArrayEdit | None]
"""New values of fields; None empties one."""


def read_values(sent: Mapping[str, Any], fields: Mapping[str, FieldType], *, edit: bool) -> Changes:
    """The fields of an item; raises `Broken`. With `edit`, arrays can be edited."""
    if not sent.keys() <= fields.keys():
        raise Broken(CatalogRule.INVALID_FIELDS)
    return {name: _read(value, fields[name], edit=edit) for name, value in sent.items()}


def changed(values: Values, changes: Changes) -> Values:
    """The values after the changes; raises `Broken` when an array has become too large."""
    edited = {
        name: change.apply(values.get(name)) if isinstance(change, ArrayEdit) else change
        for name, change in changes.items()
    }
    return {name: value for name, value in {**values, **edited}.items() if value is not None}


def _read(sent: Any, kind: FieldType, *, edit: bool) -> Stored | ArrayEdit | None:
    if sent is None:
        return None
    if kind == "array" and edit and isinstance(sent, dict) and sent and sent.keys() <= _EDIT_KEYS:
        return ArrayEdit(_array(sent.get("$add", [])), _array(sent.get("$remove", [])))
    if kind == "array":
        return _array(sent)
    return _object(sent) if kind == "object" else _scalar(sent, kind)


def _array(sent: Any) -> list[Stored]:
    if not isinstance(sent, list):
        raise Broken(CatalogRule.UNABLE_TO_COERCE_VALUE)
    _check_nested(sent)
    return sent


def _object(sent: Any) -> dict[str, Stored]:
    if not isinstance(sent, dict):
        raise Broken(CatalogRule.UNABLE_TO_COERCE_VALUE)
    _check_nested(sent)
    return sent


def _scalar(sent: Any, kind: Forced) -> Stored:
    if isinstance(sent, str) and len(sent) > MAX_CHARS:
        raise Broken(CatalogRule.ITEMS_TOO_LARGE)
    try:
        value: Any = fit(sent, kind)
    except Broken:
        raise Broken(CatalogRule.UNABLE_TO_COERCE_VALUE) from None
    stored: Stored | None = read_time(value) if kind == "time" else value
    if stored is None or not isinstance(stored, _SCALARS):
        raise Broken(CatalogRule.UNABLE_TO_COERCE_VALUE)
    return stored


def _check_nested(value: Any) -> None:
    """Level by level, so that no depth is too deep to be looked at."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [one for outer in level for one in _inside(outer)]
        if not level:
            break
    else:
        raise Broken(CatalogRule.TOO_DEEP_NESTING_IN_VALUE_OBJECT)
    _check_length(value)


def _inside(value: Any) -> list[Any]:
    """Objects and arrays one level further in; raises `Broken` for a bad key."""
    if isinstance(value, dict) and any("." in key or "$" in key for key in value):
        raise Broken(CatalogRule.INVALID_KEYS_IN_VALUE_OBJECT)
    inner = value.values() if isinstance(value, dict) else value
    return [one for one in inner if isinstance(one, dict | list)]


def _check_length(value: Any) -> None:
    if len(orjson.dumps(value).decode()) > MAX_CHARS:
        raise Broken(CatalogRule.ITEMS_TOO_LARGE)


def _holds(elements: list[Stored], wanted: Stored) -> bool:
    return any(same(one, wanted) for one in elements)
