"""`purchased`: what it asks of an order item, as conditions, and how many of them are enough.

Returned and cancelled items never count. `within: 30 days` is from the start of the day 30 days
ago to the end of today, so it gives the same people all day, whenever it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot import exp

from onefold.segments.catalogue import PERSON_ID
from onefold.segments.operators import OPERATORS
from onefold.segments.refusals import RuleError
from onefold.segments.rules import Condition, Not, Purchased, Rule
from onefold.segments.scope import ROW, column

__all__ = ["FILTERS", "enough", "errors_as_written", "purchase_columns", "purchased_rows"]

FILTERS = {
    "product_category": "product_category",
    "brand": "purchase_brand",
    "channel": "purchase_channel",
    "store": "store_id",
    "product_id": "product_id",
}
"""Keys of `purchased` that say what an item must be, with the column each looks at."""

_DATETIME, _ORDER, _REVENUE = "order_datetime", "order_id", "item_revenue"
_UNDONE = ("is_return", "is_cancellation")


def purchased_rows(rule: Purchased) -> Iterator[Rule]:
    """Yield what one item must fulfil."""
    here = (*rule.path, "purchased")
    for key, value in rule.filters:
        op = OPERATORS["in list" if isinstance(value, tuple) else "is"]
        yield Condition(field=FILTERS[key], op=op, value=value, path=(*here, key))
    if rule.within is not None:
        since = f"{rule.within} ago"
        between = OPERATORS["between"]
        path = (*here, "within")
        yield Condition(field=_DATETIME, op=between, value=(since, "today"), path=path)
    for flag in _UNDONE:
        yield Not(rule=Condition(field=flag, op=OPERATORS["is true"], path=here))


def enough(rows: exp.Select, rule: Purchased) -> exp.Select:
    """Keep the person's items only when their orders and their revenue reach what is asked."""
    orders = exp.Count(this=exp.Distinct(expressions=[column(ROW, _ORDER)]))
    revenue = exp.Sum(this=column(ROW, _REVENUE))
    for measure, least in ((orders, rule.orders), (revenue, rule.revenue)):
        if least is not None:
            bound = exp.GTE(this=measure, expression=exp.Literal.number(str(least)))
            rows = rows.having(bound, copy=False)
    return rows.group_by(column(ROW, PERSON_ID), copy=False) if rows.args.get("having") else rows


@contextmanager
def errors_as_written(rule: Purchased) -> Iterator[None]:
    """Lead errors to the keys of `purchased`, not into the conditions that were made of them."""
    listed = {key for key, value in rule.filters if isinstance(value, tuple)}
    try:
        yield
    except RuleError as error:
        depth = len(rule.path) + 1
        key, *below = error.path[depth:] or (None,)
        items = tuple(step for step in below if isinstance(step, int) and key in listed)
        error.path = (*error.path[: depth + 1], *items)
        raise


def purchase_columns(rule: Purchased) -> Iterator[str]:
    """Yield the columns of the purchases' table that a rule reads, the person's id apart."""
    for key, _ in rule.filters:
        yield FILTERS[key]
    if rule.within is not None:
        yield _DATETIME
    yield from _UNDONE
    if rule.orders is not None:
        yield _ORDER
    if rule.revenue is not None:
        yield _REVENUE
