"""What a cut relation costs, read from the very rows that are sent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlglot import exp

from onefold.destinations.columns import Fields
from onefold.destinations.cut import changed
from onefold.destinations.formulas import formula
from onefold.destinations.nested import leaves
from onefold.model import Price, TypeKind
from onefold.warehouse import Engine, column, literal, select

__all__ = ["FREE", "costs", "price_cut"]

FREE = formula("list_resize(CAST([] AS INTEGER[]), len(_changed), 0)")
"""The costs of rows that Braze does not bill: memberships, subscriptions, items."""


def costs(
    fields: Fields,
    flat: Mapping[str, int] = MappingProxyType({}),
    counted: Mapping[str, exp.Expr] = MappingProxyType({}),
) -> exp.Expr:
    """Give what each changed cell of a row costs, an INTEGER[] in the order of `_changed`.

    A cell costs a point, and an object one for each of its leaves; a clear costs one. Whoever asks
    later what a column cost reads it from the rows that were sent.

    Args:
        fields: the columns of the changes.
        flat: attributes that cost so much, whatever they hold.
        counted: by attribute, what it costs where that is known already; NULL for a clear.
    """
    case = exp.Case(this=exp.column("name"))
    for attribute, held in fields.attributes:
        name = attribute.name
        if name in flat:
            case = case.when(literal(name), literal(flat[name]))
        elif held.kind is TypeKind.JSON:
            points = counted.get(name) or leaves(column(name))
            case = case.when(literal(name), formula("coalesce(:points, 1)", points=points))
    if not case.args.get("ifs"):
        return formula("list_resize(CAST([] AS INTEGER[]), len(_changed), 1)")
    return formula(
        "list_transform(_changed, lambda name : CAST(:price AS INTEGER))",
        price=case.else_(literal(1)),
    )


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
            *(_cost(name) for name in names),
            source=cut,
        )
    )
    some = len(names)
    sets, clears, spent = counts[:some], counts[some : 2 * some], counts[2 * some :]
    return Price(
        rows=rows,
        requests=requests,
        data_points=points,
        sets={name: count for name, count in zip(names, sets, strict=True) if count},
        clears={name: count for name, count in zip(names, clears, strict=True) if count},
        points={name: count for name, count in zip(names, spent, strict=True) if count},
    )


def _cost(name: str) -> exp.Expr:
    return formula(
        "CAST(coalesce(sum(list_extract(_costs, list_position(_changed, :name))), 0) AS BIGINT)",
        name=literal(name),
    )


def _count(name: str, condition: str) -> exp.Expr:
    return formula(
        "count(*) FILTER (WHERE :changed AND :holds)",
        changed=changed(name),
        holds=formula(condition, value=column(name)),
    )
