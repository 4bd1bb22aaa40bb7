"""`query`, `show`, `list`, `explain`, `ledger`: look, and change nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from onefold.app import (
    House,
    UnsettledOccurrence,
    definitions,
    explain,
    ledger_state,
    open_house,
    query,
    reconcile,
    show,
    unsettled_occurrences,
    workspace_bill,
)
from onefold.cli.costing import show_bill
from onefold.cli.not_built import refuse
from onefold.cli.options import EnvOption, JsonOption, ProjectOption, exiting
from onefold.cli.output import echo_json, out, print_rows, print_table
from onefold.cli.progress import TerminalProgress
from onefold.cli.reconciling import show_reconciliation
from onefold.cli.settling import settle_by_hand
from onefold.errors import UsageError
from onefold.run import Sample

__all__ = ["register"]

HERE = Path()
LEDGER_ACTIONS = ("show", "costs", "reconcile", "settle", "import", "forget", "export")
REQUESTS = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("query", epilog='Example: onefold query "SELECT count(*) FROM merged_customers"')(
        exiting(query_)
    )
    app.command("show", epilog="Example: onefold show vip_customers --sql")(exiting(show_))
    app.command("list", epilog="Example: onefold list segments")(exiting(list_))
    app.command("explain", epilog="Example: onefold explain marie@example.fr")(exiting(explain_))
    app.command(
        "ledger",
        epilog="Examples: onefold ledger show shop · onefold ledger reconcile shop · "
        'onefold ledger reconcile shop --requests 100 --repair "Loyalty Tier" · '
        "onefold ledger settle shop --not-arrived",
    )(exiting(ledger))


def query_(
    sql: Annotated[str | None, typer.Argument(help="One SELECT; from stdin when absent.")] = None,
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    limit: Annotated[int | None, typer.Option("--limit", help="The most rows to give.")] = None,
    json: JsonOption = False,
) -> int:
    """Run a SELECT over the current tables."""
    text = sys.stdin.read() if sql is None else sql
    with open_house(project, environment=env) as house:
        print_rows(query(house, text, limit=limit).data, json=json)
    return 0


def show_(
    name: Annotated[str, typer.Argument(help="A table, schema.table, or a segment.")],
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL that makes it.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="The most rows to give.")] = 20,
    person: Annotated[
        str | None, typer.Option("--person", help="Only this person id's rows.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Show rows of a table or segment, or its SQL."""
    with open_house(project, environment=env) as house:
        found = show(house, name, limit=limit, person=person, only_sql=sql)
    if sql:
        text = found.sql or f"-- {name} is landed data: no SQL makes it"
        if json:
            echo_json({"name": name, "sql": text})
        else:
            out.print(text, markup=False)
        return 0
    print_rows(found.data, json=json)
    return 0


def list_(
    kind: Annotated[str | None, typer.Argument(help="sources, tables, segments, …")] = None,
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> int:
    """List what the project defines."""
    with open_house(project, environment=env) as house:
        found = definitions(house, kind)
    if json:
        echo_json(found)
        return 0
    print_table(
        ("kind", "id", "status", "title", "file"),
        ((one.kind, one.id, one.status, one.title, one.file) for one in found),
    )
    return 0


def explain_(
    who: Annotated[str, typer.Argument(help="A person id, an identifier, an e-mail or a phone.")],
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> int:
    """Tell one person's story: records, links, profile, segments, treatments, sends."""
    with open_house(project, environment=env) as house:
        story = explain(house, who)
    if json:
        echo_json(story)
        return 0
    out.print(f"person {story.person_id}, found by {story.found_by}", markup=False)
    if story.former_ids:
        out.print(f"formerly {', '.join(story.former_ids)}", markup=False)
    _print("records", story.records)
    _print("why they are one person", story.links)
    _print("profile", [{"field": name, "value": v} for name, v in story.profile.items()])
    for segment in story.segments:
        inside = "in" if segment["in_it"] else "not in"
        _print(f"{inside} segment {segment['segment']}", segment["conditions"])
    _print("campaigns", story.treatments)
    sends = [
        {**{k: v for k, v in send.items() if not k.startswith("_")}, "fields": _told(send)}
        for send in story.sends
    ]
    _print("sent", sends)
    return 0


def ledger(
    action: Annotated[str, typer.Argument(help=f"{', '.join(LEDGER_ACTIONS)}.")],
    workspace: Annotated[str | None, typer.Argument(help="The workspace.")] = None,
    *,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    requests: Annotated[
        int,
        typer.Option("--requests", min=1, help="reconcile: the most requests, 50 people each."),
    ] = REQUESTS,
    seed: Annotated[
        int | None, typer.Option("--seed", help="reconcile: which people; others each time.")
    ] = None,
    repair: Annotated[
        list[str] | None,
        typer.Option("--repair", help="reconcile: let the ledger take this field over from Braze."),
    ] = None,
    repair_all: Annotated[
        bool, typer.Option("--repair-all", help="reconcile: and every field that drifted.")
    ] = False,
    unsettled: Annotated[
        bool,
        typer.Option("--unsettled", help="show: the events and purchases that got no answer."),
    ] = False,
    arrived: Annotated[
        bool | None,
        typer.Option(
            "--arrived/--not-arrived",
            help="settle: what became of events and purchases that got no answer.",
        ),
    ] = None,
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", help="settle: only the one with this onefold_id; repeatable."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="settle: do not ask.")] = False,
    days: Annotated[int, typer.Option("--days", help="costs: how many days.", min=1)] = 30,
    attribute: Annotated[
        str | None, typer.Option("--attribute", help="costs: the attribute of --what-if.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option("--what-if", help="costs: what a policy would have saved: round_to: 10."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Show what a workspace acknowledged, what that cost, and what Braze really holds."""
    if action not in LEDGER_ACTIONS:
        raise UsageError(
            f"ledger has no action {action}", hint=f"one of: {', '.join(LEDGER_ACTIONS)}"
        )
    if action not in ("show", "costs", "reconcile", "settle"):
        refuse(f"ledger {action}")
    if action == "reconcile":
        chance = int.from_bytes(os.urandom(4)) if seed is None else seed
        sample = Sample(requests=requests, seed=chance)
        with (
            TerminalProgress() as progress,
            open_house(project, environment=env, progress=progress) as house,
        ):
            found = reconcile(
                house,
                workspace or _only_workspace(house),
                sample,
                repair=repair or (),
                repair_all=repair_all,
            )
        return show_reconciliation(found, json=json)
    with open_house(project, environment=env) as house:
        named = workspace or _only_workspace(house)
        if action == "settle":
            return settle_by_hand(house, named, arrived=arrived, ids=ids or (), yes=yes, json=json)
        if action == "costs":
            bill = workspace_bill(house, named, days=days, attribute=attribute, policy=policy)
            return show_bill(bill, json=json)
        if unsettled:
            return _print_unsettled(unsettled_occurrences(house, named), json=json)
        state = ledger_state(house, named)
    if json:
        echo_json(state)
        return 0
    out.print(
        f"workspace {state.workspace} by {state.identifier} at {state.endpoint}: "
        f"{state.profiles} profiles acknowledged"
    )
    print_table(("holds", "people"), state.scopes.items())
    print_table(
        ("change set", "run", "rows", "requests", "states", "refused rows", "data points"),
        (
            (
                one["number"],
                one["run_id"],
                one["rows"],
                one["chunks"],
                ", ".join(f"{state} {count}" for state, count in one["states"].items()),
                one["refused_rows"],
                one["data_points"],
            )
            for one in state.change_sets
        ),
    )
    return 0


def _only_workspace(house: House) -> str:
    names = sorted({one.workspace for one in house.project.destinations.values()})
    if len(names) != 1:
        raise UsageError("say which workspace", hint=f"one of: {', '.join(names) or 'none yet'}")
    return names[0]


def _print_unsettled(found: Sequence[UnsettledOccurrence], *, json: bool) -> int:
    if json:
        echo_json(found)
    elif found:
        print_table(
            ("object", "onefold_id", "user", "time", "run", "sent"),
            ((one.object, one.id, one.user, one.time, one.run, one.sent_at) for one in found),
        )
    else:
        out.print("every event and purchase that was sent got an answer")
    return 0


def _print(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = list(rows[0])
        print_table(columns, ([row.get(name) for name in columns] for row in rows), title=title)
    else:
        out.print(f"{title}: nothing")


def _told(send: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}={'cleared' if value is None else value}" for name, value in send["fields"].items()
    )
