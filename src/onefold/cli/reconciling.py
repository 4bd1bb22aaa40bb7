"""What a look at Braze found, for people."""

from __future__ import annotations

from onefold.app import Reconciliation
from onefold.cli.output import echo_json, err, out, print_table

__all__ = ["show_reconciliation"]


def show_reconciliation(found: Reconciliation, *, json: bool) -> int:
    """Print it, and give the exit code: 0, also where something drifted."""
    if json:
        echo_json(found)
        return 0
    out.print(
        f"workspace {found.workspace}: {found.looked_at} of {found.known} people looked up, "
        f"{found.requests} requests"
    )
    if found.fields:
        print_table(
            ("field", "drifted", "share", "of all, with 95 % certainty", "how", "repaired"),
            (
                (
                    one.field,
                    sum(one.cells.values()),
                    f"{one.share:.1%}",
                    f"{one.at_least:.1%} to {one.at_most:.1%}",
                    ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in one.cells.items()),
                    one.repaired,
                )
                for one in found.fields
            ),
        )
        unrepaired = [one.field for one in found.fields if not one.repaired]
        if unrepaired:
            err.print(
                "hint: to let the ledger take over what Braze holds, so that the next run sends "
                f"what differs: onefold ledger reconcile --repair {unrepaired[0]!r}, or "
                "--repair-all",
                markup=False,
            )
    else:
        out.print("everything looked at is as the ledger says")
    if found.not_compared:
        out.print(f"not shown by Braze, so not compared: {', '.join(found.not_compared)}")
    return 0
