"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from onefold.errors import UsageError

__all__ = ["EnvOption", "JsonOption", "ProjectOption", "exiting", "parse_as_of"]

ProjectOption = Annotated[
    Path,
    typer.Option("--project", help="The project's folder, or one below it.", show_default="here"),
]
EnvOption = Annotated[
    str | None,
    typer.Option("--env", help="The environment; else ONEFOLD_ENV, else the project's first."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to stdout.")]


def exiting(command: Callable[..., int]) -> Callable[..., None]:
    """Let a command end the process with the exit code that it returns."""

    @wraps(command)
    def ending(*arguments: object, **options: object) -> None:
        code = command(*arguments, **options)
        if code:
            raise typer.Exit(code)

    return ending


def parse_as_of(text: str | None, timezone: str) -> datetime | None:
    """Read `--as-of`: ISO 8601; without an offset it is in the project's zone.

    Raises:
        UsageError: it is no time.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--as-of {text} is not a time", hint="write it as 2027-01-15 or 2027-01-15T09:00"
        ) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(timezone))
    return found.astimezone(UTC)
