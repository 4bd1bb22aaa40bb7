"""Counts that must reconcile, and rows that were refused."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Reject", "Tally"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What became of the rows that were read: read = landed + rejected + superseded, always.

    Attributes:
        read: rows (or lines meant to be rows) that the objects held.
        landed: rows that now stand in the table.
        rejected: rows refused with a reason, kept in `rejects.<source>`.
        superseded: rows that another row with the same key outdid (by `last_updated`, then
            the later file, then the later row), in this load or in an earlier one.
    """

    read: int = 0
    landed: int = 0
    rejected: int = 0
    superseded: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that do not reconcile: a row would be lost."""
        if self.read != self.landed + self.rejected + self.superseded:
            raise ValueError(f"counts do not reconcile: {self}")

    def __add__(self, other: Tally) -> Tally:
        """Add two tallies."""
        return Tally(
            read=self.read + other.read,
            landed=self.landed + other.landed,
            rejected=self.rejected + other.rejected,
            superseded=self.superseded + other.superseded,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reject:
    """A reason for refusals with how often it struck and one example of where.

    Attributes:
        reason: a short sentence without personal data, such as `born: not a date (dd/mm/yyyy)`.
        rows: how many rows it struck.
        file: an object where it struck.
        line: the line in it (from 1), when the format has lines; else the row number (from 1).
        field: the field that was wrong, when one was.
    """

    reason: str
    rows: int
    file: str
    line: int
    field: str | None = None
