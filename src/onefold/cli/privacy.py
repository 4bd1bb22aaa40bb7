"""`privacy`: a person's right to what is stored of them, and to be forgotten."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from onefold.app import (
    Erased,
    ErasurePlan,
    House,
    erase,
    export_person,
    open_house,
    plan_erasure,
    resume_erasures,
)
from onefold.cli.options import EnvOption, JsonOption, ProjectOption, exiting
from onefold.cli.output import echo_json, err, out, print_table
from onefold.cli.progress import TerminalProgress
from onefold.errors import Refused, UsageError

__all__ = ["register"]

HERE = Path()
WHO = "A person id, an identifier, an e-mail or a phone."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command(
        "export",
        epilog="Examples: onefold privacy export marie@example.fr --to marie.zip · "
        "onefold privacy export marie@example.fr --to marie --json",
    )(exiting(export_all))
    group.command(
        "erase",
        epilog="Examples: onefold privacy erase marie@example.fr --dry-run · "
        "onefold privacy erase marie@example.fr · onefold privacy erase --resume",
    )(exiting(erase_all))
    app.add_typer(
        group,
        name="privacy",
        help="Give a person the data that is stored of them, or erase them.",
        epilog="Example: onefold privacy export marie@example.fr --to marie.zip",
    )


def export_all(
    who: Annotated[str, typer.Argument(help=WHO)],
    *,
    to: Annotated[Path, typer.Option("--to", help="A folder, or a .zip, that does not exist yet.")],
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> int:
    """Write everything that is stored of a person as files that the person can read."""
    with open_house(project, environment=env) as house:
        found = export_person(house, who, to)
    if json:
        echo_json(found)
        return 0
    out.print(f"person {found.person_id}, found by {found.found_by}: {found.path}", markup=False)
    print_table(("file", "entries"), found.files.items())
    return 0


def erase_all(
    who: Annotated[str | None, typer.Argument(help=f"{WHO} Left out with --resume alone.")] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what it means, and change nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask. On a terminal you are asked without it.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an erasure that did not end.")
    ] = False,
    by_hand: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORKSPACE", help="The person was deleted there by hand; may be repeated."
        ),
    ] = None,
    project: ProjectOption = HERE,
    env: EnvOption = None,
    json: JsonOption = False,
) -> int:
    """Erase a person: in Braze, in every file of the store; their records land no more."""
    if (who is None) != resume:
        raise UsageError(
            "say either whom to erase, or --resume",
            hint="onefold privacy erase marie@example.fr",
        )
    plan = None
    if who is not None:
        with open_house(project, environment=env) as house:
            plan = plan_erasure(house, who)
        if dry_run and json:
            echo_json({name: told for name, told in asdict(plan).items() if name != "traces"})
        elif not json:
            _show(plan)
        if dry_run:
            return 0
        if not yes:
            _agree(plan)
    with (
        TerminalProgress() as progress,
        open_house(project, environment=env, progress=progress) as house,
    ):
        done = (
            resume_erasures(house, by_hand=by_hand or ())
            if plan is None
            else (_erase(house, plan, by_hand or ()),)
        )
    if json:
        echo_json(done)
    else:
        _tell(done)
    return 0


def _erase(house: House, plan: ErasurePlan, by_hand: Sequence[str]) -> Erased:
    return erase(
        house,
        plan,
        erasure_id=uuid4().hex,
        randomness=secrets.token_bytes,
        by_hand=by_hand,
    )


def _show(plan: ErasurePlan) -> None:
    out.print(f"person {plan.person_id}, found by {plan.found_by}", markup=False)
    print_table(("source", "records"), plan.records.items())
    print_table(("table, all versions of it", "rows"), plan.rows.items())
    if plan.deleted_at:
        print_table(
            ("workspace", "deleted there"),
            ((workspace, ", ".join(names)) for workspace, names in plan.deleted_at.items()),
        )
    if plan.not_looked_at:
        sources = ", ".join(plan.not_looked_at)
        out.print(f"not looked at, for their records lead to nobody: {sources}", markup=False)
    if plan.delivered_in:
        out.print("your own files keep the person; remove these lines there:")
        for one in plan.delivered_in:
            out.print(f"  {one}", markup=False)


def _agree(plan: ErasurePlan) -> None:
    """Ask for the person's id; nobody else can agree.

    Raises:
        Refused: nobody agreed.
    """
    hint = "look at it with --dry-run, then run again with --yes"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused("erasing cannot be undone, and nobody was there to agree", hint=hint)
    typed = typer.prompt("This cannot be undone. Type the person's id to erase them", err=True)
    if typed.strip() != plan.person_id:
        raise Refused("that is not the person's id; nothing was erased", hint=hint)


def _tell(done: Sequence[Erased]) -> None:
    for one in done:
        out.print(f"erased ({one.erasure_id}): {one.files} files were written anew")
        for workspace, identifiers in one.deleted_at.items():
            out.print(f"  workspace {workspace}: {identifiers} deleted", markup=False)
    if not done:
        err.print("no erasure is under way")
