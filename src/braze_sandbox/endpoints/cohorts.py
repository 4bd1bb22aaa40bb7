"""POST /partners/{partner}/cohorts and …/cohorts/users: lists of users that partners keep."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from braze_sandbox.answers import refusal
from braze_sandbox.call import Call
from braze_sandbox.cohorts import Cohort
from braze_sandbox.identifiers import Alias, Identifier, Kind, read_alias
from braze_sandbox.profiles import Profile
from braze_sandbox.rules import Broken, ListRule, Rule
from braze_sandbox.times import read_time
from braze_sandbox.web import Answer

MAX_IDS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who comes in or goes."""

    user_ids: list[str]
    device_ids: list[str]
    aliases: list[Alias]
    leaves: bool

    def __len__(self) -> int:
        """Ids of all kinds."""
        return len(self.user_ids) + len(self.device_ids) + len(self.aliases)


def put_cohort(call: Call) -> Answer:
    """Made at once, or given another name."""
    cohort_id = _text(call.body.get("cohort_id"), ListRule.COHORT_ID_INVALID)
    name = _text(call.body.get("name"), ListRule.COHORT_NAME_INVALID)
    created_at = _text(call.body.get("created_at"), ListRule.COHORT_CREATED_AT_INVALID)
    if read_time(created_at) is None:
        raise Broken(ListRule.COHORT_CREATED_AT_INVALID)
    cohorts = call.workspace.cohorts
    cohorts.put(call.parts["partner"], cohort_id, name=name, created_at=created_at)
    return _success(call)


def change_members(call: Call) -> Answer:
    """Members come and go when the request settles; nobody is created."""
    cohort_id = _text(call.body.get("cohort_id"), ListRule.COHORT_ID_INVALID)
    changes = _read_changes(call)
    cohort = _cohort(call, cohort_id)
    if cohort.changing and call.decisions.cohort_changing == "locked":
        return refusal(423, "Locked", call.decisions)
    cohort.changing += 1
    call.settle_work(partial(_apply, call, cohort_id, cohort, changes))
    return _success(call)


def _success(call: Call) -> Answer:
    return Answer(status=int(call.decisions.cohort_success), content={"message": "success"})


def _cohort(call: Call, cohort_id: str) -> Cohort:
    """The cohort to change."""
    cohorts, partner = call.workspace.cohorts, call.parts["partner"]
    if cohorts.get(partner, cohort_id) is None and call.decisions.cohort_unknown == "create":
        cohorts.put(partner, cohort_id, name=cohort_id, created_at=call.entry.at.isoformat())
    cohort = cohorts.get(partner, cohort_id)
    if cohort is None:
        raise Broken(ListRule.COHORT_UNKNOWN)
    return cohort


def _apply(call: Call, cohort_id: str, cohort: Cohort, changes: list[Change]) -> None:
    cohorts = call.workspace.cohorts
    cohort.changing -= 1
    for change in changes:
        move = cohorts.leave if change.leaves else cohorts.join
        for profile in _found(call, change):
            if profile is None:
                call.workspace.note(ListRule.COHORT_USER_UNKNOWN, call.entry)
            else:
                move(cohort.partner, cohort_id, profile.number)


def _found(call: Call, change: Change) -> Iterator[Profile | None]:
    profiles = call.workspace.profiles
    for user_id in change.user_ids:
        yield profiles.find(Identifier(Kind.EXTERNAL_ID, user_id))
    for alias in change.aliases:
        yield profiles.find(Identifier(Kind.USER_ALIAS, alias))
    yield from map((profiles.with_devices() if change.device_ids else {}).get, change.device_ids)


def _read_changes(call: Call) -> list[Change]:
    sent = call.body.get("cohort_changes")
    if not isinstance(sent, list) or not sent:
        raise Broken(ListRule.COHORT_CHANGES_INVALID)
    changes = [_read_change(one, call.decisions.cohort_aliases) for one in sent]
    if sum(map(len, changes)) > MAX_IDS:
        raise Broken(ListRule.TOO_MANY_COHORT_IDS)
    return changes


def _read_change(sent: object, form: str) -> Change:
    if not isinstance(sent, dict) or not sent.keys() & {"user_ids", "device_ids", "aliases"}:
        raise Broken(ListRule.COHORT_CHANGES_INVALID)
    leaves = sent.get("should_remove", False)
    if not isinstance(leaves, bool):
        raise Broken(ListRule.COHORT_CHANGES_INVALID)
    return Change(
        user_ids=_texts(sent.get("user_ids", [])),
        device_ids=_texts(sent.get("device_ids", [])),
        aliases=_aliases(sent["aliases"], form) if "aliases" in sent else [],
        leaves=leaves,
    )


def _aliases(sent: object, form: str) -> list[Alias]:
    if form == "object" and isinstance(sent, dict):
        return [Alias(label, name) for label, names in sent.items() for name in _texts(names)]
    if form == "list" and isinstance(sent, list):
        try:
            return list(map(read_alias, sent))
        except Broken:
            raise Broken(ListRule.COHORT_CHANGES_INVALID) from None
    raise Broken(ListRule.COHORT_CHANGES_INVALID)


def _texts(sent: object) -> list[str]:
    if not isinstance(sent, list) or not all(isinstance(one, str) for one in sent):
        raise Broken(ListRule.COHORT_CHANGES_INVALID)
    return sent


def _text(sent: object, rule: Rule) -> str:
    if not isinstance(sent, str) or not sent:
        raise Broken(rule)
    return sent
