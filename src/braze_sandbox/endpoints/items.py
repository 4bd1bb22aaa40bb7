"""The lists that endpoints take: up to 50 objects, refused as a whole or one by one."""

from collections.abc import Mapping

from braze_sandbox.call import Call
from braze_sandbox.rules import Broken, IdentityRule, Rule

MAX_ITEMS = 50


def read_items(call: Call, key: str, invalid: Rule) -> list[Mapping[str, object]]:
    """The objects under `key`; raises `Broken` with `invalid` when they are none."""
    items = call.body.get(key)
    if not isinstance(items, list) or not items:
        raise Broken(invalid)
    if len(items) > MAX_ITEMS:
        raise Broken(IdentityRule.TOO_MANY_IDENTITY_ITEMS)
    if not all(isinstance(item, dict) for item in items):
        raise Broken(invalid)
    return items


def refuse_item(call: Call, broken: Broken, array: str, index: int) -> None:
    """Refuse one object of a list, in the form that errors of objects have."""
    decided = call.decisions.error_type
    reason = broken.rule.code if decided == "code" else broken.sentence
    call.entry.errors.append(
        reason if decided == "plain" else {"type": reason, "input_array": array, "index": index}
    )


def text_of(item: Mapping[str, object], key: str, rule: Rule) -> str:
    """A text that must not be empty; raises `Broken`."""
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise Broken(rule, field=key)
    return value


def errors_of(call: Call) -> dict[str, object]:
    """The refused objects, as the answer tells of them."""
    return {"errors": call.entry.errors} if call.entry.errors else {}
