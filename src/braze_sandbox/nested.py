"""Objects and arrays of objects as custom attributes, and their edits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from braze_sandbox.rules import Broken, ObjectRule
from braze_sandbox.times import read_time
from braze_sandbox.values import Change, Edit, Stored, data_points, json_size

MAX_BYTES = 100 * 1024
MAX_CHARS = 255

_ARRAY_EDITS = frozenset({"$add", "$remove", "$update"})


def read_object(sent: dict[str, Any]) -> dict[str, Stored]:
    """An object to store; one bad value in it and the whole attribute is left alone."""
    _check_size(sent)
    return {_read_key(key): _read_value(value) for key, value in sent.items()}


def read_objects(sent: list[Any]) -> list[Stored]:
    """An array of objects to store."""
    _check_size(sent)
    return [_read_value(value) for value in sent]


def is_nested_key(key: str) -> bool:
    """Whether `key` can be one inside an object."""
    return 0 < len(key) <= MAX_CHARS and not {".", "$", " "}.intersection(key)


def is_object_array_edit(sent: dict[str, Any]) -> bool:
    """Whether `sent` is made of $add, $remove and $update."""
    return bool(sent) and sent.keys() <= _ARRAY_EDITS


def is_nested(change: Change) -> bool:
    """Whether the change is about an object or an array of objects."""
    if isinstance(change, list):
        return any(map(_is_dict, change))
    return isinstance(change, dict | ObjectMerge | ObjectArrayEdit)


def read_object_array_edit(sent: dict[str, Any], *, merge: bool) -> "ObjectArrayEdit":
    """The edit of an array of objects that `sent` describes."""
    _check_size(sent)
    items = {key: sent.get(key, []) for key in _ARRAY_EDITS}
    if not all(isinstance(item, list) and all(map(_is_dict, item)) for item in items.values()):
        raise Broken(ObjectRule.OBJECT_ARRAY_EDIT_INVALID)
    return ObjectArrayEdit(
        added=tuple(map(read_object, items["$add"])),
        removed=tuple(map(_read_match, items["$remove"])),
        updated=tuple((_read_match(item), _read_new_object(item)) for item in items["$update"]),
        merge=merge,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMerge(Edit):
    """A deep merge into the object already there (`_merge_objects`)."""

    sent: dict[str, Stored]

    @property
    def data_points(self) -> int:
        """One for each key sent."""
        return data_points(self.sent)

    def apply(self, old: Stored | None) -> Stored:
        """The old object with the sent keys; anything else than an object is replaced."""
        return _merged(old, self.sent) if isinstance(old, dict) else self.sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The objects of an array whose `key` has this value."""

    key: str
    value: object

    def __call__(self, item: Stored) -> bool:
        """Whether `item` is meant."""
        return isinstance(item, dict) and self.key in item and item[self.key] == self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectArrayEdit(Edit):
    """$add, then $remove, then $update, whatever the order in the request."""

    added: tuple[dict[str, Stored], ...]
    removed: tuple[Match, ...]
    updated: tuple[tuple[Match, dict[str, Stored]], ...]
    merge: bool

    @property
    def data_points(self) -> int:
        """One for each key added or updated, and one for each removal."""
        changed = [*self.added, *(new for _, new in self.updated)]
        return sum(map(data_points, changed)) + len(self.removed)

    def apply(self, old: Stored | None) -> Stored:
        """The edited array; a missing attribute counts as an empty one."""
        if old is not None and not isinstance(old, list):
            raise Broken(ObjectRule.OBJECT_ARRAY_EDIT_INVALID)
        items: list[Stored] = [*(old or []), *self.added]
        items = [item for item in items if not any(match(item) for match in self.removed)]
        for match, new in self.updated:
            items = [self._updated(item, new) if match(item) else item for item in items]
        _check_size(items)
        return items

    def _updated(self, item: Stored, new: dict[str, Stored]) -> Stored:
        return _merged(item, new) if self.merge and isinstance(item, dict) else new


def _merged(old: Mapping[str, Stored], new: Mapping[str, Stored]) -> dict[str, Stored]:
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merged(before, value)
        else:
            merged[key] = value
    return merged


def _read_key(key: str) -> str:
    if not is_nested_key(key):
        raise Broken(ObjectRule.NESTED_INVALID)
    return key


def _read_value(sent: object) -> Stored:
    if isinstance(sent, dict):
        return _read_dated(sent["$time"]) if sent.keys() == {"$time"} else _read_members(sent)
    if isinstance(sent, list):
        return [_read_value(value) for value in sent]
    if isinstance(sent, str) and len(sent) > MAX_CHARS:
        raise Broken(ObjectRule.NESTED_INVALID)
    if isinstance(sent, str | int | float):
        return sent
    raise Broken(ObjectRule.NESTED_INVALID)


def _read_members(sent: dict[str, Any]) -> dict[str, Stored]:
    return {_read_key(key): _read_value(value) for key, value in sent.items()}


def _read_dated(sent: object) -> Stored:
    moment = read_time(sent) if isinstance(sent, str) else None
    if moment is None:
        raise Broken(ObjectRule.NESTED_INVALID)
    return moment


def _read_match(sent: dict[str, Any]) -> Match:
    key, value = sent.get("$identifier_key"), sent.get("$identifier_value")
    if not isinstance(key, str) or value is None:
        raise Broken(ObjectRule.OBJECT_ARRAY_EDIT_INVALID)
    return Match(key=key, value=value)


def _read_new_object(sent: dict[str, Any]) -> dict[str, Stored]:
    new = sent.get("$new_object")
    if not isinstance(new, dict):
        raise Broken(ObjectRule.OBJECT_ARRAY_EDIT_INVALID)
    return read_object(new)


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)


def _check_size(value: object) -> None:
    if json_size(value) > MAX_BYTES:
        raise Broken(ObjectRule.OBJECT_TOO_LARGE)
