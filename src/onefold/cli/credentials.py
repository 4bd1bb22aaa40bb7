"""`credentials`: does a destination's key work?"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from onefold.app import ConnectionReport, check_connection, open_house
from onefold.cli.not_built import refuse
from onefold.cli.options import EnvOption, JsonOption, ProjectOption, exiting
from onefold.cli.output import echo_json, err, out, print_table
from onefold.errors import UsageError

__all__ = ["register"]

HERE = Path()
ACTIONS = ("set", "test")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "credentials",
        epilog="Example: onefold credentials test braze · onefold credentials test braze --json",
    )(exiting(credentials))


def credentials(
    action: Annotated[str, typer.Argument(help="test; set is not built yet.")],
    destination: Annotated[
        str | None, typer.Argument(help="The destination; may be left out when there is one.")
    ] = None,
    *,
    try_other_instances: Annotated[
        bool,
        typer.Option(
            "--try-other-instances",
            help="When the key is not known there, show it to Braze's other instances, too; "
            "on a terminal you are asked.",
        ),
    ] = False,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> int:
    """Test a destination's key: what it may do, or why it does not work; changes nothing there."""
    if action not in ACTIONS:
        raise UsageError(
            f"credentials has no action {action}", hint=f"one of: {', '.join(ACTIONS)}"
        )
    if action != "test":
        refuse(f"credentials {action}")
    with open_house(project, environment=env, environ=os.environ) as house:
        report = check_connection(
            house,
            destination,
            try_others=lambda: try_other_instances or _agreed(),
            nobody=f"onefold-connection-test-{uuid4().hex}",
        )
    if json:
        echo_json(report)
    else:
        _show(report)
    return 0 if report.works else 1


def _agreed() -> bool:
    """Ask, on a terminal; nobody else can agree."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return typer.confirm(
        "The key is not known there. Show it to Braze's other instances, to find its own?",
        err=True,
    )


def _show(report: ConnectionReport) -> None:
    where = f"{report.endpoint} ({report.instance})" if report.instance else report.endpoint
    out.print(f"destination {report.destination} at {where}", markup=False)
    if report.permissions:
        print_table(
            ("permission", "answer", "needed by"),
            (
                (one.name, one.verdict.replace("_", " "), ", ".join(one.needed_by) or "nobody yet")
                for one in report.permissions
            ),
        )
    limits = [one for one in report.probes if one.standing is not None]
    if limits:
        print_table(
            ("address", "limit", "left", "until, seconds", "answered after, ms"),
            (
                (one.path, known.limit, known.remaining, _whole(known.reset_s), one.latency_ms)
                for one in limits
                if (known := one.standing)
            ),
        )
    if report.works:
        looked = "may" if report.may_look_up else "may not"
        out.print(f"it works; the key {looked} look users up (users.export.ids)")
        return
    err.print(f"it does not work: {report.problem}", markup=False)
    err.print(f"  hint: {report.hint}", markup=False)


def _whole(seconds: float | None) -> int | None:
    """Give seconds as people read them, never fewer than there are."""
    return None if seconds is None else math.ceil(seconds)
