"""POST /users/track/sync: one object, applied before the answer, which says what is stored."""

from collections.abc import Callable, Mapping

from braze_sandbox.call import Call
from braze_sandbox.endpoints.track import DIRECTIVES, Sent, accept, all_of, arrays_of
from braze_sandbox.identifiers import Kind
from braze_sandbox.profiles import Profile, Tally
from braze_sandbox.rules import Broken, VariantRule
from braze_sandbox.showing import custom_attributes, show_tallies
from braze_sandbox.standard_fields import STANDARD_FIELDS
from braze_sandbox.web import Answer


def track_sync(call: Call) -> Answer:
    """The user with what the object was about, as it is now; nobody when there is none."""
    arrays = arrays_of(call)
    if sum(map(len, arrays.values())) != 1:
        raise Broken(VariantRule.NOT_ONE_OBJECT)
    (operation,) = all_of(accept(arrays, call))
    call.workspace.apply([operation], call.entry)
    profile = call.workspace.profiles.find(operation.identifier)
    ((array, sent),) = ((name, one) for name, several in arrays.items() for one in several)
    users: list[object] = []
    if profile is not None:
        kind = operation.identifier.kind
        named = {} if kind is Kind.ANONYMOUS else {kind.value: sent[kind.value]}
        users.append(named | _SHOWN[array](sent, profile))
    return Answer(status=201, content={"users": users, "message": "success"})


def _attributes(sent: Sent, profile: Profile) -> dict[str, object]:
    """The custom attributes that were sent; null: not set."""
    held = custom_attributes(profile)
    names = [name for name in sent if name not in STANDARD_FIELDS and name not in DIRECTIVES]
    return {"custom_attributes": {name: held.get(name) for name in names}} if names else {}


def _events(sent: Sent, profile: Profile) -> dict[str, object]:
    return {"custom_events": show_tallies("name", _only(profile.events, sent["name"]))}


def _purchases(sent: Sent, profile: Profile) -> dict[str, object]:
    bought = _only(profile.purchases, sent["product_id"])
    return {"purchase_events": show_tallies("product_id", bought)}


def _only(tallies: Mapping[str, Tally] | None, name: object) -> dict[str, Tally]:
    return {key: tally for key, tally in (tallies or {}).items() if key == name}


_SHOWN: dict[str, Callable[[Sent, Profile], dict[str, object]]] = {
    "attributes": _attributes,
    "events": _events,
    "purchases": _purchases,
}
