"""What the budget of data points has left, and what one run would take of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from onefold.errors import BudgetExceeded
from onefold.ledger import workspace_costs
from onefold.run.context import Walk
from onefold.run.planning import WorkspacePlan

__all__ = ["Budget", "check_budget", "standing"]

COSTLIEST = 3  # columns that a message names


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """One limit of a destination's budget.

    Attributes:
        period: `day` or `month`, of the calendar in the project's zone.
        begins: its first day.
        limit: data points in the period.
        used: what was sent in it to the workspace, what has no answer included.
        adds: what this run would add.
        stops: whether a run that exceeds it stops.
    """

    period: str
    begins: date
    limit: int
    used: int
    adds: int
    stops: bool

    @property
    def exceeded(self) -> bool:
        """Whether this run would go beyond it; one that adds nothing never does."""
        return self.adds > 0 and self.used + self.adds > self.limit

    def told(self) -> Mapping[str, Any]:
        """Give it as plain values, with how it stands in words."""
        return {
            "period": self.period,
            "begins": self.begins.isoformat(),
            "limit": self.limit,
            "used": self.used,
            "adds": self.adds,
            "exceeded": self.exceeded,
            "told": str(self),
        }

    def __str__(self) -> str:
        """Say how it stands."""
        name = f"{self.begins:%Y-%m}" if self.period == "month" else f"{self.begins:%Y-%m-%d}"
        return (
            f"{self.used:,} of {self.limit:,} data points used in {name}, "
            f"and this run would add {self.adds:,}"
        )


def standing(walk: Walk, plan: WorkspacePlan) -> tuple[Budget, ...]:
    """Say how a destination's budget stands before all of a plan is sent; nothing without one."""
    file = plan.file
    if file.budget is None:
        return ()
    today = walk.now().astimezone(ZoneInfo(walk.project.timezone)).date()
    limits = {
        "month": (today.replace(day=1), file.budget.data_points_per_month),
        "day": (today, file.budget.data_points_per_day),
    }
    first = min(begins for begins, _ in limits.values())
    costs = workspace_costs(walk.store, walk.tables, file.workspace, first)
    return tuple(
        Budget(
            period=period,
            begins=begins,
            limit=limit,
            used=sum(one.data_points for one in costs if one.day >= begins),
            adds=sum(part.price.data_points for part in plan.parts),
            stops=file.budget.on_fail == "stop",
        )
        for period, (begins, limit) in limits.items()
        if limit is not None
    )


def check_budget(walk: Walk, plan: WorkspacePlan) -> tuple[Budget, ...]:
    """Stop before the first byte leaves when a budget would be exceeded; else say how it stands.

    Raises:
        BudgetExceeded: with what was used, what this run would add, and of what.
    """
    file, budgets = plan.file, standing(walk, plan)
    for one in budgets:
        if one.exceeded and one.stops:
            raise BudgetExceeded(
                f"the budget of {file.id} would be exceeded: {one}"
                f" ({', '.join(_costliest(_points(plan)))})",
                hint="send less: round_to, bands, min_change or min_interval for the costliest "
                "attributes, or fewer people; or raise the budget, or write on_fail: warn; what "
                "each attribute cost so far: onefold ledger costs",
                where=file.place(("budget", f"data_points_per_{one.period}")),
            )
    return budgets


def _points(plan: WorkspacePlan) -> Mapping[str, int]:
    """Give data points by field; what has no fields is called by its object."""
    found: dict[str, int] = {}
    for part in plan.parts:
        priced = part.price.points or {str(part.thing): part.price.data_points}
        for name, points in priced.items():
            found[name] = found.get(name, 0) + points
    return found


def _costliest(points: Mapping[str, int]) -> Iterator[str]:
    total = sum(points.values())
    ranked = sorted(points.items(), key=lambda one: (-one[1], one[0]))
    for name, cost in ranked[:COSTLIEST]:
        yield f"{name}: {cost:,}, {100 * cost / total:.0f}%"
    rest = sum(cost for _, cost in ranked[COSTLIEST:])
    if rest:
        yield f"others: {rest:,}"
