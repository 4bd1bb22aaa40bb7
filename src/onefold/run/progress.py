"""Progress, told to whoever watches: the terminal, the server, nobody."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Hears of steps as they happen."""

    def started(self, stage: str, name: str, total: int | None) -> None:
        """Hear that a step began; `total` is how many rows it will count, when that is known."""

    def advanced(self, stage: str, name: str, rows: int) -> None:
        """Hear that a step got on by so many rows."""

    def finished(self, stage: str, name: str) -> None:
        """Hear that a step ended."""


class Silent:
    """Listens to nothing."""

    def started(self, stage: str, name: str, total: int | None) -> None:
        """Do nothing."""

    def advanced(self, stage: str, name: str, rows: int) -> None:
        """Do nothing."""

    def finished(self, stage: str, name: str) -> None:
        """Do nothing."""
