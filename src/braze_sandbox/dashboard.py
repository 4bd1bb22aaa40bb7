"""What people set in Braze's dashboard and no API call changes: types, the blocklist, groups."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from braze_sandbox.rules import Broken, ObjectRule
from braze_sandbox.times import read_time

MAX_BLOCKED = 300
"""Of attributes, and of events."""

Forced: TypeAlias = Literal[
    "boolean", "number", "string", "time", "array", "object", "array_of_objects"
]
Channel: TypeAlias = Literal["email", "sms", "whatsapp", "rcs", "line"]
FORCED: tuple[str, ...] = get_args(Forced)

_TRUE, _FALSE = frozenset({"1", "true", "t"}), frozenset({"0", "false", "f"})
_ARRAY_EDIT, _OBJECTS_EDIT = frozenset({"add", "remove"}), frozenset({"$add", "$remove", "$update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionGroup:
    """A subscription group; messages of its channel go to those who are subscribed."""

    name: str
    channel: Channel = "email"

    @property
    def contact(self) -> str:
        """What those share who change together: the field that messages go to."""
        return "email" if self.channel == "email" else "phone"


@dataclass(slots=True, kw_only=True)
class Dashboard:
    """Types and blocked names of custom data, and subscription groups.

    Values that are there already stay as they are.
    """

    types: dict[str, Forced] = field(default_factory=dict)
    blocked_attributes: frozenset[str] = frozenset()
    blocked_events: frozenset[str] = frozenset()
    detected: dict[str, Forced] = field(default_factory=dict)
    """The type of the first value seen, where the first decides."""
    array_limits: dict[str, int] = field(default_factory=dict)
    """How long the arrays of an attribute may be, where that is less than usual."""
    segmented: dict[str, list[str]] = field(default_factory=dict)
    """Properties that are enabled for segmentation, by event or product."""
    groups: dict[str, SubscriptionGroup] = field(default_factory=dict)
    """Subscription groups by id; none: any id is one of a group."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is set of any name."""
        types = self.types or self.detected or self.array_limits
        blocked = self.blocked_attributes or self.blocked_events
        return not (types or blocked or self.groups)

    def segmented_of(self, name: str, properties: Mapping[str, object]) -> int:
        """How many properties of an event, or of a purchase of a product, cost a data point."""
        return sum(1 for one in self.segmented.get(name, ()) if one in properties)

    def group(self, group_id: str) -> SubscriptionGroup | None:
        """The group; one that was not made is for e-mails, unless only those made are groups."""
        return self.groups.get(group_id) if self.groups else SubscriptionGroup(name=group_id)

    def dump(self) -> dict[str, Any]:
        """Everything, to be kept."""
        return {
            "types": dict(self.types),
            "detected": dict(self.detected),
            "attributes": sorted(self.blocked_attributes),
            "events": sorted(self.blocked_events),
            "array_limits": dict(self.array_limits),
            "segmented": dict(self.segmented),
            "groups": {group_id: asdict(group) for group_id, group in self.groups.items()},
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Take everything back."""
        self.types, self.detected = kept["types"], kept["detected"]
        self.blocked_attributes = frozenset(kept["attributes"])
        self.blocked_events = frozenset(kept["events"])
        self.array_limits = kept.get("array_limits", {})
        self.segmented = kept.get("segmented", {})
        groups = kept.get("groups", {})
        self.groups = {group_id: SubscriptionGroup(**group) for group_id, group in groups.items()}

    def admit(self, name: str, sent: object) -> object:
        """The value that the forced type makes of `sent`; raises `Broken`."""
        if name in self.blocked_attributes:
            raise Broken(ObjectRule.ATTRIBUTE_BLOCKED)
        forced = self.types.get(name) or self.detected.get(name)
        return sent if forced is None or sent is None else fit(sent, forced)

    def detect(self, name: str, sent: object) -> None:
        """Remember the type of the first value of a name."""
        if sent is not None and name not in self.types and name not in self.detected:
            self.detected[name] = _type_of(sent)

    def keeps_text(self, name: str) -> bool:
        """Whether a string must stay one, though it looks like a time."""
        return (self.types.get(name) or self.detected.get(name)) == "string"


def fit(sent: object, forced: Forced) -> object:
    """The value that a type makes of `sent`; raises `Broken` when it can't."""
    return _FITS[forced](sent)


def _misfit() -> Broken:
    return Broken(ObjectRule.FORCED_TYPE_MISFIT)


def _boolean(sent: object) -> object:
    if isinstance(sent, bool):
        return sent
    word = str(sent).lower() if isinstance(sent, str | int) else ""
    if word not in _TRUE | _FALSE:
        raise _misfit()
    return word in _TRUE


def _number(sent: object) -> object:
    if isinstance(sent, dict) and sent.keys() == {"inc"}:
        return sent
    if isinstance(sent, str):
        return _parsed(sent)
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        raise _misfit()
    return sent


def _parsed(text: str) -> int | float:
    for number in (int, float):
        try:
            value = number(text)
        except ValueError:
            continue
        if abs(value) < float("inf"):
            return value
    raise _misfit()


def as_text(sent: str | int | float) -> str:
    """A scalar as text, booleans as JSON writes them."""
    return str(sent).lower() if isinstance(sent, bool) else str(sent)


def _string(sent: object) -> object:
    if not isinstance(sent, str | int | float):
        raise _misfit()
    return as_text(sent)


def _time(sent: object) -> object:
    if not isinstance(sent, str) or read_time(sent) is None:
        raise _misfit()
    return sent


def _array(sent: object) -> object:
    if _is_edit(sent, _ARRAY_EDIT):
        return sent
    if not isinstance(sent, list) or any(isinstance(value, dict) for value in sent):
        raise _misfit()
    return sent


def _object(sent: object) -> object:
    if not isinstance(sent, dict) or any(_is_edit(sent, e) for e in (_ARRAY_EDIT, _OBJECTS_EDIT)):
        raise _misfit()
    return sent


def _objects(sent: object) -> object:
    if _is_edit(sent, _OBJECTS_EDIT):
        return sent
    if not isinstance(sent, list) or not all(isinstance(value, dict) for value in sent):
        raise _misfit()
    return sent


def _is_edit(sent: object, keys: frozenset[str]) -> bool:
    return isinstance(sent, dict) and bool(sent) and sent.keys() <= keys


_FITS: dict[Forced, Callable[[object], object]] = {
    "boolean": _boolean,
    "number": _number,
    "string": _string,
    "time": _time,
    "array": _array,
    "object": _object,
    "array_of_objects": _objects,
}


def _type_of(sent: object) -> Forced:
    """The first type that the value fits as it is; booleans fit before numbers."""
    if isinstance(sent, bool):
        return "boolean"
    if isinstance(sent, str):
        return "string" if read_time(sent) is None else "time"
    return next(forced for forced in _BY_SHAPE if _fits(sent, forced))


_BY_SHAPE: tuple[Forced, ...] = ("number", "array", "array_of_objects", "object")


def _fits(sent: object, forced: Forced) -> bool:
    try:
        fit(sent, forced)
    except Broken:
        return False
    return True
