"""Braze's own profile fields: one line of the table each. Every other key is a custom attribute."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from braze_sandbox.dashboard import Dashboard, SubscriptionGroup
from braze_sandbox.nested import read_object
from braze_sandbox.places import LANGUAGES, country_code, is_time_zone
from braze_sandbox.reading import Reading
from braze_sandbox.rules import Broken, ObjectRule
from braze_sandbox.times import read_time
from braze_sandbox.values import Change, Edit, Stored

MAX_CHARS = 255
DEVICE_ID_BYTES = range(8, 256)

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_PHONE = re.compile(r"\+?[ ().-]*(\d[ ().-]*){7,15}", re.ASCII)
_DOB = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardField:
    """How a field is read (null apart) and whether setting it costs a data point."""

    read: Callable[[object], Change]
    billable: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStates(Edit):
    """Subscription groups to join or leave; the other groups stay as they are."""

    states: dict[str, str]

    @property
    def data_points(self) -> int:
        """Free."""
        return 0

    def apply(self, old: Stored | None) -> Stored:
        """All known states."""
        return {**(old if isinstance(old, dict) else {}), **self.states}


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTokens(Edit):
    """Push tokens to add."""

    tokens: tuple[dict[str, Stored], ...]

    @property
    def data_points(self) -> int:
        """Free."""
        return 0

    def apply(self, old: Stored | None) -> Stored:
        """All tokens, each once."""
        kept: list[Stored] = list(old) if isinstance(old, list) else []
        return kept + [token for token in self.tokens if token not in kept]


def read_standard_field(name: str, sent: object, reading: Reading) -> Change:
    """The change that `"name": sent` asks for; raises `Broken`."""
    field = STANDARD_FIELDS[name]
    if sent is None and field.nullable:
        return None
    try:
        change = field.read(sent)
    except Broken as broken:
        raise Broken(broken.rule, field=name) from None
    decide = _DECIDED.get(name)
    return change if decide is None else decide(change, reading)


def _decide_phone(change: Change, reading: Reading) -> Change:
    if not isinstance(change, str) or is_phone(change):
        return change
    if reading.decisions.phone_invalid == "store":
        reading.note(ObjectRule.PHONE_UNSENDABLE)
        return change
    ignored = reading.decisions.phone_invalid == "ignore"
    raise Broken(ObjectRule.PHONE_UNSENDABLE if ignored else ObjectRule.PHONE_IDENTIFIER_INVALID)


def _decide_email(change: Change, reading: Reading) -> Change:
    lower = reading.decisions.email_case == "lower" and isinstance(change, str)
    return str(change).lower() if lower else change


def _decide_groups(change: Change, reading: Reading) -> Change:
    if reading.dashboard is not None and isinstance(change, GroupStates):
        for group_id in change.states:
            check_group(group_id, reading.dashboard)
    return change


def check_group(group_id: str, dashboard: Dashboard) -> SubscriptionGroup:
    """The group that has the id; raises `Broken`."""
    group = dashboard.group(group_id)
    if group is None:
        raise Broken(ObjectRule.SUBSCRIPTION_GROUP_ID_INVALID)
    return group


_DECIDED: dict[str, Callable[[Change, Reading], Change]] = {
    "email": _decide_email,
    "phone": _decide_phone,
    "subscription_groups": _decide_groups,
}


def read_email(sent: object) -> str:
    """An e-mail address, as sent."""
    if not isinstance(sent, str) or len(sent) > MAX_CHARS or not _EMAIL.fullmatch(sent):
        raise Broken(ObjectRule.EMAIL_INVALID)
    return sent


def read_group_state(sent: object) -> tuple[str, str]:
    """A group's id and the state that somebody is to have in it; raises `Broken`."""
    if not isinstance(sent, dict):
        raise Broken(ObjectRule.SUBSCRIPTION_GROUP_NOT_OBJECT)
    state = sent.get("subscription_state")
    if state not in ("subscribed", "unsubscribed"):
        raise Broken(ObjectRule.SUBSCRIPTION_GROUP_STATE_INVALID)
    return read_group_id(sent.get("subscription_group_id")), state


def read_group_id(sent: object) -> str:
    """A group's id in the form in which it is kept; raises `Broken`."""
    try:
        return str(UUID(sent if isinstance(sent, str) else ""))
    except ValueError:
        raise Broken(ObjectRule.SUBSCRIPTION_GROUP_ID_INVALID) from None


def is_phone(text: str) -> bool:
    """Whether `text` can be a phone number: 7 to 15 digits, spaced as people do."""
    return bool(_PHONE.fullmatch(text))


def _text(sent: object) -> str:
    if not isinstance(sent, str):
        raise Broken(ObjectRule.STANDARD_TYPE_WRONG)
    if len(sent) > MAX_CHARS:
        raise Broken(ObjectRule.STRING_TOO_LONG)
    return sent


def _flag(sent: object) -> bool:
    if not isinstance(sent, bool):
        raise Broken(ObjectRule.STANDARD_TYPE_WRONG)
    return sent


def _dob(sent: object) -> str:
    text = _text(sent)
    try:
        return date.fromisoformat(text if _DOB.fullmatch(text) else "").isoformat()
    except ValueError:
        raise Broken(ObjectRule.DOB_INVALID) from None


def _gender(sent: object) -> str:
    if sent not in {"M", "F", "O", "N", "P"}:
        raise Broken(ObjectRule.GENDER_INVALID)
    return str(sent)


def _country(sent: object) -> str:
    code = country_code(sent) if isinstance(sent, str) else None
    if code is None:
        raise Broken(ObjectRule.COUNTRY_UNMAPPED)
    return code


def _language(sent: object) -> str:
    if not isinstance(sent, str) or sent.lower() not in LANGUAGES:
        raise Broken(ObjectRule.LANGUAGE_UNKNOWN)
    return sent.lower()


def _time_zone(sent: object) -> str:
    if not isinstance(sent, str) or not is_time_zone(sent):
        raise Broken(ObjectRule.TIME_ZONE_UNKNOWN)
    return sent


def _subscription(sent: object) -> str:
    if sent not in ("opted_in", "subscribed", "unsubscribed"):
        raise Broken(ObjectRule.SUBSCRIPTION_STATE_INVALID)
    return str(sent)


def _location(sent: object) -> Stored:
    if not isinstance(sent, dict):
        raise Broken(ObjectRule.LOCATION_INVALID)
    return {
        "longitude": _degrees(sent.get("longitude"), 180),
        "latitude": _degrees(sent.get("latitude"), 90),
    }


def _degrees(sent: object, bound: int) -> float:
    if isinstance(sent, bool) or not isinstance(sent, int | float) or abs(sent) > bound:
        raise Broken(ObjectRule.LOCATION_INVALID)
    return float(sent)


def _moment(sent: object) -> Stored:
    moment = read_time(sent) if isinstance(sent, str) else None
    if moment is None:
        raise Broken(ObjectRule.SESSION_TIME_INVALID)
    return moment


def _network(sent: object) -> Stored:
    if not isinstance(sent, dict):
        raise Broken(ObjectRule.STANDARD_TYPE_WRONG)
    return read_object(sent)


def _forbidden(_: object) -> Change:
    raise Broken(ObjectRule.EMAIL_SUBSCRIPTION_INFO_FORBIDDEN)


def _subscription_groups(sent: object) -> GroupStates:
    if not isinstance(sent, list):
        raise Broken(ObjectRule.SUBSCRIPTION_GROUPS_NOT_ARRAY)
    return GroupStates(states=dict(map(read_group_state, sent)))


def _push_tokens(sent: object) -> PushTokens:
    if not isinstance(sent, list):
        raise Broken(ObjectRule.PUSH_TOKENS_INVALID)
    return PushTokens(tokens=tuple(map(_push_token, sent)))


def _push_token(sent: object) -> dict[str, Stored]:
    if not isinstance(sent, dict):
        raise Broken(ObjectRule.PUSH_TOKENS_INVALID)
    token = {key: sent[key] for key in ("app_id", "token", "device_id") if key in sent}
    for key, rule in _OF_PUSH_TOKEN.items():
        if not isinstance(token.get(key), str) or not token[key]:
            raise Broken(rule)
    if "device_id" in token and not _is_device_id(token["device_id"]):
        raise Broken(ObjectRule.PUSH_DEVICE_ID_INVALID)
    return token


_OF_PUSH_TOKEN = {
    "app_id": ObjectRule.PUSH_TOKEN_APP_ID_INVALID,
    "token": ObjectRule.PUSH_TOKEN_STRING_INVALID,
}


def _is_device_id(sent: object) -> bool:
    return isinstance(sent, str) and len(sent.encode()) in DEVICE_ID_BYTES


STANDARD_FIELDS: dict[str, StandardField] = {
    "first_name": StandardField(read=_text, billable=True),
    "last_name": StandardField(read=_text, billable=True),
    "email": StandardField(read=read_email, billable=True),
    "phone": StandardField(read=_text, billable=True),
    "dob": StandardField(read=_dob, billable=True),
    "gender": StandardField(read=_gender, billable=True),
    "home_city": StandardField(read=_text, billable=True),
    "country": StandardField(read=_country, billable=True),
    "language": StandardField(read=_language, billable=True),
    "time_zone": StandardField(read=_time_zone, billable=True),
    "current_location": StandardField(read=_location, billable=True),
    "email_subscribe": StandardField(read=_subscription, nullable=False),
    "push_subscribe": StandardField(read=_subscription, nullable=False),
    "email_open_tracking_disabled": StandardField(read=_flag),
    "email_click_tracking_disabled": StandardField(read=_flag),
    "date_of_first_session": StandardField(read=_moment),
    "date_of_last_session": StandardField(read=_moment),
    "marked_email_as_spam_at": StandardField(read=_moment),
    "facebook": StandardField(read=_network),
    "twitter": StandardField(read=_network),
    "subscription_groups": StandardField(read=_subscription_groups, nullable=False),
    "push_tokens": StandardField(read=_push_tokens, nullable=False),
    "email_subscription_info": StandardField(read=_forbidden, nullable=False),
}
