"""POST /subscription/status/set and /v2/subscription/status/set: who receives what."""

from collections.abc import Iterator, Mapping

from braze_sandbox.call import Call
from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.profiles import FOUND_BY
from braze_sandbox.rules import Broken, ListRule
from braze_sandbox.standard_fields import GroupStates, check_group, read_group_state
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Operation

MOST_IDS = 50
MOST_GROUPS = 25

_V1 = {"external_id": Kind.EXTERNAL_ID, "email": Kind.EMAIL, "phone": Kind.PHONE}
_V2 = {"external_ids": Kind.EXTERNAL_ID, "emails": Kind.EMAIL, "phones": Kind.PHONE}

Change = tuple[GroupStates, Identifier]


def set_status(call: Call) -> Answer:
    """One group; everybody who shares the e-mail or phone changes, unknown users are left out."""
    if "email" in call.body and "phone" in call.body:
        raise Broken(ListRule.SUBSCRIPTION_EMAIL_AND_PHONE)
    call.settle_each(_change, list(_changes(call, call.body, _V1)))
    return Answer(status=201, content={"message": "success"})


def set_statuses(call: Call) -> Answer:
    """Several groups, each with its users."""
    groups = call.body.get("subscription_groups")
    if not isinstance(groups, list) or not groups or not all(isinstance(g, dict) for g in groups):
        raise Broken(ListRule.SUBSCRIPTIONS_INVALID)
    if len(groups) > MOST_GROUPS:
        raise Broken(ListRule.TOO_MANY_SUBSCRIPTION_GROUPS)
    call.settle_each(_change, [one for group in groups for one in _changes(call, group, _V2)])
    return Answer(status=201, content={"message": "success"})


def _changes(call: Call, sent: Mapping[str, object], kinds: Mapping[str, Kind]) -> Iterator[Change]:
    """What a group's object asks for; raises `Broken`."""
    group_id, state = read_group_state(sent)
    states = GroupStates(states={group_id: state})
    contact = check_group(group_id, call.workspace.dashboard).contact
    made = call.workspace.dashboard.groups
    users: list[Identifier] = []
    for name, kind in kinds.items():
        values = _listed(sent.get(name), name)
        if made and values and kind.value in FOUND_BY and kind.value != contact:
            raise Broken(ListRule.SUBSCRIPTION_CHANNEL_OTHER, field=name)
        users += [Identifier(kind, value) for value in values]
    if not users:
        raise Broken(ListRule.SUBSCRIBERS_MISSING, field="' or '".join(kinds))
    if len(users) > MOST_IDS:
        raise Broken(ListRule.TOO_MANY_SUBSCRIBERS)
    return ((states, user) for user in users)


def _listed(sent: object, name: str) -> list[str]:
    """The identifiers under a key: a list of texts, or one text."""
    values: list[object] = [] if sent is None else sent if isinstance(sent, list) else [sent]
    texts = [value for value in values if isinstance(value, str) and value]
    if len(texts) < len(values):
        raise Broken(ListRule.SUBSCRIBERS_MISSING, field=name)
    return texts


def _change(call: Call, states: GroupStates, user: Identifier) -> None:
    profiles = call.workspace.profiles.find_all(user)
    if not profiles:
        call.workspace.note(ListRule.SUBSCRIBER_UNKNOWN, call.entry)
    operations = [
        Operation(
            identifier=Identifier(Kind.BRAZE_ID, profile.braze_id),
            create=False,
            payload={"subscription_groups": states},
        )
        for profile in profiles
    ]
    call.workspace.apply(operations, call.entry)
