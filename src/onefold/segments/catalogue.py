"""What rules may read: the tables offered to segments, their columns, and what a row of them is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from onefold.model import Column, FieldType

__all__ = ["PERSONS", "PERSON_ID", "Catalogue", "Grain", "TableShape"]

PERSON_ID = "person_id"


class Grain(StrEnum):
    """What one row of a table is."""

    PERSON = "person"  # at most one row a person, `person_id` unique and never null
    ROWS = "rows"  # any number of rows a person: orders, opt-ins, events


@dataclass(frozen=True, kw_only=True, slots=True)
class TableShape:
    """A table that rules may read.

    Attributes:
        columns: engine type by column name, lower case; one of them is `person_id`.
        grain: what one row is.
    """

    columns: Mapping[str, str]
    grain: Grain

    def __post_init__(self) -> None:
        """Refuse a table of nobody: it cannot be offered to segments."""
        if PERSON_ID not in self.columns:
            raise ValueError(f"a table without {PERSON_ID} says nothing about persons")

    @classmethod
    def of(cls, columns: Iterable[Column], grain: Grain) -> TableShape:
        """Make a shape of a table version's columns."""
        return cls(columns={column.name: column.engine_type for column in columns}, grain=grain)

    def type_of(self, column: str) -> FieldType | None:
        """Return a column's type in our words, or None when we have none for it."""
        return FieldType.of_engine(self.columns[column])


Catalogue = Mapping[str, TableShape]
"""Tables by name, lower case: `merged_customers`, `segments.loyalty_members`, `lists.vip_evening`.

Schema `main` is not written. Segments and lists stand in it too: `in_segment: x` is refused unless
`segments.x` does; `PERSONS` is their shape.
"""

PERSONS = TableShape(columns={PERSON_ID: "VARCHAR"}, grain=Grain.PERSON)
