"""`onefold`: the commands, and what becomes of errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from onefold import __version__
from onefold.cli import credentials, looking, not_built, privacy, running, starting
from onefold.cli.output import err, error_json
from onefold.errors import OnefoldError

__all__ = ["app", "main"]

app = typer.Typer(
    name="onefold",
    help="A customer data platform that you run yourself. Start with: onefold demo",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for room in (starting, running, looking, credentials, privacy, not_built):
    room.register(app)


@app.callback(invoke_without_command=True)
def _version(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        typer.echo(f"onefold {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; exit 0 done, 1 refused or failed, 2 usage, 3 done with rejected rows."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app(given)
    except OnefoldError as error:
        _tell(error, json="--json" in given)
        sys.exit(error.exit_code)


def _tell(error: OnefoldError, *, json: bool) -> None:
    if json:
        where = str(error.where) if error.where else None
        error_json(error, message=error.message or str(error), hint=error.hint, where=where)
    err.print(f"error: {error}", markup=False)
