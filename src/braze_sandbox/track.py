"""POST /users/track: read the three arrays, accept what is valid, say what is not."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from braze_sandbox.call import Call
from braze_sandbox.custom_attributes import read_custom_attribute
from braze_sandbox.events import Event, Purchase, read_event, read_purchase
from braze_sandbox.identifiers import PRIMARY, Identifier, Kind, read_identifier
from braze_sandbox.limits import Contract
from braze_sandbox.request_log import ARRAYS
from braze_sandbox.rules import Broken, Rule, Verdict
from braze_sandbox.standard_fields import STANDARD_FIELDS, read_standard_field
from braze_sandbox.values import Change
from braze_sandbox.web import Answer
from braze_sandbox.workspace import Operation

MAX_OBJECTS = 75
"""Attributes, events and purchases together; under legacy limits of each."""

Payload = Mapping[str, Change] | Event | Purchase
Sent = Mapping[str, object]
Read = Callable[[Sent, datetime, list[str], Counter[Rule]], Payload | None]

_DIRECTIVES = frozenset({*PRIMARY, "_update_existing_only", "_merge_objects", "push_token_import"})


def track(call: Call) -> Answer:
    """Answer once everything is validated; what was accepted is applied when it settles."""
    entry = call.entry
    arrays = {name: sent for name in ARRAYS if isinstance(sent := call.body.get(name), list)}
    entry.objects.update({name: len(sent) for name, sent in arrays.items()})
    each = call.account.contract is Contract.LEGACY
    most = max(entry.objects.values(), default=0) if each else entry.objects.total()
    if most > MAX_OBJECTS:
        raise Broken(Rule.TOO_MANY_OBJECTS)
    operations = list(_read_arrays(arrays, call))
    call.silence()
    if not operations:
        raise Broken(Rule.NOTHING_VALID)
    call.settle(operations)
    processed = {f"{name}_processed": entry.accepted[name] for name in arrays}
    errors = {"errors": entry.errors} if entry.errors else {}
    return Answer(status=201, content={"message": "success", **processed, **errors})


def _read_arrays(arrays: dict[str, list[Any]], call: Call) -> Iterator[Operation]:
    """The operations of all valid objects, in Braze's order; errors go into the log's entry."""
    for name, items in arrays.items():
        for index, sent in enumerate(items):
            refused: list[str] = []
            operation = _read(sent, name, call, refused)
            if operation is not None:
                call.entry.accepted[name] += 1
                yield operation
            call.entry.errors += [
                {"type": sentence, "input_array": name, "index": index} for sentence in refused
            ]


def _read(sent: object, array: str, call: Call, refused: list[str]) -> Operation | None:
    """One object; None when a sentence has been added to `refused`."""
    if not isinstance(sent, dict):
        refused.append(Rule.OBJECT_NOT_AN_OBJECT.sentence.format(field=array))
        return None
    identifier = _read_identifier(sent, call, refused)
    silent: Counter[Rule] = Counter()
    payload = READERS[array](sent, call.entry.at, refused, silent)
    if identifier is None or payload is None or refused:
        return None
    call.entry.silent += silent
    if isinstance(payload, Mapping):
        own = identifier.kind.value
        payload = {name: change for name, change in payload.items() if name != own}
    return Operation(identifier=identifier, create=_creates(sent, identifier), payload=payload)


def _read_identifier(sent: Sent, call: Call, refused: list[str]) -> Identifier | None:
    try:
        return read_identifier(sent, call.blocked_external_ids)
    except Broken as broken:
        refused.append(broken.sentence)
        return None


def _creates(sent: Sent, identifier: Identifier) -> bool:
    """Whether an unknown user is to be made: for an alias only when it is said so."""
    update_only = sent.get("_update_existing_only")
    if identifier.kind is Kind.USER_ALIAS:
        return update_only is False
    return update_only is not True


def _read_attributes(
    sent: Sent, _: datetime, refused: list[str], silent: Counter[Rule]
) -> dict[str, Change]:
    """The changes an attributes object asks for, by field."""
    merge_objects = sent.get("_merge_objects") is True
    changes: dict[str, Change] = {}
    for name, value in sent.items():
        if name in _DIRECTIVES:
            continue
        try:
            if name in STANDARD_FIELDS:
                changes[name] = read_standard_field(name, value, silent)
            else:
                changes[name] = read_custom_attribute(
                    name, value, merge_objects=merge_objects, silent=silent
                )
        except Broken as broken:
            _follow(broken, name, changes, refused, silent)
    return changes


def _follow(
    broken: Broken,
    name: str,
    changes: dict[str, Change],
    refused: list[str],
    silent: Counter[Rule],
) -> None:
    """Do with a bad field what the verdict of the rule says."""
    if broken.rule.verdict is Verdict.OBJECT_REFUSED:
        if broken.sentence not in refused:
            refused.append(broken.sentence)
        return
    silent[broken.rule] += 1
    if broken.rule.verdict is Verdict.FIELD_CLEARED:
        changes[name] = None


READERS: dict[str, Read] = {
    "attributes": _read_attributes,
    "events": read_event,
    "purchases": read_purchase,
}
