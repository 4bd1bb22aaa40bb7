"""`ledger costs`: what sending cost, column by column."""

from __future__ import annotations

from onefold.app import WorkspaceCosts
from onefold.cli.output import echo_json, out, print_table

__all__ = ["show_bill"]


def show_bill(bill: WorkspaceCosts, *, json: bool) -> int:
    """Print the bill, the costliest first, and what a policy would have saved; give exit code 0."""
    if json:
        echo_json(bill)
        return 0
    out.print(
        f"workspace {bill.workspace} since {bill.since}: {bill.data_points:,} data points",
        markup=False,
    )
    print_table(
        ("field", "data points", "of the bill", "sent", "people", "times a person"),
        (
            (
                one.field,
                one.data_points,
                f"{one.share:.0%}",
                one.cells,
                one.people,
                one.sends_a_person,
            )
            for one in bill.fields
        ),
    )
    if bill.what_if is not None:
        tried = bill.what_if
        saved = tried.data_points - tried.would_cost
        share = f"{saved / tried.data_points:.0%}" if tried.data_points else "0%"
        out.print(
            f"{tried.field} with {tried.policy}: {tried.would_cost:,} instead of "
            f"{tried.data_points:,} data points, {share} less; the last value of "
            f"{tried.waiting:,} people would still wait",
            markup=False,
        )
    return 0
