"""Catalogs, with the types of their fields."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

import orjson

from braze_sandbox.state import Changed, Item
from braze_sandbox.values import Stored

FieldType: TypeAlias = Literal["string", "number", "boolean", "time", "object", "array"]
FIELD_TYPES: tuple[str, ...] = get_args(FieldType)
ID = "id"
"""The first field of every catalog."""

Values: TypeAlias = Mapping[str, Stored]
"""An item's fields that hold something, without its id."""


@dataclass(slots=True, kw_only=True)
class Catalog:
    """One catalog; `Catalogs` changes its items, and keeps the change."""

    name: str
    description: str
    fields: dict[str, FieldType]
    """In order, `id` first."""
    updated_at: datetime
    items: dict[str, Values] = field(default_factory=dict)
    """By id."""

    @property
    def value_fields(self) -> dict[str, FieldType]:
        """The fields but for the id."""
        return {name: kind for name, kind in self.fields.items() if name != ID}


class Catalogs:
    """All catalogs by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Catalog] = {}
        self._changed: Changed[tuple[str, ...]] = Changed()

    def __iter__(self) -> Iterator[Catalog]:
        """By name."""
        return iter(sorted(self._by_name.values(), key=lambda catalog: catalog.name))

    def get(self, name: str) -> Catalog | None:
        """The catalog, if there is one."""
        return self._by_name.get(name)

    def create(self, catalog: Catalog) -> None:
        """Add a catalog under a name that none has."""
        self._by_name[catalog.name] = catalog
        self._changed.add(("catalog", catalog.name))

    def delete(self, name: str) -> None:
        """Take a catalog away, with its items."""
        for item_id in self._by_name.pop(name).items:
            self._changed.add(("item", name, item_id))
        self._changed.add(("catalog", name))

    def put(self, catalog: Catalog, item_id: str, values: Values | None, at: datetime) -> None:
        """Set an item; None removes it."""
        if values is None:
            del catalog.items[item_id]
        else:
            catalog.items[item_id] = values
        catalog.updated_at = at
        self._changed.add(("item", catalog.name, item_id))
        self._changed.add(("catalog", catalog.name))

    def record(self) -> None:
        """Begin to keep track of changes."""
        self._changed.record()

    def changes(self) -> Iterator[Item]:
        """Changed catalogs, and single items."""
        for key in self._changed.drain():
            yield orjson.dumps(key).decode(), self._kept(*key)

    def restore(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take everything back."""
        kept = [(orjson.loads(key), value) for key, value in items]
        for (kind, *names), value in kept:
            if kind == "catalog":
                self._by_name[names[0]] = Catalog(name=names[0], **value)
        for (kind, *names), value in kept:
            if kind == "item":
                self._by_name[names[0]].items[names[1]] = value

    def _kept(self, kind: str, name: str, *item_id: str) -> object | None:
        catalog = self._by_name.get(name)
        if catalog is None:
            return None
        if kind == "item":
            return catalog.items.get(*item_id)
        return {
            "description": catalog.description,
            "fields": catalog.fields,
            "updated_at": catalog.updated_at,
        }
