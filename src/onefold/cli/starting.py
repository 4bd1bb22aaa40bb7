"""`init`, `demo`, `check`, `sandbox`: begin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from onefold.app import check_project, demonstrate, sandbox_command, start_project
from onefold.cli.options import EnvOption, JsonOption, ProjectOption, exiting
from onefold.cli.output import echo_json, err, out, print_table
from onefold.cli.progress import TerminalProgress
from onefold.cli.running import print_summary, stopping_on_signals
from onefold.errors import UsageError

__all__ = ["register"]

HERE = Path()


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init", epilog="Example: onefold init shop --example shop --customers 10000")(
        exiting(init)
    )
    app.command("demo", epilog="Example: onefold demo --customers 2000")(exiting(demo))
    app.command("check", epilog="Example: onefold check --project shop")(exiting(check))
    app.command(
        "sandbox",
        epilog="Example: onefold sandbox braze --port 8765",
        context_settings={
            "allow_extra_args": True,
            "ignore_unknown_options": True,
            "help_option_names": [],  # --help is the simulator's own
        },
    )(sandbox)


def init(
    folder: Annotated[Path, typer.Argument(help="Where: a new or empty folder.")],
    *,
    example: Annotated[str | None, typer.Option("--example", help="An example: shop.")] = None,
    customers: Annotated[
        int, typer.Option("--customers", min=1, help="How many the shop has.")
    ] = 10_000,
    day: Annotated[
        int, typer.Option("--day", min=1, help="2 writes the shop's next day beside the first.")
    ] = 1,
) -> int:
    """Start a project: empty, or the shop with as many customers as you like."""
    written = start_project(
        folder, example=example, customers=customers, day=day, progress=_rows_written
    )
    for line in written:
        err.print(line, markup=False)
    if example is not None and day == 1:
        err.print(
            f"next: onefold sandbox braze --port 8765   (in another terminal)\n"
            f"then: onefold run --project {folder}",
            markup=False,
        )
    return 0


def demo(
    *,
    customers: Annotated[int, typer.Option("--customers", min=100, help="How many.")] = 10_000,
    folder: Annotated[Path, typer.Option("--dir", help="Where the shop is written.")] = Path(
        "demo"
    ),
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Do not serve the web interface (not built yet).")
    ] = True,
    json: JsonOption = False,
) -> int:
    """Run the whole shop here: day 1, an unchanged run, day 2, into the Braze sandbox."""
    del no_serve
    with TerminalProgress() as progress, stopping_on_signals() as stopping:
        shown = demonstrate(
            folder, customers=customers, progress=progress, stopping=stopping, say=err.print
        )
    if json:
        echo_json(shown)
        return 0 if shown.agrees else 1
    for title, summary in shown.runs:
        out.print(f"\n{title}")
        print_summary(summary)
    print_table(
        ("", "onefold", "sandbox", "equal"),
        ((row.what, row.onefold, row.sandbox, row.equal) for row in shown.comparison),
        title="What onefold counted, and what the sandbox holds",
    )
    out.print(f"the shop is in {folder}: look around with `onefold list --project {folder}`")
    return 0 if shown.agrees else 1


def check(
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> int:
    """Check every file, reference, SQL column and type; offline, without secrets."""
    report = check_project(project, environment=env, environ=os.environ)
    if json:
        echo_json(
            {
                "errors": [
                    {"message": e.message, "hint": e.hint, "where": str(e.where or "")}
                    for e in report.errors
                ],
                "notices": report.notices,
                "definitions": report.definitions,
            }
        )
        return 1 if report.errors else 0
    for notice in report.notices:
        err.print(f"notice: {notice}", markup=False)
    for error in report.errors:
        err.print(f"error: {error}", markup=False)
    if report.errors:
        err.print(f"{len(report.errors)} to correct")
        return 1
    counted = ", ".join(f"{count} {kind}" for kind, count in report.definitions.items() if count)
    nothing = "nothing is defined yet; begin with a file in sources/"
    out.print(f"everything is right: {counted or nothing}")
    return 0


def sandbox(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Which simulator: braze.")],
) -> None:
    """Start the Braze simulator here, with its own options: onefold sandbox braze --help."""
    if kind == "--help":
        out.print(context.get_help(), markup=False)
        return
    if kind != "braze":
        raise UsageError(f"there is no sandbox of {kind}", hint="there is one: braze")
    command = sandbox_command(context.args)
    os.execv(command[0], command)  # noqa: S606 - the simulator takes this process's place


def _rows_written(name: str, rows: int) -> None:
    if err.is_terminal:
        err.print(f"{name}: {rows} rows", end="\r", markup=False)
