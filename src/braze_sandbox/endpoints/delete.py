"""POST /users/delete: users by one kind of identifier."""

from collections.abc import Callable, Mapping

from braze_sandbox.call import Call
from braze_sandbox.identifiers import Identifier, Kind, read_alias
from braze_sandbox.priorities import OF_DELETE, prioritised
from braze_sandbox.profiles import Profile, Profiles
from braze_sandbox.rules import Broken, RequestRule
from braze_sandbox.web import Answer

MAX_IDS = 50

Items = Mapping[str, list[object]]
"""Identifiers by their kind."""
Find = Callable[[object, Profiles], Profile | None]


def delete(call: Call) -> Answer:
    """The count of those known is answered at once; they go when the request settles."""
    kinds = {kind: call.body[kind] for kind in FINDERS if kind in call.body}
    if not kinds or (len(kinds) > 1 and call.decisions.delete_kinds == "one"):
        raise Broken(RequestRule.DELETE_KIND_INVALID)
    items = {kind: sent for kind, sent in kinds.items() if isinstance(sent, list) and sent}
    if len(items) < len(kinds):
        raise Broken(RequestRule.DELETE_KIND_INVALID)
    sent = sum(map(len, items.values()))
    if sent > MAX_IDS:
        raise Broken(RequestRule.TOO_MANY_DELETE_IDS)
    profiles = call.workspace.profiles
    known = len(_found(items, profiles))
    call.settle_work(lambda: _delete(items, call))
    count = known if call.decisions.delete_counts == "known" else sent
    return Answer(status=200, content={"deleted": count, "message": "success"})


def _delete(items: Items, call: Call) -> None:
    workspace = call.workspace
    for profile in _found(items, workspace.profiles):
        workspace.profiles.delete(profile)
        workspace.cohorts.forget(profile.number)
        if workspace.recorder is not None:
            workspace.recorder.deleted(profile, call.entry.at)


def _found(items: Items, profiles: Profiles) -> set[Profile]:
    found: set[Profile | None] = set()
    for kind, several in items.items():
        try:
            found |= {FINDERS[kind](item, profiles) for item in several}
        except (Broken, KeyError, TypeError):
            raise Broken(RequestRule.DELETE_ITEM_INVALID, field=kind) from None
    return {profile for profile in found if profile is not None}


def _by_id(kind: Kind) -> Find:
    def find(item: object, profiles: Profiles) -> Profile | None:
        if not isinstance(item, str):
            raise Broken(RequestRule.DELETE_ITEM_INVALID)
        return profiles.find(Identifier(kind, item))

    return find


def _by_alias(item: object, profiles: Profiles) -> Profile | None:
    return profiles.find(Identifier(Kind.USER_ALIAS, read_alias(item)))


def _by_contact(kind: Kind) -> Find:
    def find(item: object, profiles: Profiles) -> Profile | None:
        if not isinstance(item, dict) or not isinstance(item.get(kind.value), str):
            raise Broken(RequestRule.DELETE_ITEM_INVALID)
        priorities = item.get("prioritization")
        if not isinstance(priorities, list) or not OF_DELETE.issuperset(priorities):
            raise Broken(RequestRule.DELETE_ITEM_INVALID)
        return prioritised(profiles.find_all(Identifier(kind, item[kind.value])), priorities)

    return find


FINDERS: dict[str, Find] = {
    "external_ids": _by_id(Kind.EXTERNAL_ID),
    "user_aliases": _by_alias,
    "braze_ids": _by_id(Kind.BRAZE_ID),
    "email_addresses": _by_contact(Kind.EMAIL),
    "phone_numbers": _by_contact(Kind.PHONE),
}
