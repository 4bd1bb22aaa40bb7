"""Plans, and what they hold back, as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from onefold.app import DestinationPlan
from onefold.cli.output import out, print_table
from onefold.model import ObjectKind

__all__ = ["print_held", "print_plans"]

_CHANGING = {
    ObjectKind.EVENTS: "events are sent",
    ObjectKind.PURCHASES: "purchases are sent",
    ObjectKind.CATALOG: "items change",
}


def print_plans(plans: Sequence[DestinationPlan]) -> None:
    """Print what would be sent, destination by destination, then how its budget stands."""
    if not plans:
        out.print("nothing is active: set status: active in an orchestration or campaign")
    for _, parts in groupby(plans, key=lambda one: one.destination):
        budgets: Sequence[Mapping[str, Any]] = ()
        for one in parts:
            _print_plan(one)
            budgets = one.budgets
        for budget in budgets:
            out.print(f"budget: {budget['told']}", markup=False)


def print_held(held: Sequence[Mapping[str, Any]]) -> None:
    """Print what policies hold back; it is sent once it is enough, or late enough."""
    if held:
        print_table(
            ("field", "not sent yet", "because of"),
            ((one["field"], one["cells"], one["reason"]) for one in held),
        )


def _print_identities(one: DestinationPlan) -> None:
    if not one.identities:
        return
    counts = ", ".join(f"{kind} {count}" for kind, count in one.identity_changes.items())
    out.print(f"identifiers that changed: {counts}; in the order in which they are told")
    print_table(
        ("what", "from", "to", "person", "told"),
        ((i["what"], i["from"], i["to"], i["person_id"], i["told"]) for i in one.identities),
    )
    if sum(one.identity_changes.values()) > len(one.identities):
        out.print("and more")


def _print_plan(one: DestinationPlan) -> None:
    out.print(
        f"{one.destination} (workspace {one.workspace}, {one.object}): {one.people} of "
        f"{one.wanted} {_CHANGING.get(ObjectKind.of(one.object), 'people change')}, "
        f"{one.data_points} data points, "
        f"{one.requests} requests, about {one.minutes} minutes at the limit"
    )
    costs = {cost.field: cost for cost in one.columns}
    fields = [*costs, *sorted({*one.sets, *one.clears} - set(costs))]
    if fields:
        print_table(
            ("field", "set", "cleared", "data points", "of the bill"),
            (
                (
                    name,
                    one.sets.get(name, 0),
                    one.clears.get(name, 0),
                    costs[name].data_points if name in costs else 0,
                    f"{costs[name].share:.0%}" if name in costs else "free",
                )
                for name in fields
            ),
        )
    costly = {name: points for name, points in one.orchestrations.items() if points}
    if len(costly) > 1:
        print_table(("sent by", "data points"), costly.items())
    print_held(one.held)
    if one.refusals:
        print_table(
            ("rows", "field", "cannot be sent because"),
            ((r["rows"], r["field"], r["reason"]) for r in one.refusals),
        )
    if one.remarks:
        told = ((r["values"], r["field"], r["remark"]) for r in one.remarks)
        print_table(("values", "field", "worth a look"), told)
    if not one.people_shown:
        _print_identities(one)
    if one.refused_by:
        out.print(f"a run would stop: {one.refused_by}", markup=False)
    for person in one.people_shown:
        out.print(f"{person.called} (person {person.person_id})", markup=False)
        out.print(person.body or "nothing is sent", markup=False)
        print_table(
            ("field", "wanted", "in Braze", "sent", "why"),
            ((f.field, f.desired, f.acknowledged, f.sent, f.why) for f in person.fields),
        )
