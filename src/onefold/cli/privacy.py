"""`privacy`: what is stored of a person, for that person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onefold.app import export_person, open_house
from onefold.cli.not_built import refuse
from onefold.cli.options import EnvOption, JsonOption, ProjectOption, exiting
from onefold.cli.output import echo_json, out, print_table

__all__ = ["register"]

HERE = Path()
WhoArgument = Annotated[
    str, typer.Argument(help="A person id, an identifier, an e-mail or a phone.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command(
        "export",
        epilog="Examples: onefold privacy export marie@example.fr --to marie.zip · "
        "onefold privacy export marie@example.fr --to marie --json",
    )(exiting(export))
    group.command(
        "erase",
        help="Not built yet: erases a person.",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(erase)
    app.add_typer(group, name="privacy", help="Give a person the data that is stored of them.")


def export(
    who: WhoArgument,
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


def erase() -> None:
    """Say that it is not built yet."""
    refuse("privacy erase")
