"""POST /users/track: read the three arrays, accept what is valid, say what is not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from braze_sandbox.call import Call
from braze_sandbox.custom_attributes import read_custom_attribute
from braze_sandbox.endpoints.items import errors_of
from braze_sandbox.events import Event, Purchase, read_event, read_purchase
from braze_sandbox.identifiers import PRIMARY, Identifier, Kind, read_identifier
from braze_sandbox.limits import Contract
from braze_sandbox.nested import is_nested
from braze_sandbox.reading import Reading
from braze_sandbox.request_log import ARRAYS
from braze_sandbox.rules import Broken, ObjectRule, RequestRule, Verdict
from braze_sandbox.standard_fields import STANDARD_FIELDS, read_standard_field
from braze_sandbox.values import Change
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Operation

MAX_OBJECTS = 75
"""Attributes, events and purchases together; under legacy limits of each."""

Arrays = Mapping[str, list[Any]]
Accepted = dict[str, list[Operation]]
"""The operations of the valid objects, by array."""
Payload = Mapping[str, Change] | Event | Purchase
Sent = Mapping[str, object]
Read = Callable[[Sent, Reading], Payload | None]

DIRECTIVES = frozenset({*PRIMARY, "_update_existing_only", "_merge_objects", "push_token_import"})


def track(call: Call) -> Answer:
    """Answer once everything is validated; what was accepted is applied when it settles."""
    arrays = arrays_of(call)
    sizes = list(map(len, arrays.values()))
    each = call.account.contract is Contract.LEGACY
    if (max(sizes, default=0) if each else sum(sizes)) > MAX_OBJECTS:
        raise Broken(RequestRule.TOO_MANY_OBJECTS)
    accepted = accept(arrays, call)
    call.settle(all_of(accepted))
    return processed(accepted, call)


def arrays_of(call: Call) -> Arrays:
    """The arrays of the body; how many objects they hold goes into the log's entry."""
    arrays = {name: sent for name in ARRAYS if isinstance(sent := call.body.get(name), list)}
    call.entry.objects.update({name: len(sent) for name, sent in arrays.items()})
    return arrays


def accept(arrays: Arrays, call: Call) -> Accepted:
    """What is valid of them; raises `Broken` when nothing is."""
    read = {name: list(_read_array(name, items, call)) for name, items in arrays.items()}
    call.silence()
    if not any(read.values()):
        raise Broken(RequestRule.NOTHING_VALID)
    return read


def all_of(accepted: Accepted) -> list[Operation]:
    """The operations in their order: attributes, then events, then purchases."""
    return [operation for several in accepted.values() for operation in several]


def processed(accepted: Accepted, call: Call) -> Answer:
    """201, and how much of each array was accepted."""
    counts = {f"{name}_processed": _processed(some, call) for name, some in accepted.items()}
    return Answer(status=201, content={"message": "success", **counts, **errors_of(call)})


def _read_array(name: str, items: list[Any], call: Call) -> Iterator[Operation]:
    """The operations of all valid objects; errors go into the log's entry."""
    plain = call.decisions.error_type == "plain"
    for index, sent in enumerate(items):
        reading = call.reading()
        operation = _read(sent, name, call, reading)
        if operation is not None:
            call.entry.accepted[name] += 1
            yield operation
        call.entry.errors += [
            reason if plain else {"type": reason, "input_array": name, "index": index}
            for reason in reading.refused
        ]


def _processed(accepted: list[Operation], call: Call) -> int:
    """What the answer counts."""
    if call.decisions.update_only_miss == "not_counted":
        find = call.workspace.profiles.find
        accepted = [one for one in accepted if one.create or find(one.identifier) is not None]
    if call.decisions.processed == "users":
        return len({operation.identifier for operation in accepted})
    return len(accepted)


def _read(sent: object, array: str, call: Call, reading: Reading) -> Operation | None:
    """One object; None when it is refused."""
    if not isinstance(sent, dict):
        reading.refuse(Broken(ObjectRule.OBJECT_NOT_AN_OBJECT, field=array))
        return None
    identifier = _read_identifier(sent, call, reading)
    payload = READERS[array](sent, reading)
    if identifier is None or reading.refused:
        return None
    call.entry.silent += reading.silent
    if isinstance(payload, Mapping):
        own = identifier.kind.value
        payload = {name: change for name, change in payload.items() if name != own}
    create = _creates(sent, identifier, array, reading)
    return Operation(identifier=identifier, create=create, payload=payload)


def _read_identifier(sent: Sent, call: Call, reading: Reading) -> Identifier | None:
    try:
        identifier = read_identifier(sent, call.blocked_external_ids)
        if reading.decisions.braze_id_unknown == "refuse" and identifier.kind is Kind.BRAZE_ID:
            _check_known(identifier, call)
    except Broken as broken:
        reading.refuse(broken)
        return None
    return identifier


def _check_known(identifier: Identifier, call: Call) -> None:
    if call.workspace.profiles.find(identifier) is None:
        raise Broken(ObjectRule.BRAZE_ID_INVALID)


def _creates(sent: Sent, identifier: Identifier, array: str, reading: Reading) -> bool:
    """Whether an unknown user is to be made: for an alias only when it is said so."""
    update_only = sent.get("_update_existing_only")
    if identifier.kind is Kind.USER_ALIAS:
        allowed = array == "attributes" or reading.decisions.alias_of_event == "creates"
        return allowed and update_only is False
    return update_only is not True


def _read_attributes(sent: Sent, reading: Reading) -> dict[str, Change]:
    """The changes an attributes object asks for, by field."""
    merge_objects = sent.get("_merge_objects") is True
    changes: dict[str, Change] = {}
    for name, value in sent.items():
        if name in DIRECTIVES:
            continue
        try:
            if name in STANDARD_FIELDS:
                changes[name] = read_standard_field(name, value, reading)
            else:
                changes[name] = read_custom_attribute(
                    name, value, reading, merge_objects=merge_objects
                )
        except Broken as broken:
            _follow(broken, name, changes, reading)
    if ObjectRule.NESTED_INVALID in reading.silent and reading.decisions.nested_invalid == "object":
        return {name: change for name, change in changes.items() if not is_nested(change)}
    return changes


def _follow(broken: Broken, name: str, changes: dict[str, Change], reading: Reading) -> None:
    """Do with a bad field what the verdict of the rule says."""
    if broken.rule.verdict is Verdict.OBJECT_REFUSED:
        reading.refuse(broken)
        return
    reading.note(broken.rule)
    if broken.rule.verdict is Verdict.FIELD_CLEARED:
        changes[name] = None


READERS: dict[str, Read] = {
    "attributes": _read_attributes,
    "events": read_event,
    "purchases": read_purchase,
}
