"""POST /users/merge: two users become one."""

from collections.abc import Mapping

from braze_sandbox.call import Call
from braze_sandbox.endpoints.items import MAX_ITEMS
from braze_sandbox.identifiers import Identifier, Kind, read_alias
from braze_sandbox.priorities import are_priorities, prioritised
from braze_sandbox.profiles import Profile, Profiles
from braze_sandbox.rules import Broken, IdentityRule
from braze_sandbox.web import Answer

_SIDES = ("identifier_to_merge", "identifier_to_keep")
_TEXTS = {"external_id": Kind.EXTERNAL_ID, "email": Kind.EMAIL, "phone": Kind.PHONE}

_Side = tuple[Identifier, list[str]]
"""Who, and which of several."""


def merge_users(call: Call) -> Answer:
    """202, and the users become one when the request settles."""
    updates = call.body.get("merge_updates")
    if not isinstance(updates, list) or not all(isinstance(one, dict) for one in updates):
        raise Broken(IdentityRule.MERGE_UPDATES_INVALID)
    if len(updates) > MAX_ITEMS:
        raise Broken(IdentityRule.TOO_MANY_MERGE_UPDATES)
    if not all(one.keys() == set(_SIDES) for one in updates):
        raise Broken(IdentityRule.MERGE_KEYS_INVALID)
    merges = [tuple(_read(one[side]) for side in _SIDES) for one in updates]
    if call.decisions.merge_miss == "refuse":
        _check_known(call.workspace.profiles, merges)
    call.settle_each(_merge, merges)
    return Answer(status=202, content={"message": "success"})


def _check_known(profiles: Profiles, merges: list[tuple[_Side, ...]]) -> None:
    for sides in merges:
        if not all(profiles.find_all(identifier) for identifier, _ in sides):
            raise Broken(IdentityRule.MERGE_IDENTIFIER_INVALID)


def _read(sent: object) -> _Side:
    try:
        return _side(sent if isinstance(sent, dict) else {})
    except Broken:
        raise Broken(IdentityRule.MERGE_IDENTIFIER_INVALID) from None


def _side(sent: Mapping[str, object]) -> _Side:
    named = [key for key in (*_TEXTS, "user_alias") if key in sent]
    if len(named) != 1:
        raise Broken(IdentityRule.MERGE_IDENTIFIER_INVALID)
    (key,) = named
    if key == "user_alias":
        return Identifier(Kind.USER_ALIAS, read_alias(sent[key])), []
    text, priorities = sent[key], sent.get("prioritization", [])
    if not isinstance(text, str) or not text or not isinstance(priorities, list):
        raise Broken(IdentityRule.MERGE_IDENTIFIER_INVALID)
    if key != "external_id" and not are_priorities(priorities):
        raise Broken(IdentityRule.MERGE_IDENTIFIER_INVALID)
    return Identifier(_TEXTS[key], text), priorities


def _merge(call: Call, merged: _Side, keeping: _Side) -> None:
    workspace = call.workspace
    try:
        gone, kept = _two(workspace.profiles, merged, keeping)
        workspace.absorb(gone, kept, call.entry)
    except Broken as broken:
        workspace.note(broken.rule, call.entry)


def _two(profiles: Profiles, merged: _Side, keeping: _Side) -> tuple[Profile, Profile]:
    gone, kept = _one(profiles, merged), _one(profiles, keeping)
    if gone is kept:
        raise Broken(IdentityRule.MERGE_SAME)
    return gone, kept


def _one(profiles: Profiles, side: _Side) -> Profile:
    identifier, priorities = side
    found = profiles.find_all(identifier)
    if not found:
        raise Broken(IdentityRule.MERGE_MISS)
    one = prioritised(found, priorities)
    if one is None:
        raise Broken(IdentityRule.MERGE_AMBIGUOUS)
    return one
