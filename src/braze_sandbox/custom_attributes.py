"""Custom attributes: what a JSON value asks for, by its type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from braze_sandbox.dashboard import as_text
from braze_sandbox.decisions import Decisions
from braze_sandbox.nested import (
    MAX_BYTES,
    ObjectMerge,
    is_nested_key,
    is_object_array_edit,
    read_object,
    read_object_array_edit,
    read_objects,
)
from braze_sandbox.reading import Reading
from braze_sandbox.rules import Broken, ObjectRule, Rule
from braze_sandbox.times import looks_like_time, read_time
from braze_sandbox.values import Change, Edit, Stored, json_size

MAX_CHARS = 255
MAX_ELEMENTS = 500
MAX_INTEGER = 2**63 - 1


def read_custom_attribute(
    name: str, sent: object, reading: Reading, *, merge_objects: bool
) -> Change:
    """The change that `"name": sent` asks for; raises `Broken`, notes alterations."""
    if not 0 < len(name) <= MAX_CHARS or name[0] == "$":
        raise Broken(ObjectRule.NAME_INVALID)
    if reading.decisions.attribute_name == "strict" and not is_nested_key(name):
        raise Broken(ObjectRule.NAME_INVALID)
    dashboard = reading.dashboard
    if dashboard is None:
        return _read(sent, reading, _Form(merge=merge_objects))
    sent = dashboard.admit(name, sent)
    most = dashboard.array_limits.get(name, MAX_ELEMENTS)
    form = _Form(merge=merge_objects, text=dashboard.keeps_text(name), most=most)
    change = _read(sent, reading, form)
    if reading.decisions.mixed_types == "first":
        dashboard.detect(name, sent)
    return change


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How values of one attribute are read."""

    merge: bool
    """Objects are merged into those that are there."""
    text: bool = False
    """Strings stay strings, though they look like times."""
    most: int = MAX_ELEMENTS
    """The length of its arrays."""


def _read(sent: object, reading: Reading, form: _Form) -> Change:
    if isinstance(sent, str):
        return _read_string(sent, reading, text=form.text)
    if sent is None or isinstance(sent, int | float):
        return sent
    if isinstance(sent, list):
        return _read_array(sent, reading, form.most)
    if isinstance(sent, dict):
        return _read_object(sent, reading, form)
    raise TypeError(f"JSON holds no {type(sent).__name__}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment(Edit):
    """`{"inc": n}`: add to a number."""

    by: int | float
    decisions: Decisions

    @property
    def data_points(self) -> int:
        """One, or nothing."""
        return 1 if self.decisions.inc_data_points == "counted" else 0

    def apply(self, old: Stored | None) -> Stored:
        """The sum."""
        if isinstance(old, bool) or not isinstance(old, int | float):
            decided = self.decisions.inc_missing if old is None else self.decisions.inc_text
            if decided == "ignore":
                raise Broken(ObjectRule.INCREMENT_INVALID)
            old = 0
        new = old + self.by
        if isinstance(new, int) and not -MAX_INTEGER <= new <= MAX_INTEGER:
            raise Broken(ObjectRule.INCREMENT_INVALID)
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayEdit(Edit):
    """`{"add": […], "remove": […]}`; an added value that is there moves to the end."""

    added: tuple[Stored, ...]
    removed: tuple[Stored, ...]
    decisions: Decisions
    most: int

    @property
    def data_points(self) -> int:
        """One for each value."""
        return len(self.added) + len(self.removed)

    def apply(self, old: Stored | None) -> Stored:
        """The edited array; a missing attribute counts as an empty one."""
        if old is not None and not isinstance(old, list):
            raise Broken(ObjectRule.ARRAY_EDIT_INVALID)
        return _bounded(self._edited(old), self.decisions, self.most)

    def loss(self, old: Stored | None) -> Rule | None:
        """The oldest values go where there are too many."""
        too_long = isinstance(old, list | None) and len(self._edited(old)) > self.most
        return ObjectRule.ARRAY_TOO_LONG if too_long else None

    def _edited(self, old: list[Stored] | None) -> list[Stored]:
        gone = {_identity(value) for value in self.removed}
        edited = _unique([*(old or []), *self.added])
        return [value for value in edited if _identity(value) not in gone]


def _read_string(sent: str, reading: Reading, *, text: bool) -> Stored:
    if len(sent) > MAX_CHARS:
        if reading.decisions.string_too_long == "drop":
            raise Broken(ObjectRule.STRING_TOO_LONG)
        reading.note(ObjectRule.STRING_TOO_LONG)
        return sent[:MAX_CHARS]
    moment = None if text else read_time(sent)
    if moment is not None:
        return moment
    if not text and looks_like_time(sent):
        reading.note(ObjectRule.TIME_OUT_OF_RANGE)
    return sent


def _read_object(sent: dict[str, Any], reading: Reading, form: _Form) -> Change:
    if sent.keys() == {"inc"}:
        return _read_increment(sent["inc"], reading.decisions)
    if sent and sent.keys() <= {"add", "remove"}:
        return _read_array_edit(sent, reading, form.most)
    if is_object_array_edit(sent):
        return read_object_array_edit(sent, merge=form.merge)
    stored = read_object(sent)
    return ObjectMerge(sent=stored) if form.merge else stored


def _read_increment(by: object, decisions: Decisions) -> Increment:
    if isinstance(by, float) and decisions.inc_fraction != "ignore":
        by = by if decisions.inc_fraction == "add" else int(by)
    elif isinstance(by, bool) or not isinstance(by, int):
        raise Broken(ObjectRule.INCREMENT_INVALID)
    return Increment(by=by, decisions=decisions)


def _read_array_edit(sent: Mapping[str, object], reading: Reading, most: int) -> ArrayEdit:
    added, removed = sent.get("add", []), sent.get("remove", [])
    if not isinstance(added, list) or not isinstance(removed, list):
        raise Broken(ObjectRule.ARRAY_EDIT_INVALID)
    return ArrayEdit(
        added=tuple(_elements(added, reading)),
        removed=tuple(_elements(removed, reading)),
        decisions=reading.decisions,
        most=most,
    )


def _read_array(sent: list[Any], reading: Reading, most: int) -> Stored:
    if any(isinstance(value, dict) for value in sent):
        return read_objects(sent)
    values = _unique(_elements(sent, reading))
    bounded = _bounded(values, reading.decisions, most)
    if len(bounded) < len(values):
        reading.note(ObjectRule.ARRAY_TOO_LONG)
    return bounded


def _bounded(values: list[Stored], decisions: Decisions, most: int) -> list[Stored]:
    if len(values) > most and decisions.array_too_long == "ignore":
        raise Broken(ObjectRule.ARRAY_TOO_LONG)
    bounded = values[-most:]
    if json_size(bounded) > MAX_BYTES:
        raise Broken(ObjectRule.OBJECT_TOO_LARGE)
    return bounded


def _elements(sent: list[Any], reading: Reading) -> list[Stored]:
    kept = [value for value in sent if _is_element(value)]
    if len(kept) < len(sent):
        reading.note(ObjectRule.ARRAY_VALUE_INVALID)
    if reading.decisions.array_elements == "strings":
        return [as_text(value) for value in kept]
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
