"""What sending costs: by column and orchestration in a plan, and over the days before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from onefold.app.history import find_ledger
from onefold.app.house import House
from onefold.app.what_if import WhatIf, what_if
from onefold.delta import FieldPolicy, ScopeRule
from onefold.errors import UsageError
from onefold.ledger import people_by_field, workspace_costs
from onefold.project import read_policy
from onefold.run import ObjectPlan, Walk
from onefold.warehouse import Tables, any_of, call, column, literal, relation

__all__ = [
    "ColumnCost",
    "FieldCost",
    "WorkspaceCosts",
    "holder_costs",
    "ranked",
    "workspace_bill",
]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldCost:
    """What one field cost over some days.

    Attributes:
        field: its name; for other objects than attributes, the object.
        cells: how often it was sent and not refused.
        data_points: what that cost.
        share: of the whole bill, from 0 to 1.
        people: to how many it was sent; None when the change sets are gone, or for other objects.
    """

    field: str
    cells: int
    data_points: int
    share: float
    people: int | None

    @property
    def sends_a_person(self) -> float | None:
        """How often it was sent to a person, of those to whom it was."""
        return round(self.cells / self.people, 2) if self.people else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkspaceCosts:
    """What a workspace cost since a day.

    Attributes:
        workspace: the workspace.
        since: the first day, in the project's zone.
        data_points: all of them.
        fields: the costliest first.
        what_if: what a policy would have saved, when that was asked.
    """

    workspace: str
    since: date
    data_points: int
    fields: tuple[FieldCost, ...]
    what_if: WhatIf | None = None


def workspace_bill(
    house: House, workspace: str, *, days: int, attribute: str | None, policy: str | None
) -> WorkspaceCosts:
    """Say what a workspace cost over the last days, today included.

    Args:
        house: the project.
        workspace: the workspace.
        days: how many days.
        attribute: the attribute of which a policy is tried on what was sent.
        policy: the policy, as it would stand in the destination's file: `round_to: 10`.

    Raises:
        UsageError: an attribute without a policy, or a policy without one.
        OnefoldError: nothing was ever sent to such a workspace.
    """
    if (attribute is None) != (policy is None):
        raise UsageError(
            "--attribute and --what-if belong together",
            hint='write --attribute NAME --what-if "round_to: 10"',
        )
    asked = None if policy is None else read_policy(policy)
    ledger = find_ledger(house, workspace)
    today = house.now().astimezone(ZoneInfo(house.project.timezone)).date()
    since = today - timedelta(days=days - 1)
    with house.engine() as engine:
        tables = Tables(engine, house.store.folder, {})
        costs = workspace_costs(house.store, tables, ledger.workspace, since)
        people = people_by_field(house.store, tables, ledger, since)
        tried = None
        if attribute is not None and policy is not None and asked is not None:
            tried = what_if(
                house.store,
                tables,
                ledger,
                attribute,
                shape=asked.shape,
                policy=FieldPolicy(min_change=asked.min_change, min_interval=asked.min_interval),
                since=since,
                told=policy,
            )
    cells: dict[str, int] = {}
    points: dict[str, int] = {}
    for one in costs:
        cells[one.field] = cells.get(one.field, 0) + one.cells
        points[one.field] = points.get(one.field, 0) + one.data_points
    total = sum(points.values())
    fields = (
        FieldCost(
            field=name,
            cells=cells[name],
            data_points=cost,
            share=round(cost / total, 4) if total else 0.0,
            people=people.get(name),
        )
        for name, cost in sorted(points.items(), key=lambda one: (-one[1], one[0]))
    )
    return WorkspaceCosts(
        workspace=ledger.workspace,
        since=since,
        data_points=total,
        fields=tuple(fields),
        what_if=tried,
    )


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
    if "_costs" not in {one.name for one in walk.columns(made.cut.relation)}:
        return {}  # no fields, so nobody holds any
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
