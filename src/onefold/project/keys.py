"""Which keys stand where: the models of `kinds` asked by path, as YAML spells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from onefold.project.documents import Path
from onefold.project.kinds import Part

__all__ = ["field_keys", "part_at", "walk_keys"]


def field_keys(part: type[Part]) -> dict[str, FieldInfo]:
    """Return the fields of a part by the keys that YAML files use."""
    return {info.alias or name: info for name, info in part.model_fields.items()}


def part_at(part: type[Part], path: Path) -> type[Part] | None:
    """Return the part that describes the mapping at a path, or None for plain values."""
    annotation: Any = part
    for step in path:
        owner = _part_in(annotation)
        if owner is not None and step in field_keys(owner):
            annotation = field_keys(owner)[str(step)].annotation
        else:
            annotation = _items_of(annotation)
    return _part_in(annotation)


def walk_keys(part: type[Part], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key with its dotted path, such as `fields.*.type`, in declared order."""
    for key, info in field_keys(part).items():
        path = f"{prefix}{key}"
        yield path, info
        inner = _part_in(info.annotation)
        many = None if inner else _part_in(_items_of(info.annotation))
        if inner:
            yield from walk_keys(inner, f"{path}.")
        elif many:
            yield from walk_keys(many, f"{path}.*.")


def _part_in(annotation: Any) -> type[Part] | None:
    """Return the part in `Part`, `Part | None` or `Annotated[Part, …]`."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    if get_origin(annotation) in (dict, tuple, list, Mapping):
        return None
    found = (_part_in(arg) for arg in _arguments(annotation))
    return next((part for part in found if part), None)


def _items_of(annotation: Any) -> Any:
    """Return the type of a mapping's values or a list's items."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1]
    if origin in (tuple, list):
        return arguments[0]
    found = (_items_of(arg) for arg in _arguments(annotation))
    return next((items for items in found if items is not None), None)


def _arguments(annotation: Any) -> tuple[Any, ...]:
    return tuple(arg for arg in get_args(annotation) if not isinstance(arg, FieldInfo))
