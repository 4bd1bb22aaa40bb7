"""POST, GET and DELETE /catalogs: making, listing and deleting catalogs. All of it is at once."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from braze_sandbox.call import Call
from braze_sandbox.catalogs import FIELD_TYPES, ID, Catalog, FieldType
from braze_sandbox.rules import CatalogBroken, CatalogRule
from braze_sandbox.web import Answer

MAX_FIELDS = 500
MAX_CHARS = 250
"""Of the name of a catalog or field, of the id of an item, and of a description."""
SUCCESS: Mapping[str, object] = {"message": "success"}
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def create_catalog(call: Call) -> Answer:
    """One catalog, without items."""
    sent = call.body.get("catalogs")
    if not isinstance(sent, list) or not sent or not all(isinstance(one, dict) for one in sent):
        raise CatalogBroken(CatalogRule.CATALOG_ARRAY_INVALID)
    if len(sent) > 1:
        raise CatalogBroken(CatalogRule.TOO_MANY_CATALOG_ATOMS)
    catalog = _read(sent[0], call)
    call.workspace.catalogs.create(catalog)
    return Answer(status=201, content={"catalogs": [show_catalog(catalog)], **SUCCESS})


def list_catalogs(call: Call) -> Answer:
    """All of them, by name."""
    shown = [show_catalog(catalog) for catalog in call.workspace.catalogs]
    return Answer(status=200, content={"catalogs": shown, **SUCCESS})


def delete_catalog(call: Call) -> Answer:
    """A catalog with its items."""
    call.workspace.catalogs.delete(find_catalog(call).name)
    return Answer(status=200, content=SUCCESS)


def find_catalog(call: Call) -> Catalog:
    """The catalog that the address names; raises `CatalogBroken`."""
    name = call.parts["catalog_name"]
    catalog = call.workspace.catalogs.get(name)
    if catalog is None:
        raise CatalogBroken(CatalogRule.CATALOG_NOT_FOUND, "catalog_name", [name])
    return catalog


def is_name(text: str) -> bool:
    """Whether a text has nothing but letters, digits, hyphens and underscores."""
    return _NAME.fullmatch(text) is not None


def twice(names: list[str]) -> list[str]:
    """What stands in a list more than once, each once."""
    return [name for name, count in Counter(names).items() if count > 1]


def show_catalog(catalog: Catalog) -> dict[str, object]:
    """The catalog as Braze lists it."""
    return {
        "description": catalog.description,
        "fields": [{"name": name, "type": kind} for name, kind in catalog.fields.items()],
        "name": catalog.name,
        "num_items": len(catalog.items),
        "updated_at": catalog.updated_at.isoformat(timespec="milliseconds"),
    }


def _read(sent: Mapping[str, Any], call: Call) -> Catalog:
    name, description = sent.get("name"), sent.get("description", "")
    if not isinstance(name, str) or not is_name(name):
        raise CatalogBroken(CatalogRule.INVALID_CATALOG_NAME, "name", [name])
    if len(name) > MAX_CHARS:
        raise CatalogBroken(CatalogRule.CATALOG_NAME_TOO_LARGE, "name", [name])
    if call.workspace.catalogs.get(name) is not None:
        raise CatalogBroken(CatalogRule.CATALOG_NAME_ALREADY_EXISTS, "name", [name])
    if not isinstance(description, str) or len(description) > MAX_CHARS:
        raise CatalogBroken(CatalogRule.DESCRIPTION_TOO_LONG, "description", [description])
    fields = _read_fields(sent.get("fields"))
    return Catalog(name=name, description=description, fields=fields, updated_at=call.entry.at)


def _read_fields(sent: object) -> dict[str, FieldType]:
    if not isinstance(sent, list) or not sent or not all(map(_is_field, sent)):
        raise CatalogBroken(CatalogRule.INVALID_FIELDS)
    if len(sent) > MAX_FIELDS:
        raise CatalogBroken(CatalogRule.TOO_MANY_FIELDS)
    fields = [(one["name"], one["type"]) for one in sent]
    if fields[0] != (ID, "string"):
        raise CatalogBroken(CatalogRule.ID_NOT_FIRST_COLUMN)
    names = [name for name, _ in fields]
    for rule, found in (
        (CatalogRule.INVALID_FIELD_NAMES, [name for name in names if not is_name(name)]),
        (CatalogRule.FIELD_NAMES_TOO_LARGE, [name for name in names if len(name) > MAX_CHARS]),
        (CatalogRule.INVALID_FIELD_TYPES, [name for name, kind in fields if not _is_type(kind)]),
        (CatalogRule.FIELD_NAMES_NOT_UNIQUE, twice(names)),
    ):
        if found:
            raise CatalogBroken(rule, "fields", found)
    return dict(fields)


def _is_field(sent: object) -> bool:
    return isinstance(sent, dict) and all(isinstance(sent.get(k), str) for k in ("name", "type"))


def _is_type(kind: str) -> bool:
    return kind in FIELD_TYPES
