"""/catalogs/{catalog_name}/items: up to 50 items, applied later; and one by its id, at once."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from braze_sandbox.call import Call
from braze_sandbox.catalogs import ID, Catalog, Changes, Values, changed, read_values
from braze_sandbox.endpoints.catalogs import MAX_CHARS, SUCCESS, find_catalog, is_name, twice
from braze_sandbox.rules import Broken, CatalogBroken, CatalogRule, Rule
from braze_sandbox.values import show
from braze_sandbox.web import Answer

MAX_ITEMS = 50
"""In a request, and on a page of the list."""
_SKIP = re.compile(rb"skip:(\d{1,9})", re.ASCII)

Sent: TypeAlias = Mapping[str, Any]
Make: TypeAlias = Callable[[Values | None, Changes], Values | None]
"""The new values of an item from those it has (None: it is not there); raises `Broken`."""


def _create(values: Values | None, changes: Changes) -> Values:
    if values is not None:
        raise Broken(CatalogRule.ITEM_ALREADY_EXISTS)
    return changed({}, changes)


def _edit(values: Values | None, changes: Changes) -> Values:
    if values is None:
        raise Broken(CatalogRule.ITEM_NOT_FOUND)
    return changed(values, changes)


def _edit_or_create(values: Values | None, changes: Changes) -> Values:
    return changed(values or {}, changes)


def _replace(_: Values | None, changes: Changes) -> Values:
    return changed({}, changes)


def _delete(values: Values | None, _: Changes) -> None:
    if values is None:
        raise Broken(CatalogRule.ITEM_NOT_FOUND)


_LATER: dict[Rule, Rule] = {
    CatalogRule.ITEM_ALREADY_EXISTS: CatalogRule.CATALOG_ITEM_KNOWN,
    CatalogRule.ITEM_NOT_FOUND: CatalogRule.CATALOG_ITEM_UNKNOWN,
    CatalogRule.ITEMS_TOO_LARGE: CatalogRule.CATALOG_ARRAY_FULL,
}
"""What becomes of it where the request was accepted, and nobody can be told any more."""


def create_items(call: Call) -> Answer:
    """New items; those that are there stay as they are, or as decided."""
    replaces = call.decisions.catalog_item_known == "replace"
    return _many(call, _replace if replaces else _create, new=True)


def edit_items(call: Call) -> Answer:
    """Some fields of items; unknown items are left out, or as decided."""
    creates = call.decisions.catalog_item_unknown == "create"
    return _many(call, _edit_or_create if creates else _edit, edit=True)


def replace_items(call: Call) -> Answer:
    """Whole items, known or new."""
    return _many(call, _replace)


def delete_items(call: Call) -> Answer:
    """Items by their ids alone; unknown ones are left out."""
    catalog = find_catalog(call)
    changes: dict[str, Changes] = {item[ID]: {} for item in _read_items(call)}
    call.settle_work(partial(_apply, call, catalog, changes, _delete))
    return Answer(status=202, content=SUCCESS)


def create_item(call: Call) -> Answer:
    """A new item."""
    return _one(call, _create, 201, new=True)


def edit_item(call: Call) -> Answer:
    """Some fields of an item."""
    return _one(call, _edit, 200, edit=True)


def replace_item(call: Call) -> Answer:
    """A whole item, known or new."""
    return _one(call, _replace, 200)


def delete_item(call: Call) -> Answer:
    """Done at once, though the answer is 202."""
    return _put(call, find_catalog(call), {}, _delete, 202)


def get_item(call: Call) -> Answer:
    """One item."""
    catalog, item_id = find_catalog(call), call.parts["item_id"]
    if item_id not in catalog.items:
        raise CatalogBroken(CatalogRule.ITEM_NOT_FOUND, "item_id", [item_id])
    return Answer(status=200, content={"items": [show_item(catalog, item_id)], **SUCCESS})


def list_items(call: Call) -> Answer:
    """A page of items by their ids; the header `link` leads to the pages beside it."""
    catalog, cursor = find_catalog(call), call.parameter("cursor")
    skipped = 0 if cursor is None else _read_cursor(cursor)
    ids = sorted(catalog.items)[skipped:]
    pages = [("prev", max(skipped - MAX_ITEMS, 0))] if skipped else []
    pages += [("next", skipped + MAX_ITEMS)] if len(ids) > MAX_ITEMS else []
    link = ",".join(
        f'</catalogs/{catalog.name}/items?cursor={_cursor(first)}>; rel="{rel}"'
        for rel, first in pages
    )
    items = [show_item(catalog, item_id) for item_id in ids[:MAX_ITEMS]]
    headers = {"link": link} if link else {}
    return Answer(status=200, content={"items": items, **SUCCESS}, headers=headers)


def show_item(catalog: Catalog, item_id: str) -> dict[str, object]:
    """The item as Braze shows it, its fields in the catalog's order."""
    values = catalog.items[item_id]
    held = {name: show(values[name]) for name in catalog.fields if name in values}
    return {ID: item_id, **held}


def _many(call: Call, make: Make, *, new: bool = False, edit: bool = False) -> Answer:
    catalog = find_catalog(call)
    items = {item[ID]: _without_id(item) for item in _read_items(call)}
    changes = _read_changes(call, catalog, items, new=new, edit=edit)
    call.settle_work(partial(_apply, call, catalog, changes, make))
    return Answer(status=202, content=SUCCESS)


def _apply(call: Call, catalog: Catalog, changes: Mapping[str, Changes], make: Make) -> None:
    """The changes of items as they are by now; the catalog itself may have gone."""
    workspace, entry = call.workspace, call.entry
    there = workspace.catalogs.get(catalog.name) is catalog
    for item_id, change in changes.items():
        if not there:
            workspace.note(CatalogRule.CATALOG_ITEM_UNKNOWN, entry)
            continue
        try:
            values = make(catalog.items.get(item_id), change)
        except Broken as broken:
            workspace.note(_LATER[broken.rule], entry)
        else:
            workspace.catalogs.put(catalog, item_id, values, entry.at)


def _one(call: Call, make: Make, status: int, *, new: bool = False, edit: bool = False) -> Answer:
    catalog, item_id = find_catalog(call), call.parts["item_id"]
    (item,) = _items(call, 1)
    if ID in item:
        raise CatalogBroken(CatalogRule.ID_IN_BODY, ID, [item[ID]])
    _check_ids([item_id])
    changes = _read_changes(call, catalog, {item_id: item}, new=new, edit=edit)
    return _put(call, catalog, changes[item_id], make, status)


def _put(call: Call, catalog: Catalog, changes: Changes, make: Make, status: int) -> Answer:
    item_id = call.parts["item_id"]
    try:
        values = make(catalog.items.get(item_id), changes)
    except Broken as broken:
        raise CatalogBroken(broken.rule, "item_id", [item_id]) from None
    call.workspace.catalogs.put(catalog, item_id, values, call.entry.at)
    return Answer(status=status, content=SUCCESS)


def _items(call: Call, most: int) -> list[Sent]:
    items = call.body.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(one, dict) for one in items):
        raise CatalogBroken(CatalogRule.ITEM_ARRAY_INVALID)
    if len(items) > most:
        raise CatalogBroken(CatalogRule.REQUEST_INCLUDES_TOO_MANY_ITEMS)
    return items


def _read_items(call: Call) -> list[Sent]:
    """The items of a request for many, each with a usable id of its own."""
    items = _items(call, MAX_ITEMS)
    ids = [item[ID] for item in items if item.get(ID) is not None]
    if len(ids) < len(items):
        missing = str(len(items) - len(ids))
        raise CatalogBroken(CatalogRule.ITEMS_MISSING_IDS, field=missing)
    _check_ids(ids)
    return items


def _check_ids(ids: list[Any]) -> None:
    texts = [one for one in ids if isinstance(one, str)]
    for rule, found in (
        (CatalogRule.IDS_NOT_STRINGS, [one for one in ids if not isinstance(one, str)]),
        (CatalogRule.IDS_TOO_LARGE, [one for one in texts if len(one) > MAX_CHARS]),
        (CatalogRule.INVALID_IDS, [one for one in texts if not is_name(one)]),
        (CatalogRule.IDS_NOT_UNIQUE, twice(texts)),
    ):
        if found:
            raise CatalogBroken(rule, ID, found)


def _read_changes(
    call: Call, catalog: Catalog, items: Mapping[str, Sent], *, new: bool, edit: bool
) -> dict[str, Changes]:
    """The fields of the items, by their ids; the error names every item that is wrong."""
    changes: dict[str, Changes] = {}
    broken: list[CatalogBroken] = []
    for item_id, item in items.items():
        try:
            if new and call.decisions.catalog_fields_missing == "refuse":
                _check_fields(catalog, item)
            changes[item_id] = read_values(item, catalog.value_fields, edit=edit)
        except Broken as one:
            broken.append(CatalogBroken(one.rule, ID, [item_id]))
    if broken:
        raise _together(broken)
    return changes


def _check_fields(catalog: Catalog, item: Sent) -> None:
    if not catalog.value_fields.keys() <= item.keys():
        raise Broken(CatalogRule.FIELDS_DO_NOT_MATCH)


def _together(broken: list[CatalogBroken]) -> CatalogBroken:
    first = broken[0]
    first.errors = [error for one in broken for error in one.errors]
    return first


def _without_id(item: Sent) -> Sent:
    return {name: value for name, value in item.items() if name != ID}


def _cursor(skipped: int) -> str:
    return base64.urlsafe_b64encode(b"skip:%d" % skipped).decode()


def _read_cursor(cursor: str) -> int:
    try:
        match = _SKIP.fullmatch(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError):
        match = None
    if match is None:
        raise CatalogBroken(CatalogRule.INVALID_CURSOR, "cursor", [cursor])
    return int(match[1])
