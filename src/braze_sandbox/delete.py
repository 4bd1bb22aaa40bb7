"""POST /users/delete: users by one kind of identifier."""

from collections.abc import Callable

from braze_sandbox.call import Call
from braze_sandbox.identifiers import Identifier, Kind, read_alias
from braze_sandbox.profiles import PRIORITIES, Profile, Profiles, prioritised
from braze_sandbox.rules import Broken, Rule
from braze_sandbox.web import Answer

MAX_IDS = 50

Find = Callable[[object, Profiles], Profile | None]


def delete(call: Call) -> Answer:
    """The count of those known is answered at once; they go when the request settles."""
    kinds = [kind for kind in FINDERS if kind in call.body]
    items = call.body.get(kinds[0]) if len(kinds) == 1 else None
    if not isinstance(items, list) or not items:
        raise Broken(Rule.DELETE_KIND_INVALID)
    if len(items) > MAX_IDS:
        raise Broken(Rule.TOO_MANY_DELETE_IDS)
    kind, profiles = kinds[0], call.workspace.profiles
    count = len(_found(kind, items, profiles))
    call.settle_work(lambda: _delete(kind, items, profiles))
    return Answer(status=200, content={"deleted": count, "message": "success"})


def _delete(kind: str, items: list[object], profiles: Profiles) -> None:
    for profile in _found(kind, items, profiles):
        profiles.delete(profile)


def _found(kind: str, items: list[object], profiles: Profiles) -> set[Profile]:
    try:
        found = {FINDERS[kind](item, profiles) for item in items}
    except (Broken, KeyError, TypeError):
        raise Broken(Rule.DELETE_ITEM_INVALID, field=kind) from None
    return {profile for profile in found if profile is not None}


def _by_id(kind: Kind) -> Find:
    def find(item: object, profiles: Profiles) -> Profile | None:
        if not isinstance(item, str):
            raise Broken(Rule.DELETE_ITEM_INVALID)
        return profiles.find(Identifier(kind, item))

    return find


def _by_alias(item: object, profiles: Profiles) -> Profile | None:
    return profiles.find(Identifier(Kind.USER_ALIAS, read_alias(item)))


def _by_contact(kind: Kind) -> Find:
    def find(item: object, profiles: Profiles) -> Profile | None:
        if not isinstance(item, dict) or not isinstance(item.get(kind.value), str):
            raise Broken(Rule.DELETE_ITEM_INVALID)
        priorities = item.get("prioritization")
        if not isinstance(priorities, list) or not PRIORITIES.issuperset(priorities):
            raise Broken(Rule.DELETE_ITEM_INVALID)
        return prioritised(profiles.find_all(Identifier(kind, item[kind.value])), priorities)

    return find


FINDERS: dict[str, Find] = {
    "external_ids": _by_id(Kind.EXTERNAL_ID),
    "user_aliases": _by_alias,
    "braze_ids": _by_id(Kind.BRAZE_ID),
    "email_addresses": _by_contact(Kind.EMAIL),
    "phone_numbers": _by_contact(Kind.PHONE),
}
