"""Errors of this room: each knows the path into the rule's data, for a loader to make a place of.

The path ``("all", 3, "where", 1, "op")`` leads from the root of the data that was parsed to the key
or the item that is wrong; the project loader turns it into ``file:line:column``.
"""

from __future__ import annotations

from collections.abc import Iterable

from onefold.errors import Place, ProjectError, UnknownKey, UnknownReference, nearest

__all__ = ["Path", "RuleError", "UnknownRuleKey", "UnknownRuleReference", "near"]

Path = tuple[str | int, ...]


class RuleError(ProjectError):
    """A rule is wrong; `path` leads to the guilty key or item in the data that was parsed."""

    def __init__(
        self, message: str, *, path: Path, hint: str = "", where: Place | None = None
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.path = path


class UnknownRuleKey(RuleError, UnknownKey):
    """A key that no rule has."""


class UnknownRuleReference(RuleError, UnknownReference):
    """A table, column, segment or list that does not exist."""


def near(name: str, known: Iterable[str]) -> str:
    """Write ` (nearest: X)` for a message, or nothing when no known name looks like `name`."""
    found = nearest(name, known)
    return f" (nearest: {found})" if found else ""
