"""Documented commands that this version does not have: refused plainly, never ignored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from onefold.errors import NotBuiltYet

__all__ = ["COMMANDS", "NotBuilt", "refuse", "refuse_options", "register"]

NotBuilt = Annotated[str | None, typer.Option(help="Not built yet.")]

COMMANDS = {
    "test": "sends to testers only",
    "lineage": "traces a table or column to its sources",
    "stitch": "reports on, evaluates and labels identity resolution",
    "ingest": "replays rejected rows",
    "source": "proposes a source's YAML",
    "lists": "imports lists of people",
    "pause": "stops all sending",
    "resume": "lets sending go on",
    "backup": "saves the store",
    "gc": "removes files that nothing needs",
    "doctor": "looks for what is wrong with the installation",
    "migrate": "moves a store to another database",
    "serve": "serves the web interface",
    "users": "manages people",
    "tokens": "manages API tokens",
}


def register(app: typer.Typer) -> None:
    """Add a command for each, which says that it is not there yet."""
    for name, purpose in COMMANDS.items():
        app.command(
            name,
            help=f"Not built yet: {purpose}.",
            context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        )(_refusing(name))


def refuse(command: str) -> NoReturn:
    """Say that a documented command is not built yet.

    Raises:
        NotBuiltYet: always.
    """
    raise NotBuiltYet(
        f"`onefold {command}` is documented but not built yet in this version",
        hint="see CHANGELOG.md for what is; `onefold --help` lists the commands",
    )


def refuse_options(command: str, **given: object) -> None:
    """Refuse the options of a command that are documented but not built yet.

    Raises:
        NotBuiltYet: one was given.
    """
    for name, value in given.items():
        if value is not None:
            refuse(f"{command} --{name}")


def _refusing(name: str) -> Callable[[], None]:
    def command() -> None:
        refuse(name)

    return command
