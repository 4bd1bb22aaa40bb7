"""POST /users/export/ids: profiles by identifier, with the fields asked for.

What is told of a profile, exports of segments tell as well.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from braze_sandbox.call import Call
from braze_sandbox.identifiers import Identifier, Kind, read_alias
from braze_sandbox.limits import Account, Bucket
from braze_sandbox.profiles import Profile, Tally
from braze_sandbox.rules import Broken, RequestRule
from braze_sandbox.showing import custom_attributes, show_aliases, show_tallies
from braze_sandbox.values import show
from braze_sandbox.web import Answer

MAX_IDS = 50
TOLD_OF = timedelta(days=90)
"""How long events and purchases are told of."""

_SINGLE = {"braze_id": Kind.BRAZE_ID, "email_address": Kind.EMAIL, "phone": Kind.PHONE}
_EMPTY: tuple[object, ...] = (None, [], {})
_NEVER_SET = frozenset({"apps", "attributed_ad", "attributed_adgroup", "attributed_campaign"}) | {
    *("attributed_source", "campaigns_received", "canvases_received", "cards_clicked", "devices"),
    "uninstalled_at",
}
"""Documented fields that nothing in a sandbox fills."""


_RECEIVED = frozenset({"campaigns_received", "canvases_received"})
"""Fields that make an export dear."""


def bucket_of_export(body: Mapping[str, object], account: Account) -> Bucket:
    """A narrow export may be asked for more often, but by old accounts."""
    fields = body.get("fields_to_export")
    narrow = (
        isinstance(fields, list) and bool(fields) and not _RECEIVED.intersection(map(str, fields))
    )
    return Bucket.EXPORT_IDS_FIELDS if narrow and not account.is_old else Bucket.EXPORT_IDS


def export_ids(call: Call) -> Answer:
    """The profiles found, each once, and the external ids that nobody has."""
    whole = call.account.is_old and "fields_to_export" not in call.body
    fields = EXPORT_FIELDS if whole else read_fields(call)
    identifiers = _identifiers(call.body)
    found: dict[int, Profile] = {}
    unknown: list[str] = []
    for identifier in identifiers:
        profiles = call.workspace.profiles.find_all(identifier)
        found.update({profile.number: profile for profile in profiles})
        if not profiles and identifier.kind is Kind.EXTERNAL_ID:
            unknown.append(str(identifier.value))
    device = call.body.get("device_id")
    found.update((one.number, one) for one in call.workspace.profiles.with_device(device))
    users = [exported(profile, fields, call.entry.at) for profile in found.values()]
    invalid = {"invalid_user_ids": unknown} if unknown else {}
    return Answer(status=200, content={"message": "success", "users": users, **invalid})


def read_fields(call: Call) -> list[str]:
    """The names of the fields asked for; raises `Broken`."""
    sent = call.body.get("fields_to_export")
    if not isinstance(sent, list) or not sent:
        raise Broken(RequestRule.EXPORT_FIELDS_MISSING)
    for field in sent:
        if field not in EXPORT_FIELDS:
            raise Broken(RequestRule.EXPORT_FIELD_UNKNOWN, field=str(field))
    return sent


def _identifiers(body: Mapping[str, object]) -> list[Identifier]:
    external_ids, aliases = body.get("external_ids", []), body.get("user_aliases", [])
    singles = [key for key in (*_SINGLE, "device_id") if key in body]
    if not isinstance(external_ids, list) or not isinstance(aliases, list) or len(singles) > 1:
        raise Broken(RequestRule.EXPORT_IDENTIFIERS_INVALID)
    if max(len(external_ids), len(aliases)) > MAX_IDS:
        raise Broken(RequestRule.TOO_MANY_EXPORT_IDS)
    identifiers = [Identifier(Kind.EXTERNAL_ID, str(external_id)) for external_id in external_ids]
    identifiers += [_alias(alias) for alias in aliases]
    identifiers += [Identifier(_SINGLE[key], str(body[key])) for key in singles if key in _SINGLE]
    if not identifiers and not singles:
        raise Broken(RequestRule.EXPORT_IDENTIFIERS_INVALID)
    return identifiers


def _alias(sent: object) -> Identifier:
    try:
        return Identifier(Kind.USER_ALIAS, read_alias(sent))
    except Broken:
        raise Broken(RequestRule.EXPORT_IDENTIFIERS_INVALID) from None


def exported(profile: Profile, fields: Iterable[str], now: datetime) -> dict[str, object]:
    """The fields that hold something; Braze leaves the others out.

    Events and purchases are those that happened in the last 90 days, if only once; their first
    time and their count are of all times.
    """
    values = ((field, _value(profile, field, now)) for field in fields)
    return {name: value for name, value in values if value not in _EMPTY}


def _value(profile: Profile, field: str, now: datetime) -> object:
    if field in _TALLIES:
        tallies = _TALLIES[field](profile) or {}
        lately = {key: one for key, one in tallies.items() if one.last >= now - TOLD_OF}
        return show_tallies("name", lately)
    return _EXPORTERS[field](profile) if field in _EXPORTERS else None


def _created_at(profile: Profile) -> object:
    moment: datetime = profile.created_at
    return moment.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00") + " UTC"


def _last_coordinates(profile: Profile) -> object:
    location = profile.values.get("current_location")
    if not isinstance(location, dict):
        return None
    return [location["longitude"], location["latitude"]]


def _standard(field: str) -> Callable[[Profile], object]:
    def export(profile: Profile) -> object:
        value = profile.values.get(field)
        return None if value is None else show(value)

    return export


_TALLIES: dict[str, Callable[[Profile], Mapping[str, Tally] | None]] = {
    "custom_events": lambda profile: profile.events,
    "purchases": lambda profile: profile.purchases,
}
_EXPORTERS: dict[str, Callable[[Profile], object]] = {
    "braze_id": lambda profile: profile.braze_id,
    "created_at": _created_at,
    "custom_attributes": custom_attributes,
    "external_id": lambda profile: profile.external_id,
    "last_coordinates": _last_coordinates,
    "random_bucket": lambda profile: profile.random_bucket,
    "total_revenue": lambda profile: profile.revenue or None,
    "user_aliases": lambda profile: show_aliases(profile.aliases),
    **{
        field: _standard(field)
        for field in (
            *("country", "dob", "email", "email_subscribe", "first_name", "gender", "home_city"),
            *("language", "last_name", "phone", "push_subscribe", "push_tokens", "time_zone"),
        )
    },
}
EXPORT_FIELDS = sorted(_EXPORTERS.keys() | _TALLIES.keys() | _NEVER_SET)
"""All that can be asked for."""
