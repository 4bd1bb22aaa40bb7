"""What a cut relation costs, read from the very rows that are sent."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from onefold.destinations.columns import Fields
from onefold.destinations.cut import changed
from onefold.destinations.formulas import formula
from onefold.model import Price
from onefold.warehouse import Engine, column, select

__all__ = ["points", "price_cut"]


def points(fields: Fields, free: Collection[str] = ()) -> exp.Expr:
    """Give what a change costs: one point a changed field, but for the free ones."""
    cost = formula("len(_changed)")
    for attribute, _ in fields.attributes:
        if attribute.name in free:
            cost = formula(":cost - CAST(:it AS INTEGER)", cost=cost, it=changed(attribute.name))
    return cost


def price_cut(engine: Engine, cut: str, fields: Fields) -> Price:
    """Count a cut relation's rows, requests, data points, and sets and clears by field."""
    names = [attribute.name for attribute, _ in fields.attributes]
    rows, requests, points, *counts = engine.row(
        select(
            "count(*)",
            "coalesce(max(_chunk) + 1, 0)",
            "CAST(coalesce(sum(_points), 0) AS BIGINT)",
            *(_count(name, "NOT :value IS NULL") for name in names),
            *(_count(name, ":value IS NULL") for name in names),
            source=cut,
        )
    )
    sets, clears = counts[: len(names)], counts[len(names) :]
    return Price(
        rows=rows,
        requests=requests,
        data_points=points,
        sets={name: count for name, count in zip(names, sets, strict=True) if count},
        clears={name: count for name, count in zip(names, clears, strict=True) if count},
    )


def _count(name: str, condition: str) -> exp.Expr:
    return formula(
        "count(*) FILTER (WHERE :changed AND :holds)",
        changed=changed(name),
        holds=formula(condition, value=column(name)),
    )
