"""POST /users/identify: anonymous users get an external id, or become part of a known user."""

from collections.abc import Mapping

from braze_sandbox.call import Call
from braze_sandbox.endpoints.items import MAX_ITEMS, errors_of, refuse_item, text_of
from braze_sandbox.identifiers import Identifier, Kind, read_alias, read_primary
from braze_sandbox.priorities import are_priorities, prioritised
from braze_sandbox.profiles import Profile
from braze_sandbox.rules import Broken, IdentityRule, ObjectRule
from braze_sandbox.web import Answer

_KINDS = {
    "aliases_to_identify": Kind.USER_ALIAS,
    "emails_to_identify": Kind.EMAIL,
    "phone_numbers_to_identify": Kind.PHONE,
}
_IN_ERRORS = "user_identifiers"
"""What errors call any of the arrays."""

_Asked = tuple[Identifier, Identifier, list[str]]
"""Who is to be known, by what the user is known so far, and which of several is meant."""


def identify(call: Call) -> Answer:
    """Success is answered, whatever comes of it."""
    accepted: list[_Asked] = []
    for kind, index, item in _items(call.body):
        try:
            accepted.append(_read(item, kind, call))
        except Broken as broken:
            refuse_item(call, broken, _IN_ERRORS, index)
    processed = {"aliases_processed": _processed(accepted, call), "message": "success"}
    call.settle_each(_identify, accepted)
    return Answer(status=201, content=processed | errors_of(call))


def _processed(accepted: list[_Asked], call: Call) -> int:
    """What the answer counts; asked before anything settles."""
    if call.decisions.identify_miss == "counted":
        return len(accepted)
    return sum(bool(call.workspace.profiles.find_all(by)) for _, by, _ in accepted)


def _items(body: Mapping[str, object]) -> list[tuple[Kind, int, object]]:
    items: list[tuple[Kind, int, object]] = []
    for name, kind in _KINDS.items():
        sent = body.get(name, [])
        if not isinstance(sent, list):
            raise Broken(IdentityRule.IDENTIFY_INVALID)
        items += [(kind, index, item) for index, item in enumerate(sent)]
    if not items:
        raise Broken(IdentityRule.IDENTIFY_INVALID)
    if len(items) > MAX_ITEMS:
        raise Broken(IdentityRule.TOO_MANY_IDENTITY_ITEMS)
    return items


def _read(item: object, kind: Kind, call: Call) -> _Asked:
    if not isinstance(item, dict):
        raise Broken(ObjectRule.OBJECT_NOT_AN_OBJECT, field=_IN_ERRORS)
    text_of(item, "external_id", ObjectRule.FIELD_REQUIRED)
    target = read_primary("external_id", item["external_id"], call.blocked_external_ids)
    if kind is Kind.USER_ALIAS:
        return target, Identifier(kind, read_alias(item.get("user_alias"))), []
    by = Identifier(kind, text_of(item, kind.value, ObjectRule.FIELD_REQUIRED))
    priorities = item.get("prioritization")
    if not isinstance(priorities, list) or not are_priorities(priorities):
        raise Broken(IdentityRule.PRIORITIZATION_INVALID)
    return target, by, priorities


def _identify(call: Call, target: Identifier, by: Identifier, priorities: list[str]) -> None:
    profiles = call.workspace.profiles
    known = profiles.find(target)
    try:
        meant = _meant(call, known, by, priorities)
        if known is None:
            profiles.rename(meant, str(target.value))
            profiles.touch(meant)
        else:
            _check_labels(meant, known, by)
            call.workspace.absorb(meant, known, call.entry)
    except Broken as broken:
        call.workspace.note(broken.rule, call.entry)


def _meant(call: Call, known: Profile | None, by: Identifier, priorities: list[str]) -> Profile:
    """The anonymous profile that is meant; raises `Broken` when nothing is to happen."""
    found = call.workspace.profiles.find_all(by)
    if not found:
        raise Broken(IdentityRule.IDENTIFY_MISS)
    meant = prioritised(found, priorities)
    if meant is None or (known in found and by.kind is not Kind.USER_ALIAS):
        raise Broken(IdentityRule.IDENTIFY_AMBIGUOUS)
    if meant.external_id is not None:
        raise Broken(IdentityRule.IDENTIFY_KNOWN)
    return meant


def _check_labels(meant: Profile, known: Profile, by: Identifier) -> None:
    labels = {alias.label for alias in known.aliases}
    if by.kind is Kind.USER_ALIAS and any(alias.label in labels for alias in meant.aliases):
        raise Broken(IdentityRule.IDENTIFY_LABEL_TAKEN)
