"""How the room finds what every brand has: names of relations, nothing that a marketer tunes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SegmentSettings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentSettings:
    """Names that compiled SQL refers to. The defaults are the names that projects see.

    Attributes:
        universe: the table of all persons, one row each: segments select from it and nothing else.
        purchases: one row an order item, with `person_id`: what `purchased` reads.
        segments_schema: schema of the relations that `in_segment` reads, one column `person_id`.
        lists_schema: schema of the relations that `in_list` reads, one column `person_id`.
    """

    universe: str = "merged_customers"
    purchases: str = "unified_itemized_transactions"
    segments_schema: str = "segments"
    lists_schema: str = "lists"

    def segment(self, name: str) -> str:
        """Name the relation that holds a segment's persons."""
        return f"{self.segments_schema}.{name.lower()}"

    def list(self, name: str) -> str:
        """Name the relation that holds an uploaded list's persons."""
        return f"{self.lists_schema}.{name.lower()}"
