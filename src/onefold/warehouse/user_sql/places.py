"""Where a piece of a SQL text stands: offsets turned into file:line:column."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from onefold.errors import Place

__all__ = ["SqlText", "end_of", "start_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlText:
    """A SQL text as a person wrote it, and the line of the file at which it begins (from 1)."""

    text: str
    file: str
    first_line: int = 1

    def place(self, offset: int | None) -> Place:
        """Give the place of a character (from 0); of the first line when nobody knows which."""
        if offset is None:
            return Place(self.file, self.first_line)
        before = self.text[:offset]
        return Place(self.file, self.first_line + before.count("\n"), offset - before.rfind("\n"))

    def place_of(self, node: exp.Expr | None) -> Place:
        """Give the place where a node of the parsed tree begins."""
        return self.place(None if node is None else start_of(node))


def start_of(node: exp.Expr) -> int | None:
    """Return the offset of a node's first character, or None: only names and calls are marked."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    return min(starts, default=None)


def end_of(node: exp.Expr) -> int | None:
    """Return the offset behind a node's last character, or None: as `start_of`."""
    ends = [part.meta["end"] + 1 for part in node.walk() if "end" in part.meta]
    return max(ends, default=None)
