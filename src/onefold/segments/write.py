"""A rule tree to YAML data: what the visual builder writes, key for key what `parse_rules` read."""

from __future__ import annotations

from onefold.segments.rules import (
    All,
    Any,
    AnyRowOf,
    Condition,
    InList,
    InSegment,
    Not,
    Purchased,
    Rule,
)

__all__ = ["to_data"]


def to_data(rule: Rule) -> dict[str, object]:  # noqa: PLR0911 - one return a kind of node
    """Write a rule as plain data; `parse_rules` reads the same rule from it.

    Data that used a synonym of an operator comes back in the operator's own spelling.
    """
    match rule:
        case All(rules=rules):
            return {"all": [to_data(inner) for inner in rules]}
        case Any(rules=rules):
            return {"any": [to_data(inner) for inner in rules]}
        case Not(rule=inner):
            return {"not": to_data(inner)}
        case Condition():
            return _condition(rule)
        case AnyRowOf(table=table, where=All(rules=rules)):
            return {"any_row_of": table, "where": [to_data(inner) for inner in rules]}
        case AnyRowOf(table=table, where=where):
            return {"any_row_of": table, "where": to_data(where)}
        case InSegment(segment=name):
            return {"in_segment": name}
        case InList(list=name):
            return {"in_list": name}
        case Purchased():
            return {"purchased": _purchased(rule)}


def _condition(rule: Condition) -> dict[str, object]:
    data: dict[str, object] = {"field": rule.field, "op": rule.op.name}
    if rule.value is not None:
        data["value"] = _plain(rule.value)
    return data


def _purchased(rule: Purchased) -> dict[str, object]:
    data = {key: _plain(value) for key, value in rule.filters}
    if rule.within is not None:
        data["within"] = str(rule.within)
    least = {"orders": rule.orders, "revenue": rule.revenue}
    least = {key: value for key, value in least.items() if value is not None}
    return data | ({"at_least": least} if least else {})


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
