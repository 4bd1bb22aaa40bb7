"""A project file as plain values that remember where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onefold.errors import Place

__all__ = ["Document", "Path"]

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions (from 0) in lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A YAML file of the project.

    Attributes:
        file: its path, relative to the project's root, with `/`.
        data: its values, as plain dicts, lists, texts, numbers, booleans, dates and None.
        marks: for each path the places of its key (or list item) and of its value.
    """

    file: str
    data: dict[str, Any]
    marks: Mapping[Path, tuple[Place, Place]] = field(repr=False)

    def place(self, path: Path = ()) -> Place:
        """Return where a value stands: a mapping or list at its key, a plain value at itself.

        A path that the file does not hold gives the place of what it would stand in.
        """
        known = self._deepest(path)
        if not known:
            return Place(self.file, 1, 1)
        key, value = self.marks[known]
        return key if isinstance(self.value(known), (dict, list, type(None))) else value

    def holds(self, path: Path) -> bool:
        """Tell whether something stands at a path."""
        return path in self.marks

    def key_place(self, path: Path) -> Place:
        """Return where a key stands."""
        known = self._deepest(path)
        return self.marks[known][0] if known else Place(self.file, 1, 1)

    def value(self, path: Path) -> Any:
        """Return the value at a path, as written, or None when there is nothing."""
        found: Any = self.data
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def written(self, path: Path) -> Any:
        """Return the value at a path, or the plain value that is short for what a path leads into.

        `treatments: {offer_a: 90%}` is short for `{offer_a: {share: 90%}}`.
        """
        return self.value(self._deepest(path))

    def _deepest(self, path: Path) -> Path:
        return next((path[:n] for n in range(len(path), 0, -1) if path[:n] in self.marks), ())
