"""`run`, `plan`, `runs`, `run show`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from onefold.app import list_runs, open_house, plan, run_project, show_run
from onefold.cli.not_built import NotBuilt, refuse, refuse_options
from onefold.cli.options import EnvOption, JsonOption, ProjectOption, exiting, parse_as_of
from onefold.cli.output import echo_json, err, out, print_table
from onefold.cli.planning import print_held, print_plans
from onefold.cli.progress import TerminalProgress
from onefold.errors import UsageError
from onefold.run import RunOptions, RunSummary

__all__ = ["print_summary", "register", "stopping_on_signals"]

HERE = Path()
DONE_WITH_REJECTS = 3
UNFIT_IDENTIFIERS = {
    "identifier_missing": "rows without an identifier were not sent\n"
    "  hint: give them one in the SQL, such as coalesce(customer_no, person_id), or leave them out",
    "identifier_not_unique": "rows that share an identifier and differ were not sent; what the "
    "destination has of it stays\n"
    "  hint: let the SQL give one row for each identifier",
    "identifier_too_long": "rows with an identifier above 987 bytes were not sent\n"
    "  hint: take a shorter one in the SQL",
    "identifier_invalid": "items were not sent whose id is not of letters, digits, - and _, or "
    "longer than 250\n  hint: give them another id in the SQL",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", epilog="Examples: onefold run · onefold run daily --as-of 2027-01-15")(
        exiting(run)
    )
    app.command("plan", epilog="Examples: onefold plan · onefold plan --person C00001234")(
        exiting(plan_)
    )
    app.command("runs", epilog="Example: onefold runs --json")(exiting(runs))


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Workflows, orchestrations, campaigns; or: show RUN."),
    ] = None,
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The instant that the run means by now.")
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Read every object again.")
    ] = False,
    no_send: Annotated[bool, typer.Option("--no-send", help="Stop after the tables.")] = False,
    first_sync: Annotated[
        bool, typer.Option("--first-sync", help="Send although the ledger is empty.")
    ] = False,
    allow_clears: Annotated[
        bool, typer.Option("--allow-clears", help="Send although many values are cleared.")
    ] = False,
    allow_identity_changes: Annotated[
        bool,
        typer.Option(
            "--allow-identity-changes",
            help="Rename, merge, identify users and give aliases, as the destination says.",
        ),
    ] = False,
    retry_refused: Annotated[
        bool,
        typer.Option(
            "--retry-refused", help="Tell Braze again of identity changes that it refused."
        ),
    ] = False,
    allow_rejects: Annotated[
        bool, typer.Option("--allow-rejects", help="Exit 0 also with rejected rows.")
    ] = False,
    select: NotBuilt = None,
    exclude: NotBuilt = None,
    since: NotBuilt = None,
    until: NotBuilt = None,
    resume: NotBuilt = None,
    json: JsonOption = False,
) -> int:
    """Bring everything up to date: land, stitch, build, and send only what changed."""
    refuse_options("run", select=select, exclude=exclude, since=since, until=until, resume=resume)
    given = names or []
    if given[:1] == ["resolve"]:
        refuse("run resolve")
    if given[:1] == ["show"]:
        return _show(given[1:], project=project, env=env, json=json)
    options = RunOptions(
        names=tuple(given),
        full_refresh=full_refresh,
        send=not no_send,
        first_sync=first_sync,
        allow_clears=allow_clears,
        allow_identity_changes=allow_identity_changes,
        retry_refused=retry_refused,
        seed=int.from_bytes(os.urandom(4)),
    )
    with (
        TerminalProgress() as progress,
        stopping_on_signals() as stopping,
        open_house(project, environment=env, progress=progress) as house,
    ):
        summary = run_project(
            house,
            options,
            as_of=parse_as_of(as_of, house.project.timezone),
            randomness=os.urandom,
            stopping=stopping,
        )
    if json:
        echo_json(summary)
    else:
        print_summary(summary)
    for advice in _advice(summary):
        err.print(advice, markup=False)
    return DONE_WITH_REJECTS if summary.rejected and not allow_rejects else 0


def plan_(
    names: Annotated[list[str] | None, typer.Argument(help="Orchestrations, campaigns.")] = None,
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    person: Annotated[
        str | None,
        typer.Option("--person", help="Show one person: the exact JSON, and why not."),
    ] = None,
    build: Annotated[bool, typer.Option("--build", help="Not built yet.")] = False,
    against: NotBuilt = None,
    json: JsonOption = False,
) -> int:
    """Show what a run would send, from the tables as they are; change nothing."""
    refuse_options("plan", build=build or None, against=against)
    with open_house(project, environment=env) as house:
        plans = plan(house, names or (), person=person)
    if json:
        echo_json(plans)
        return 0
    print_plans(plans)
    return 0


def runs(
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    limit: Annotated[int, typer.Option("--limit", help="How many.")] = 20,
    json: JsonOption = False,
) -> int:
    """List the latest runs."""
    with open_house(project, environment=env) as house:
        found = list_runs(house, limit=limit)
    if json:
        echo_json(found)
        return 0
    print_table(
        ("run", "state", "as of", "started", "seconds", "data points", "error"),
        (
            (
                one["id"],
                str(one["state"]),
                one["as_of"],
                one["started_at"],
                _seconds(one["started_at"], one["ended_at"]),
                one["data_points"],
                (one["error"] or {}).get("message", ""),
            )
            for one in found
        ),
    )
    return 0


def _seconds(started_at: datetime, ended_at: datetime | None) -> float | None:
    return None if ended_at is None else round((ended_at - started_at).total_seconds(), 1)


def print_summary(summary: RunSummary) -> None:
    """Print a run's counts: by room, then what it came to, then what was rejected and why."""
    print_table(
        ("room", "rows in", "rows out", "rejected", "seconds"),
        (
            (room.room, room.rows_in, room.rows_out, room.rejected, round(room.seconds, 2))
            for room in summary.rooms
        ),
    )
    print_table(
        ("people", "fields changed", "data points", "requests", "profiles sent", "unsettled"),
        [
            (
                summary.people,
                summary.fields_changed,
                summary.data_points,
                summary.requests,
                summary.acknowledged,
                summary.unsettled,
            )
        ],
    )
    for budget in summary.budgets:
        out.print(f"budget: {budget['told']}", markup=False)
    print_held(summary.held)
    if summary.reasons:
        print_table(
            ("rejected", "where", "reason", "first at"),
            (
                (
                    reason["rows"],
                    reason["name"],
                    _reason(reason),
                    f"{reason['file']}:{reason['line']}" if "file" in reason else "",
                )
                for reason in summary.reasons
            ),
        )


def _advice(summary: RunSummary) -> Iterator[str]:
    """Say what to do about what did not go through, each thing once."""
    for budget in summary.budgets:
        if budget["exceeded"]:
            yield (
                f"notice: the budget was exceeded, and on_fail is warn: {budget['told']}\n"
                "  hint: what each attribute cost: onefold ledger costs"
            )
    for source, columns in summary.unread_columns.items():
        yield (
            f"notice: source {source}: no field reads {', '.join(columns)}\n"
            f"  hint: to land them, add them under `fields:` of the source"
        )
    for source, columns in summary.superfluous.items():
        yield (
            f"notice: {source}: {', '.join(columns)} left out, for the destination knows people by "
            "another identifier\n  hint: leave them out of the SELECT"
        )
    if summary.identity_changes:
        counts = ", ".join(f"{kind} {n}" for kind, n in summary.identity_changes.items())
        yield (
            f"notice: identifiers changed, and Braze was not told: {counts}\n"
            "  hint: onefold plan lists them; on_identity_change of the destination says what is "
            "told"
        )
    landed = [reason["name"] for reason in summary.reasons if reason["room"] == "ingest"]
    for source in dict.fromkeys(landed):
        yield (
            f"notice: source {source}: some rows were rejected, the others landed\n"
            f"  hint: look at them: onefold show rejects.{source}; correct them in the file, "
            "then run again"
        )
    sent = [reason for reason in summary.reasons if reason["room"] == "destinations"]
    for told in dict.fromkeys(map(_why_not_sent, sent)):
        yield f"notice: {told}"


def _why_not_sent(reason: Mapping[str, Any]) -> str:
    if reason["reason"] in UNFIT_IDENTIFIERS:
        return f"{reason['reason']}: {UNFIT_IDENTIFIERS[reason['reason']]}"
    if reason["field"]:
        return (
            "a value that cannot be sent was left out, the other fields of its row were sent\n"
            "  hint: onefold plan lists such values; correct them in the SQL or in the source"
        )
    return "rows were refused by the destination\n  hint: onefold explain ID shows its answer"


def _reason(reason: Mapping[str, object]) -> str:
    field = reason.get("field")
    text = str(reason.get("reason"))
    return text if not field or text.startswith(str(field)) else f"{field}: {text}"


@contextmanager
def stopping_on_signals() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a question answered between two requests."""
    asked = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        err.print("stopping after what is under way; once more stops at once")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(given: list[str], *, project: Path, env: str | None, json: bool) -> int:
    if len(given) != 1:
        raise UsageError("run show takes one run's id", hint="list them: onefold runs")
    with open_house(project, environment=env) as house:
        found = show_run(house, given[0])
    if json:
        echo_json(found)
        return 0
    out.print(f"run {found.run.id}: {found.run.state}, as of {found.run.as_of.isoformat()}")
    if found.run.error:
        out.print(f"{found.run.error['message']}\n  hint: {found.run.error['hint']}", markup=False)
    print_table(
        ("stage", "step", "state", "rows in", "rows out", "rejected", "seconds"),
        (
            (s.stage, s.name, str(s.state), s.rows_in, s.rows_out, s.rejected, s.seconds)
            for s in found.steps
        ),
    )
    print_summary(found.summary)
    return 0
