"""The bounds of an orchestration's `tests`, which must hold before anything is sent."""

from __future__ import annotations

from decimal import Decimal

from onefold.errors import CheckFailed
from onefold.project import Orchestration

__all__ = ["check_bounds"]


def check_bounds(
    orchestration: Orchestration, *, wanted: int, changing: int, bounded: bool, of: str = "people"
) -> None:
    """Hold an orchestration's rows, and how many are sent, against its bounds.

    Args:
        orchestration: whose `tests` they are.
        wanted: its rows.
        changing: how many rows are sent.
        bounded: whether `change` counts: not at the first send, when everything is new.
        of: what its rows are.

    Raises:
        CheckFailed: a bound does not hold.
    """
    tests = orchestration.tests
    if tests.rows is not None and not tests.rows.holds(wanted):
        raise _failed(orchestration, "rows", f"{wanted} rows, and rows: {tests.rows}")
    if tests.change is None or not bounded:
        return
    share = Decimal(changing) / max(wanted, 1)
    if not tests.change.holds(share if tests.change.is_share else Decimal(changing)):
        verb = "change" if of == "people" else "are new"
        told = f"{changing} of {wanted} {of} {verb}, and change: {tests.change}"
        raise _failed(orchestration, "change", told)


def _failed(orchestration: Orchestration, key: str, told: str) -> CheckFailed:
    return CheckFailed(
        f"orchestration {orchestration.id} stops before sending: {told}",
        hint="look at: onefold plan; correct the data, or the bound, and run again",
        where=orchestration.place(("tests", key)),
    )
