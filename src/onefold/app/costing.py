"""What sending costs: by column and orchestration in a plan, and over the days before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta import ScopeRule
from onefold.run import ObjectPlan, Walk
from onefold.warehouse import any_of, call, column, literal, relation

__all__ = ["ColumnCost", "holder_costs", "ranked"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnCost:
    """What one field costs.

    Attributes:
        field: its name.
        data_points: what it costs.
        share: of the whole bill, from 0 to 1.
    """

    field: str
    data_points: int
    share: float


def ranked(points: Mapping[str, int]) -> tuple[ColumnCost, ...]:
    """Rank fields by their cost, the costliest first."""
    total = sum(points.values())
    return tuple(
        ColumnCost(field=name, data_points=cost, share=round(cost / total, 4))
        for name, cost in sorted(points.items(), key=lambda one: (-one[1], one[0]))
        if cost
    )


def holder_costs(walk: Walk, made: ObjectPlan) -> Mapping[str, int]:
    """Price what each orchestration and campaign sends, clears of those who left it included."""
    rules = [rule for rule in made.given.rules if rule.running]
    query = exp.select().from_(relation(made.cut.relation, "c"))
    same = column("_identifier", "d").eq(column("_identifier", "c"))
    query = query.join(relation(made.changes.desired, "d"), on=same, join_type="left")
    for number, rule in enumerate(rules):
        if rule.scope is not None:
            held = column("_identifier", f"s{number}").eq(column("_identifier", "c"))
            query = query.join(relation(rule.scope, f"s{number}"), on=held, join_type="left")
    sums = [_cost(rule, number) for number, rule in enumerate(rules)]
    if not sums:
        return {}
    costs: dict[str, int] = {}
    for rule, points in zip(rules, walk.engine.row(query.select(*sums)), strict=True):
        costs[rule.name] = costs.get(rule.name, 0) + points
    return costs


def _cost(rule: ScopeRule, number: int) -> exp.Expr:
    wanted: exp.Expr = exp.false()
    if rule.flag is not None:
        wanted = call("coalesce", column(rule.flag, "d"), exp.false())
    parts: list[exp.Expr] = []
    for field in rule.fields:
        place = call("list_position", column("_changed", "c"), literal(field))
        cost = call("coalesce", call("list_extract", column("_costs", "c"), place), literal(0))
        because = [wanted.copy()]
        if rule.scope is not None:
            held = exp.not_(column("_identifier", f"s{number}").is_(exp.null()))
            because.append(exp.and_(held, column(field, "c").is_(exp.null())))
        parts.append(exp.case().when(any_of(because), cost).else_(literal(0)))
    total: exp.Expr = literal(0)
    for part in parts:
        total = exp.Add(this=total, expression=part)
    return exp.cast(call("coalesce", call("sum", total), literal(0)), "BIGINT")
