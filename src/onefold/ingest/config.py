"""What a feed is told about its load."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from onefold.model import FeedField

__all__ = ["FeedConfig", "Load", "RejectLimit"]

RejectLimit = Fraction | int
"""How many rows may be rejected: a Fraction (0 to 1) of the rows read, or a number of rows."""


class Load(StrEnum):
    """What a load does to the rows that stand."""

    APPEND = "append"  # adds rows; a key that stands already stays as it is
    UPSERT = "upsert"  # adds rows, and replaces those with the same key
    REPLACE = "replace"  # the rows delivered are the table


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedConfig:
    """A feed as ingest sees it.

    Attributes:
        source: the feed's id, also the landed table's name.
        fields: the fields to land, in order.
        load: append, upsert or replace.
        primary_key: names of the fields that identify a record; append may do without (then a
            row is known by its file and line).
        last_updated: the field that decides between two rows with the same key, if any.
        max_rejected: above it nothing of the load lands.
    """

    source: str
    fields: tuple[FeedField, ...]
    load: Load
    primary_key: tuple[str, ...] = ()
    last_updated: str | None = None
    max_rejected: RejectLimit = Fraction(1, 100)

    def __post_init__(self) -> None:
        """Refuse what no load could mean."""
        names = [field.name for field in self.fields]
        unknown = {*self.primary_key, self.last_updated or names[0]} - set(names)
        if unknown:
            raise ValueError(f"{self.source}: no such field: {', '.join(sorted(unknown))}")
        if not self.primary_key and self.load is not Load.APPEND:
            raise ValueError(f"{self.source}: {self.load} needs a primary key")
        if any(name.startswith("_") for name in names) or len(set(names)) < len(names):
            raise ValueError(f"{self.source}: a field's name is unique and has no _ in front")
