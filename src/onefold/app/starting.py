"""`onefold init`: a new project, empty or the shop."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from onefold.errors import UsageError, nearest
from onefold.examples import shop

__all__ = ["EXAMPLES", "start_project"]

EXAMPLES = ("shop",)
SANDBOX_KEY = "ONEFOLD_CREDENTIAL_BRAZE_KEY=sandbox-key\n"

ONEFOLD_YAML = """\
name: {name}
timezone: Europe/Paris            # business days, schedules, datetimes without a zone
dialect: duckdb                   # of SQL files
environments:                     # the first is the default
  dev:
    store: .onefold
    live: false                   # sends to this machine only, such as the sandbox
"""
IGNORED = ".onefold/\ndata/\n.env\n"
FOLDERS = (
    "sources",
    "tables",
    "queries",
    "segments",
    "destinations",
    "orchestrations",
    "campaigns",
    "workflows",
    "tests",
)


def start_project(
    folder: Path,
    *,
    example: str | None = None,
    customers: int = 10_000,
    day: int = 1,
    progress: Callable[[str, int], None] | None = None,
) -> tuple[str, ...]:
    """Write a new project, or the next day's files of the shop; give what was written.

    Args:
        folder: where; for a first day it must be new or empty.
        example: `shop`, or None for an empty project.
        customers: how many the shop has.
        day: 1 writes the project and its first day; 2 and later only that day's files.
        progress: hears of each file and its rows.

    Raises:
        UsageError: there is no such example.
        ProjectError: the folder holds a project already.
    """
    if example is None:
        return _empty_project(folder)
    if example not in EXAMPLES:
        close = nearest(example, EXAMPLES)
        raise UsageError(
            f"there is no example {example}" + (f"; nearest: {close}" if close else ""),
            hint=f"examples: {', '.join(EXAMPLES)}",
        )
    if day == 1:
        shop.write_project(folder, customers=customers)
        environment = folder / ".env"
        if not environment.exists():
            environment.write_text(SANDBOX_KEY, encoding="utf-8")
    written = shop.write_day(folder, customers=customers, day=day, progress=progress)
    return tuple(f"{name}: {rows} rows" for name, rows in written.rows.items())


def _empty_project(folder: Path) -> tuple[str, ...]:
    if (folder / "onefold.yaml").exists():
        raise UsageError(
            f"{folder} holds a project already", hint="choose another folder, or work there"
        )
    name = re.sub(r"[^a-z0-9_]", "_", folder.resolve().name.lower()) or "project"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "onefold.yaml").write_text(ONEFOLD_YAML.format(name=name), encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    for sub in FOLDERS:
        (folder / sub).mkdir(exist_ok=True)
    return ("onefold.yaml", ".gitignore", *(f"{sub}/" for sub in FOLDERS))
