"""Custom attributes: what a JSON value asks for, by its type."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from braze_sandbox.nested import (
    ObjectMerge,
    is_object_array_edit,
    read_object,
    read_object_array_edit,
    read_objects,
)
from braze_sandbox.rules import Broken, Rule
from braze_sandbox.times import looks_like_time, read_time
from braze_sandbox.values import Change, Edit, Stored

MAX_CHARS = 255
MAX_ELEMENTS = 500
MAX_INTEGER = 2**63 - 1


def read_custom_attribute(
    name: str, sent: object, *, merge_objects: bool, silent: Counter[Rule]
) -> Change:
    """The change that `"name": sent` asks for; raises `Broken`, notes alterations in `silent`."""
    if not 0 < len(name) <= MAX_CHARS or name[0] == "$":
        raise Broken(Rule.NAME_INVALID)
    if isinstance(sent, str):
        return _read_string(sent, silent)
    if sent is None or isinstance(sent, int | float):
        return sent
    if isinstance(sent, list):
        return _read_array(sent, silent)
    if isinstance(sent, dict):
        return _read_object(sent, merge_objects=merge_objects, silent=silent)
    raise TypeError(f"JSON holds no {type(sent).__name__}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment(Edit):
    """`{"inc": n}`: add to a number; a missing attribute counts as 0."""

    by: int

    @property
    def data_points(self) -> int:
        """One."""
        return 1

    def apply(self, old: Stored | None) -> Stored:
        """The sum."""
        if isinstance(old, bool) or not (old is None or isinstance(old, int | float)):
            raise Broken(Rule.INCREMENT_INVALID)
        new = (old or 0) + self.by
        if isinstance(new, int) and not -MAX_INTEGER <= new <= MAX_INTEGER:
            raise Broken(Rule.INCREMENT_INVALID)
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayEdit(Edit):
    """`{"add": […], "remove": […]}`; an added value that is there moves to the end."""

    added: tuple[Stored, ...]
    removed: tuple[Stored, ...]

    @property
    def data_points(self) -> int:
        """One for each value."""
        return len(self.added) + len(self.removed)

    def apply(self, old: Stored | None) -> Stored:
        """The edited array; a missing attribute counts as an empty one."""
        if old is not None and not isinstance(old, list):
            raise Broken(Rule.ARRAY_EDIT_INVALID)
        gone = {_identity(value) for value in self.removed}
        edited = _unique([*(old or []), *self.added])
        return [value for value in edited if _identity(value) not in gone][-MAX_ELEMENTS:]


def _read_string(sent: str, silent: Counter[Rule]) -> Stored:
    if len(sent) > MAX_CHARS:
        raise Broken(Rule.STRING_TOO_LONG)
    moment = read_time(sent)
    if moment is not None:
        return moment
    if looks_like_time(sent):
        silent[Rule.TIME_OUT_OF_RANGE] += 1
    return sent


def _read_object(sent: dict[str, Any], *, merge_objects: bool, silent: Counter[Rule]) -> Change:
    if sent.keys() == {"inc"}:
        return _read_increment(sent["inc"])
    if sent and sent.keys() <= {"add", "remove"}:
        return _read_array_edit(sent, silent)
    if is_object_array_edit(sent):
        return read_object_array_edit(sent, merge=merge_objects)
    stored = read_object(sent)
    return ObjectMerge(sent=stored) if merge_objects else stored


def _read_increment(by: object) -> Increment:
    if isinstance(by, bool) or not isinstance(by, int):
        raise Broken(Rule.INCREMENT_INVALID)
    return Increment(by=by)


def _read_array_edit(sent: Mapping[str, object], silent: Counter[Rule]) -> ArrayEdit:
    added, removed = sent.get("add", []), sent.get("remove", [])
    if not isinstance(added, list) or not isinstance(removed, list):
        raise Broken(Rule.ARRAY_EDIT_INVALID)
    return ArrayEdit(
        added=tuple(_elements(added, silent)), removed=tuple(_elements(removed, silent))
    )


def _read_array(sent: list[Any], silent: Counter[Rule]) -> Stored:
    if any(isinstance(value, dict) for value in sent):
        return read_objects(sent)
    values = _unique(_elements(sent, silent))
    if len(values) > MAX_ELEMENTS:
        silent[Rule.ARRAY_TOO_LONG] += 1
    return values[-MAX_ELEMENTS:]


def _elements(sent: list[Any], silent: Counter[Rule]) -> list[Stored]:
    kept = [value for value in sent if _is_element(value)]
    if len(kept) < len(sent):
        silent[Rule.ARRAY_VALUE_INVALID] += 1
    return kept


def _is_element(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) <= MAX_CHARS)


def _unique(values: Iterable[Stored]) -> list[Stored]:
    """Each value once, at the place of its last occurrence."""
    last_first = {_identity(value): value for value in reversed(list(values))}
    return list(reversed(last_first.values()))


def _identity(value: Stored) -> tuple[type, str]:
    """1, 1.0 and true are three values, though Python finds them equal."""
    return type(value), repr(value)
