"""GET /subscription/status/get and /subscription/user/status: who receives what, read back."""

from braze_sandbox.call import Call
from braze_sandbox.endpoints.pages import number
from braze_sandbox.endpoints.subscriptions import MOST_IDS
from braze_sandbox.identifiers import Identifier, Kind
from braze_sandbox.profiles import FOUND_BY, Profile
from braze_sandbox.rules import Broken, ListRule, ObjectRule
from braze_sandbox.standard_fields import check_group, read_group_id
from braze_sandbox.web import Answer

MOST_USERS = 100
"""On a page."""
KINDS = ("external_id", *FOUND_BY)


def get_status(call: Call) -> Answer:
    """The state of each user in one group, by what was asked for."""
    asked = call.parameter("subscription_group_id")
    if not asked:
        raise Broken(ObjectRule.FIELD_REQUIRED, field="subscription_group_id")
    group_id = read_group_id(asked)
    check_group(group_id, call.workspace.dashboard)
    found = {str(one.value): call.workspace.profiles.find(one) for one in _identifiers(call)}
    states = {name: _states(profile).get(group_id) for name, profile in found.items()}
    status = {name: _word(state) for name, state in states.items()}
    return Answer(status=200, content={"status": status, "message": "success"})


def get_groups(call: Call) -> Answer:
    """All users who are meant, a page of them, each with all groups that know the user."""
    limit = number(call, "limit", default=MOST_USERS, least=1, most=MOST_USERS)
    offset = number(call, "offset", default=0)
    profiles = call.workspace.profiles
    found = {one.number: one for by in _identifiers(call) for one in profiles.find_all(by)}
    page = list(found.values())[offset : offset + limit]
    users = [_shown(profile, call) for profile in page]
    content = {"total_count": len(found), "users": users, "message": "success"}
    return Answer(status=200, content=content)


def _identifiers(call: Call) -> list[Identifier]:
    """Those asked for; external ids win, and e-mails and phones together are none."""
    asked = {name: [one for one in call.query.get(name, ()) if one] for name in KINDS}
    given = [name for name in KINDS if asked[name]]
    if not given:
        raise Broken(ListRule.SUBSCRIBERS_MISSING, field="' or '".join(KINDS))
    if given == [*FOUND_BY]:
        raise Broken(ListRule.SUBSCRIPTION_EMAIL_AND_PHONE)
    name = given[0]
    if len(asked[name]) > MOST_IDS:
        raise Broken(ListRule.TOO_MANY_SUBSCRIBERS)
    return [Identifier(Kind(name), _as_meant(one, name)) for one in asked[name]]


def _as_meant(asked: str, name: str) -> str:
    """A plus that stands in an address as it is means a space, and a phone begins with none."""
    return "+" + asked[1:] if name == "phone" and asked.startswith(" ") else asked


def _states(profile: Profile | None) -> dict[str, object]:
    states = None if profile is None else profile.values.get("subscription_groups")
    return dict(states) if isinstance(states, dict) else {}


def _word(state: object) -> str:
    return "Unknown" if state is None else str(state).capitalize()


def _shown(profile: Profile, call: Call) -> dict[str, object]:
    dashboard = call.workspace.dashboard
    joined = [(one, dashboard.group(one), state) for one, state in _states(profile).items()]
    return {
        "external_id": profile.external_id,
        "email": profile.values.get("email"),
        "phone": profile.values.get("phone"),
        "subscription_groups": [
            {"id": one, "name": group.name, "channel": group.channel, "status": _word(state)}
            for one, group, state in joined
            if group is not None
        ],
    }
