"""A rule in plain English: what people check before they send, and what the preview shows."""

from __future__ import annotations

from datetime import date

from onefold.segments.clock import is_moment
from onefold.segments.operators import Takes
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
    Scalar,
    Value,
    walk,
)

__all__ = ["describe", "headline", "sentence"]

SHOWN_VALUES = 5  # of a list; the rest is counted


def describe(rule: Rule) -> str:
    """Write a rule as an indented outline, one line a node.

    A condition that also holds for people without a value says so.
    """
    return "\n".join(f"{'  ' * depth}{headline(node)}" for depth, node in walk(rule))


def headline(rule: Rule) -> str:
    """Write a node in one line, leaving out the rules that stand below it as nodes of their own."""
    match rule:
        case All():
            return "all of:"
        case Any():
            return "any of:"
        case Not():
            return "not:"
        case _:
            return sentence(rule)


def sentence(rule: Rule) -> str:  # noqa: PLR0911 - one return a kind of node
    """Write a rule, whole, in one line."""
    match rule:
        case All(rules=rules):
            return _joined(rules, " and ")
        case Any(rules=rules):
            return _joined(rules, " or ")
        case Not(rule=inner):
            return f"not ({sentence(inner)})"
        case Condition():
            return _condition(rule)
        case AnyRowOf(table=table, where=where):
            return f"at least one row of {table} where {sentence(where)}"
        case InSegment(segment=name):
            return f"in segment {name}"
        case InList(list=name):
            return f"on list {name}"
        case Purchased():
            return _purchased(rule)


def _joined(rules: tuple[Rule, ...], word: str) -> str:
    parts = (
        f"({sentence(rule)})" if isinstance(rule, All | Any) else sentence(rule) for rule in rules
    )
    return word.join(parts)


def _condition(rule: Condition) -> str:
    words = [rule.field, rule.op.name]
    if rule.op.takes is Takes.RANGE and isinstance(rule.value, tuple):
        words.append(" and ".join(_value(value) for value in rule.value))
    elif rule.value is not None:
        words.append(_values(rule.value))
    return " ".join(words) + (" (or has no value)" if rule.op.negates else "")


def _purchased(rule: Purchased) -> str:
    parts = [f"{key.replace('_', ' ')} {_values(value)}" for key, value in rule.filters]
    parts += [f"within {rule.within}"] if rule.within else []
    parts += [f"in at least {rule.orders} orders"] if rule.orders else []
    parts += [f"for at least {rule.revenue}"] if rule.revenue is not None else []
    return " ".join(["purchased", ", ".join(parts) or "anything, ever"])


def _values(value: Value) -> str:
    if not isinstance(value, tuple):
        return "" if value is None else _value(value)
    shown = ", ".join(_value(item) for item in value[:SHOWN_VALUES])
    more = len(value) - SHOWN_VALUES
    return f"({shown}, and {more} more)" if more > 0 else f"({shown})"


def _value(value: Scalar) -> str:
    if isinstance(value, str):
        return value if is_moment(value) else f'"{value}"'
    return value.isoformat() if isinstance(value, date) else str(value)
