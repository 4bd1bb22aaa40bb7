"""The second fence, in the engine: no file outside some folders, no attaching, no way back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from onefold.warehouse.engine import Engine
from onefold.warehouse.sql import literal, render

__all__ = ["lock_down"]


def lock_down(engine: Engine, folders: Sequence[Path]) -> None:
    """Make an engine read and write under some folders only, from now on and for good.

    Bind views before or after: files under `folders` stay readable. Everything else is refused by
    the engine itself: other files, the network, ATTACH, extensions, Python's variables, and
    changing any setting back.

    Args:
        engine: an engine for queries of people, used for nothing else.
        folders: the store's tables, absolute.
    """
    allowed = exp.Array(expressions=[literal(f"{folder.absolute()}/") for folder in folders])
    for statement in (
        f"SET allowed_directories = {render(allowed)}",
        "SET python_enable_replacements = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        engine.run(statement)
