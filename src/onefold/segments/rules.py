"""The rule tree: frozen values, one node a mapping of the YAML, in the same order.

Every node keeps the `path` that leads to it in the data it was parsed from, so that an error found
later still names the line. Paths play no part in comparisons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from onefold.segments.operators import Operator
from onefold.segments.periods import Period
from onefold.segments.refusals import Path

__all__ = [
    "All",
    "Any",
    "AnyRowOf",
    "Condition",
    "InList",
    "InSegment",
    "Not",
    "Purchased",
    "Rule",
    "Scalar",
    "Value",
    "walk",
]

Scalar = bool | int | float | str | date | datetime
Value = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class All:
    """Every rule holds. At least one rule."""

    rules: tuple[Rule, ...]
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Any:
    """At least one rule holds. At least one rule."""

    rules: tuple[Rule, ...]
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """The rule does not hold: exactly the persons that the rule leaves out, nobody lost."""

    rule: Rule
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A column compared with a value.

    Attributes:
        field: `table.column`; inside `any_row_of` the bare column.
        op: the operator.
        value: None, one value or a tuple, as the operator takes it.
    """

    field: str
    op: Operator
    value: Value = None
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyRowOf:
    """At least one row of a table belongs to the person and fulfils the whole of `where`."""

    table: str
    where: Rule
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class InSegment:
    """The person is in another segment."""

    segment: str
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class InList:
    """The person is on an uploaded list."""

    list: str
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchased:
    """The person bought, returns and cancellations left out.

    Attributes:
        filters: (key, value or values) such as `("brand", "shop")`: what an item must be, all of
            them on the same item, in the order they were written.
        within: how far back from today orders count; None is ever.
        orders: at least this many orders hold such an item; None is one.
        revenue: such items brought at least this much in all; None is any amount.
    """

    filters: tuple[tuple[str, Scalar | tuple[Scalar, ...]], ...] = ()
    within: Period | None = None
    orders: int | None = None
    revenue: float | None = None
    path: Path = dataclasses.field(default=(), compare=False, repr=False)


Rule = All | Any | Not | Condition | AnyRowOf | InSegment | InList | Purchased


def walk(rule: Rule, depth: int = 0) -> Iterator[tuple[int, Rule]]:
    """Yield (depth, node) for a rule and all below it that are about the person, as written.

    The `where` of `any_row_of` is about a row, so it is not entered.
    """
    yield depth, rule
    match rule:
        case All(rules=rules) | Any(rules=rules):
            for inner in rules:
                yield from walk(inner, depth + 1)
        case Not(rule=inner):
            yield from walk(inner, depth + 1)
        case _:
            pass
