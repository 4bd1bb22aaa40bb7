"""SQL files of the project: their text, for the rooms that parse and run it."""

from __future__ import annotations

from dataclasses import dataclass, field

from onefold.project.files import Kind

__all__ = ["SqlFile"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlFile:
    """A table, query, test or segment written in SQL.

    Attributes:
        kind: `table`, `query`, `test` or `segment`.
        id: the file's name without `.sql`.
        file: the file, relative to the project's root.
        text: what it holds, header included.
    """

    kind: Kind
    id: str
    file: str
    text: str = field(repr=False)
