"""YAML data to a rule tree: every key known, every value of the shape that its operator takes.

What needs the tables (does the column exist, is the value of its type) is checked at compiling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from onefold.segments.operators import OPERATORS, Operator, Takes, find_operator
from onefold.segments.parse_purchased import parse_purchased
from onefold.segments.refusals import Path, RuleError, UnknownRuleKey, near
from onefold.segments.rules import (
    All,
    Any,
    AnyRowOf,
    Condition,
    InList,
    InSegment,
    Not,
    Rule,
    Value,
)
from onefold.segments.shapes import (
    is_listed,
    mapping,
    refuse_unknown,
    scalar,
    scalars,
    sequence,
    shown,
    text_of,
)

__all__ = ["RULE_KEYS", "parse_rules"]

MAX_DEPTH = 40  # nobody reads deeper; also keeps recursion within Python's stack


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reader stands: how deep, and whether about a person or about one row."""

    depth: int = 0
    in_row: bool = False


def parse_rules(data: object, *, path: Path = ()) -> Rule:
    """Read a rule tree from plain data, as a YAML loader or a JSON body gives it.

    Args:
        data: mappings, lists and scalars; the scalars may be a YAML library's subclasses.
        path: what leads to `data` in its file; errors carry it in front of their own path.

    Raises:
        RuleError: with the path to the guilty key or item.
    """
    return _rule(data, path, _Place())


def _rule(data: object, path: Path, place: _Place) -> Rule:
    if place.depth > MAX_DEPTH:
        raise RuleError(
            f"rules nest deeper than {MAX_DEPTH}",
            path=path,
            hint="make a part of it a segment of its own, and write in_segment",
        )
    rule = mapping(data, path, "a rule")
    head = _head(rule, path)
    refuse_unknown(rule, _KEYS[head], path, f"a rule with {head!r}")
    if place.in_row and head not in _ROW_HEADS:
        raise RuleError(
            f"{head!r} is about a person, and inside any_row_of everything is about one row",
            path=(*path, head),
            hint="move it beside any_row_of, under one `all:`",
        )
    return _READERS[head](rule, path, replace(place, depth=place.depth + 1))


def _head(rule: Mapping[str, object], path: Path) -> str:
    """Find the key that says what kind of rule this is."""
    heads = [key for key in rule if key in _READERS]
    if len(heads) > 1:
        raise RuleError(
            f"{heads[0]!r} and {heads[1]!r} stand side by side: must both hold, or is one enough?",
            path=(*path, heads[1]),
            hint="put both under one `all:` (both must hold) or one `any:` (one is enough)",
        )
    if heads:
        return heads[0]
    known = ", ".join(_READERS)
    for key in rule:
        message = f"{key!r} is not a kind of rule{near(key, _READERS)}"
        raise UnknownRuleKey(message, path=(*path, key), hint=f"kinds: {known}")
    raise RuleError("a rule is missing here", path=path, hint=f"kinds: {known}")


def _all(rule: Mapping[str, object], path: Path, place: _Place) -> Rule:
    return All(rules=_several(rule["all"], (*path, "all"), place), path=path)


def _any(rule: Mapping[str, object], path: Path, place: _Place) -> Rule:
    return Any(rules=_several(rule["any"], (*path, "any"), place), path=path)


def _not(rule: Mapping[str, object], path: Path, place: _Place) -> Rule:
    return Not(rule=_rule(rule["not"], (*path, "not"), place), path=path)


def _several(data: object, path: Path, place: _Place) -> tuple[Rule, ...]:
    items = sequence(data, path, "a list of rules")
    return tuple(_rule(item, (*path, index), place) for index, item in enumerate(items))


def _any_row_of(rule: Mapping[str, object], path: Path, place: _Place) -> Rule:
    table = text_of(rule["any_row_of"], (*path, "any_row_of"), "a table")
    if "where" not in rule:
        raise RuleError(
            f"any_row_of {table} needs `where:`, what the row must fulfil",
            path=path,
            hint="where: [{field: brand, op: is, value: shop}]",
        )
    where = _where(rule["where"], (*path, "where"), replace(place, in_row=True))
    return AnyRowOf(table=table, where=where, path=path)


def _where(data: object, path: Path, place: _Place) -> Rule:
    """Read one rule, or a list of rules that one row must fulfil together."""
    if is_listed(data):
        return All(rules=_several(data, path, place), path=path)
    return _rule(data, path, place)


def _in_segment(rule: Mapping[str, object], path: Path, _: _Place) -> Rule:
    name = text_of(rule["in_segment"], (*path, "in_segment"), "a segment's name")
    return InSegment(segment=name, path=path)


def _in_list(rule: Mapping[str, object], path: Path, _: _Place) -> Rule:
    name = text_of(rule["in_list"], (*path, "in_list"), "a list's name")
    return InList(list=name, path=path)


def _purchased(rule: Mapping[str, object], path: Path, _: _Place) -> Rule:
    return parse_purchased(rule["purchased"], path)


def _condition(rule: Mapping[str, object], path: Path, place: _Place) -> Rule:
    field = _field(rule["field"], (*path, "field"), place)
    if "op" not in rule:
        raise RuleError(
            f"the condition on {field} needs `op:`, how to compare",
            path=path,
            hint="{field: merged_customers.city, op: is, value: Paris}",
        )
    op = _operator(rule["op"], (*path, "op"))
    return Condition(field=field, op=op, value=_value(rule, op, path), path=path)


def _field(data: object, path: Path, place: _Place) -> str:
    name = text_of(data, path, "a field's name")
    if place.in_row and "." in name:
        raise RuleError(
            f"{name!r}: inside any_row_of a field is a bare column of that table",
            path=path,
            hint=f"write {name.rpartition('.')[2]}, or move the condition beside any_row_of",
        )
    if not place.in_row and "." not in name:
        raise RuleError(
            f"field {name!r} does not say its table",
            path=path,
            hint=f"write table.{name}; only inside any_row_of does a column stand bare",
        )
    return name


def _operator(data: object, path: Path) -> Operator:
    op = find_operator(data) if isinstance(data, str) else None
    if op is None:
        text = data if isinstance(data, str) else shown(data)
        raise RuleError(
            f"{text!r} is not an operator{near(text, OPERATORS)}",
            path=path,
            hint=f"operators: {', '.join(OPERATORS)}",
        )
    return op


def _value(rule: Mapping[str, object], op: Operator, path: Path) -> Value:
    here = (*path, "value")
    if op.takes is Takes.NOTHING:
        if "value" in rule:
            raise RuleError(f"op {op.name!r} takes no value", path=here, hint="leave value out")
        return None
    if "value" not in rule:
        raise RuleError(f"op {op.name!r} needs `value:`, {op.takes}", path=path)
    return (
        scalar(rule["value"], here) if op.takes is Takes.ONE else scalars(rule["value"], here, op)
    )


_READERS: dict[str, Callable[[Mapping[str, object], Path, _Place], Rule]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "field": _condition,
    "any_row_of": _any_row_of,
    "in_segment": _in_segment,
    "in_list": _in_list,
    "purchased": _purchased,
}
_ROW_HEADS = frozenset({"all", "any", "not", "field"})
_KEYS = {head: (head,) for head in _READERS} | {
    "field": ("field", "op", "value"),
    "any_row_of": ("any_row_of", "where"),
}
RULE_KEYS = tuple(_READERS)
"""The keys that start a rule: what a segment's file holds besides its title, status and tags."""
