"""The shapes of Currents' events, read from `event_types.txt` into Avro schemas."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

NAMESPACE = "dataexport.S3.inner"

_TYPES: dict[str, object] = {
    "string": "string",
    "int": "int",
    "long": "long",
    "float": "float",
    "boolean": "boolean",
    "strings": {"type": "array", "items": "string"},
    "strings_or_nulls": {"type": "array", "items": ["null", "string"]},
}

Fields = Mapping[str, str]
"""Type by name, as in `event_types.txt`: `string?` may be null."""


@cache
def event_types() -> Mapping[str, Fields]:
    """Every event type and its fields."""
    text = resources.files(__package__).joinpath("event_types.txt").read_text(encoding="utf-8")
    groups: dict[str, Fields] = {}
    types: dict[str, Fields] = {}
    for line in text.splitlines():
        if line and line[0] != "#":
            name, *words = line.split()
            (groups if name.isupper() else types)[name] = _fields(words, groups)
    return MappingProxyType(types)


def avro_schema(event_type: str, added: tuple[str, ...] = ()) -> dict[str, object]:
    """The Avro schema of a type; `added` are optional strings that came later."""
    space, _, name = event_type.rpartition(".")
    fields = {**event_types()[event_type], **dict.fromkeys(added, "string?")}
    return {
        "type": "record",
        "name": name,
        "namespace": f"{NAMESPACE}.{space}",
        "fields": [_field(field, kind) for field, kind in fields.items()],
    }


def _fields(words: list[str], groups: Mapping[str, Fields]) -> Fields:
    fields: dict[str, str] = {}
    for word in words:
        name, colon, kind = word.partition(":")
        if colon:
            fields[name] = kind
        elif name[0] == "-":
            del fields[name[1:]]
        else:
            fields.update(groups[name])
    return fields


def _field(name: str, kind: str) -> dict[str, object]:
    avro = _TYPES[kind.rstrip("?")]
    if kind[-1] == "?":
        return {"name": name, "type": ["null", avro], "default": None}
    return {"name": name, "type": avro}
