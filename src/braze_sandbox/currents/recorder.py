"""What was applied, told as Currents' events."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

import orjson

from braze_sandbox.currents.export import Export
from braze_sandbox.events import Event, Purchase
from braze_sandbox.profiles import Profile
from braze_sandbox.standard_fields import STANDARD_FIELDS
from braze_sandbox.values import Stored, same, show

APP_GROUP_ID = "5f0000000000000000000002"
WORDS = {
    "opted_in": "Opted In",
    "subscribed": "Subscribed",
    "unsubscribed": "Unsubscribed",
}
_STATES = {"email_subscribe": "email", "push_subscribe": "push"}
_UPDATED = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email_address",
    "phone": "phone_number",
    "home_city": "home_city",
    "gender": "gender",
    "country": "country",
    "language": "language",
    "time_zone": "timezone",
}
"""The event's name of each standard field that a profile's update tells."""

Told = tuple[str, Mapping[str, object]]
Values = Mapping[str, Stored]


class Recorder:
    """Writes to the export what happened to profiles."""

    def __init__(self, export: Export, make_id: Callable[[], UUID]) -> None:
        self._export = export
        self._make_id = make_id

    def event(self, profile: Profile, event: Event) -> None:
        """A custom event; its properties are JSON in a text."""
        own = {"name": event.name, "properties": _json(event.properties)}
        kind = "users.behaviors.CustomEvent"
        self._export.take([(kind, self.person(profile, event.time) | own)])

    def purchase(self, profile: Profile, purchase: Purchase) -> None:
        """As many purchases as the quantity says: the event has no field for it."""
        own = {
            "product_id": purchase.product_id,
            "price": purchase.price,
            "currency": purchase.currency,
            "properties": _json(purchase.properties),
        }
        kind = "users.behaviors.Purchase"
        self._export.take(
            (kind, self.person(profile, purchase.time) | own) for _ in range(purchase.quantity)
        )

    def changed(self, profile: Profile, before: Values, at: datetime) -> None:
        """Values that are not as before: an update, and a change for each subscription."""
        after = profile.values
        names = {n for n in {*before, *after} if not same(before.get(n), after.get(n))}
        self._export.take(self._changes(profile, before, names, at))

    def deleted(self, profile: Profile, at: datetime) -> None:
        """A user who is gone; the event does not tell the external id."""
        fields = self.person(profile, at)
        del fields["external_user_id"]
        self._export.take([("users.UserDeleteRequest", fields)])

    def orphaned(self, gone: Profile, kept: Profile, at: datetime) -> None:
        """A user who became a part of another one."""
        own = {"orphaned_by_id": kept.braze_id}
        self._export.take([("users.UserOrphan", self.person(gone, at) | own)])

    def person(self, profile: Profile, at: datetime) -> dict[str, object]:
        """What nearly every event holds, under a new id."""
        return {
            "id": str(self._make_id()),
            "user_id": profile.braze_id,
            "external_user_id": profile.external_id,
            "time": int(at.timestamp()),
            "app_group_id": APP_GROUP_ID,
        }

    def _changes(
        self, profile: Profile, before: Values, names: set[str], at: datetime
    ) -> Iterator[Told]:
        email = profile.values.get("email")
        for name in sorted(names & _STATES.keys()):
            yield (
                "users.behaviors.subscription.GlobalStateChange",
                self.person(profile, at)
                | {
                    "email_address": email,
                    "state_change_source": "REST API",
                    "subscription_status": _word(profile.values.get(name)),
                    "channel": _STATES[name],
                },
            )
        for group, state in _joined(before, profile.values):
            yield (
                "users.behaviors.subscriptiongroup.StateChange",
                self.person(profile, at)
                | {
                    "email_address": email,
                    "phone_number": profile.values.get("phone"),
                    "subscription_group_id": group,
                    "subscription_status": _word(state),
                    "state_change_source": "REST API",
                },
            )
        if own := _update(profile.values, names):
            times = {"time_ms": int(at.timestamp() * 1000), "update_source": "REST"}
            yield "users.profile.Update", self.person(profile, at) | own | times


def _update(values: Values, names: set[str]) -> dict[str, object]:
    """The changed fields under the event's names; a date of birth is a time there."""
    own: dict[str, object] = {_UPDATED[n]: values.get(n) for n in names & _UPDATED.keys()}
    if "dob" in names:
        dob = values.get("dob")
        own["dob"] = None if dob is None else f"{dob}T00:00:00.000+00:00"
    custom = sorted(names - STANDARD_FIELDS.keys())
    if custom:
        shown = {n: show(values[n]) if n in values else None for n in custom}
        own["custom_attributes"] = _json(shown)
    return own


def _joined(before: Values, after: Values) -> Iterator[tuple[str, object]]:
    old, new = before.get("subscription_groups"), after.get("subscription_groups")
    known = old if isinstance(old, dict) else {}
    for group, state in new.items() if isinstance(new, dict) else ():
        if known.get(group) != state:
            yield group, state


def _word(state: object) -> str:
    return WORDS.get(str(state), str(state))


def _json(value: Mapping[str, object]) -> str:
    return orjson.dumps(value).decode()
