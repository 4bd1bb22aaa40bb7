"""POST /users/external_ids/rename and /remove: new external ids, and an end to old ones."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from braze_sandbox.call import Call
from braze_sandbox.endpoints.items import MAX_ITEMS, text_of
from braze_sandbox.identifiers import Identifier, Kind, read_primary
from braze_sandbox.profiles import Profile
from braze_sandbox.rules import Broken, IdentityRule, ObjectRule
from braze_sandbox.web import Answer

T = TypeVar("T")


def rename(call: Call) -> Answer:
    """Done at once, one after the other; the old ids stay as deprecated ones."""
    renamed, errors = _each(_items(call, "external_id_renames"), lambda item: _rename(call, item))
    return Answer(
        status=200, content={"message": "success", "external_ids": renamed, "rename_errors": errors}
    )


def remove(call: Call) -> Answer:
    """Deprecated ids are forgotten at once; the user stays."""
    removed, errors = _each(_items(call, "external_ids"), lambda item: _remove(call, item))
    return Answer(
        status=200, content={"message": "success", "removed_ids": removed, "removal_errors": errors}
    )


def _items(call: Call, key: str) -> list[object]:
    items = call.body.get(key)
    if not isinstance(items, list) or not items:
        raise Broken(IdentityRule.EXTERNAL_IDS_EMPTY, field=key)
    if len(items) > MAX_ITEMS:
        raise Broken(IdentityRule.TOO_MANY_IDENTITY_ITEMS)
    return items


def _each(
    items: Iterable[T], change: Callable[[T], str]
) -> tuple[list[str], list[dict[str, object]]]:
    """The ids of what went well, and an error with its index for what did not."""
    done: list[str] = []
    errors: list[dict[str, object]] = []
    for index, item in enumerate(items):
        try:
            done.append(change(item))
        except Broken as broken:
            errors.append({"index": index, "type": broken.sentence})
    return done, errors


def _rename(call: Call, item: object) -> str:
    if not isinstance(item, dict):
        raise Broken(ObjectRule.OBJECT_NOT_AN_OBJECT, field="external_id_renames")
    current = text_of(item, "current_external_id", ObjectRule.FIELD_REQUIRED)
    new = text_of(item, "new_external_id", ObjectRule.FIELD_REQUIRED)
    profiles = call.workspace.profiles
    profile = _with_id(call, current)
    if profile is None or profile.external_id != current:
        raise Broken(IdentityRule.RENAME_UNKNOWN)
    read_primary("external_id", new, call.blocked_external_ids)
    if _with_id(call, new) is not None:
        raise Broken(IdentityRule.RENAME_TAKEN)
    profiles.rename(profile, new)
    profiles.touch(profile)
    return new


def _remove(call: Call, item: object) -> str:
    profile = _with_id(call, item) if isinstance(item, str) else None
    if profile is None or not isinstance(item, str):
        raise Broken(IdentityRule.DEPRECATED_UNKNOWN)
    if profile.external_id == item:
        raise Broken(IdentityRule.DEPRECATED_PRIMARY)
    call.workspace.profiles.remove_deprecated(profile, item)
    call.workspace.profiles.touch(profile)
    return item


def _with_id(call: Call, external_id: str) -> Profile | None:
    return call.workspace.profiles.find(Identifier(Kind.EXTERNAL_ID, external_id))
