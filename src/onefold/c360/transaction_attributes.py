"""transaction_attributes_extended: the fixed query, and every measure in every window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp, parse_one

from onefold.warehouse import ColumnNote, call, column, fixed_sql, literal

__all__ = ["WINDOWS", "transaction_attributes", "window_notes"]

# A window is a boolean column of the CTE `orders`.
WINDOWS = {
    "l30d": "in the last 30 days",
    "l3m": "in the last 3 months",
    "l6m": "in the last 6 months",
    "l12m": "in the last 12 months",
    "ly12m": "in the 12 months before the last 12",
    "lifetime": "ever",
}

_MORE_THAN_ANY_ORDER = 2**32  # orders of one person


@dataclass(frozen=True, slots=True)
class _Sum:
    """An aggregate over a person's orders of a window; 0 when there are none."""

    name: str
    aggregate: str
    engine_type: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Average:
    """A sum by a sum; NULL when there is nothing to divide by."""

    name: str
    total: str
    by: str
    sentence: str


_SUMS = (
    _Sum("order_revenue", "sum(order_revenue)", "DECIMAL(18,2)", "Revenue"),
    _Sum("order_frequency", "count(*)", "BIGINT", "Orders"),
    _Sum("total_items", "sum(order_quantity)", "BIGINT", "Pieces bought"),
)
_AVERAGES = (
    _Average("average_order_value", "order_revenue", "order_frequency", "Revenue per order"),
    _Average("average_item_price", "order_revenue", "total_items", "Revenue per piece"),
    _Average("average_num_items", "total_items", "order_frequency", "Pieces per order"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dimension:
    """Something of which an order has one, and a person a preferred one."""

    relation: str
    counts: str
    value: str
    distinct: str
    preferred: str
    noun: str


_DIMENSIONS = (
    _Dimension(
        relation="brands",
        counts="brand_counts",
        value="purchase_brand",
        distinct="purchase_brands",
        preferred="preferred_purchase_brand",
        noun="brand",
    ),
    _Dimension(
        relation="channels",
        counts="channel_counts",
        value="purchase_channel",
        distinct="purchase_channels",
        preferred="preferred_purchase_channel",
        noun="channel",
    ),
    _Dimension(
        relation="stores",
        counts="store_counts",
        value="store_id",
        distinct="stores",
        preferred="preferred_store_id",
        noun="shop",
    ),
)


def transaction_attributes() -> exp.Select:
    """Build the query: the fixed one, with every window's columns added to its CTEs."""
    query = fixed_sql("onefold.c360", "transaction_attributes_extended")
    if not isinstance(query, exp.Select):
        raise TypeError("transaction_attributes_extended.sql is one SELECT")
    parts = {cte.alias: cte.this for cte in query.ctes}
    for window in WINDOWS:
        parts["sums"].select(*_sums(window), copy=False)
        for dimension in _DIMENSIONS:
            parts[dimension.counts].select(*_counts(window), copy=False)
            parts[dimension.relation].select(*_preference(window, dimension), copy=False)
        query.select(*_columns(window), copy=False)
    return query


def window_notes() -> Iterator[ColumnNote]:
    """Describe the columns of the windows, in their order."""
    for window, when in WINDOWS.items():
        for measure in (*_SUMS, *_AVERAGES):
            name = f"{window}_{measure.name}"
            yield ColumnNote(name=name, description=f"{measure.sentence} {when}")
        for dimension in _DIMENSIONS:
            yield ColumnNote(
                name=f"{window}_{dimension.distinct}",
                description=f"Number of different {dimension.noun}s bought from {when}",
            )
            yield ColumnNote(
                name=f"{window}_{dimension.preferred}",
                description=f"The {dimension.noun} with most orders {when}; "
                "of equals the one used last",
            )


def _sums(window: str) -> Iterator[exp.Expr]:
    for measure in _SUMS:
        within = _within(parse_one(measure.aggregate, dialect="duckdb"), window)
        filled = exp.Coalesce(this=within, expressions=[literal(0)])
        name = f"{window}_{measure.name}"
        yield exp.cast(filled, measure.engine_type, dialect="duckdb").as_(name)


def _counts(window: str) -> Iterator[exp.Expr]:
    """Count the orders with one value, and keep which was the last of them."""
    yield _within(exp.Count(this=exp.Star()), window).as_(f"{window}_orders")
    yield _within(exp.Max(this=column("nth")), window).as_(f"{window}_latest")


def _preference(window: str, dimension: _Dimension) -> Iterator[exp.Expr]:
    """Count the values, and take the one with most orders, of equals the one used last."""
    latest = column(f"{window}_latest")  # NULL when the value was not used in the window
    yield exp.Count(this=latest).as_(f"{window}_{dimension.distinct}")
    orders = column(f"{window}_orders") * literal(_MORE_THAN_ANY_ORDER)
    best = call("arg_max", column("value"), orders + latest.copy())
    yield best.as_(f"{window}_{dimension.preferred}")


def _columns(window: str) -> Iterator[exp.Expr]:
    for measure in _SUMS:
        yield column(f"{window}_{measure.name}")
    for average in _AVERAGES:
        by = exp.Nullif(this=column(f"{window}_{average.by}"), expression=literal(0))
        quotient = exp.Div(this=column(f"{window}_{average.total}"), expression=by)
        yield exp.cast(quotient, "DECIMAL(18,2)", dialect="duckdb").as_(f"{window}_{average.name}")
    for dimension in _DIMENSIONS:
        distinct = column(f"{window}_{dimension.distinct}")
        known = exp.Coalesce(this=distinct, expressions=[literal(0)])
        yield known.as_(f"{window}_{dimension.distinct}")
        yield column(f"{window}_{dimension.preferred}")


def _within(aggregate: exp.Expr, window: str) -> exp.Filter:
    return exp.Filter(this=aggregate, expression=exp.Where(this=column(window)))
