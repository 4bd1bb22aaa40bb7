"""Kinds of things that a destination takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ATTRIBUTES", "COHORTS", "IDENTITIES", "DestinationObject", "ObjectKind"]


class ObjectKind(StrEnum):
    """What an orchestration's rows become at the destination."""

    ATTRIBUTES = "attributes"  # what a profile holds: sent when it changes
    EVENTS = "events"  # something happened: sent once
    PURCHASES = "purchases"  # something was bought: sent once
    COHORTS = "cohorts"  # lists that people are on
    SUBSCRIPTION_GROUPS = "subscription_groups"  # what people agreed to receive
    CATALOG = "catalog"  # items, which are no people
    IDENTITIES = "identities"  # what people are called besides the destination's identifier

    @property
    def happens_once(self) -> bool:
        """Whether sending it twice would make it happen twice."""
        return self in (ObjectKind.EVENTS, ObjectKind.PURCHASES)

    @property
    def is_list(self) -> bool:
        """Whether it is lists of people: a request is about one of them, a person in several."""
        return self in (ObjectKind.COHORTS, ObjectKind.SUBSCRIPTION_GROUPS)

    @property
    def comes_in_cells(self) -> bool:
        """Whether a person may stand in several rows of a change set, one for each field."""
        return self.is_list or self is ObjectKind.IDENTITIES

    @property
    def is_of_people(self) -> bool:
        """Whether its rows are people, known by the destination's identifier."""
        return self is not ObjectKind.CATALOG

    @classmethod
    def of(cls, text: str) -> ObjectKind:
        """Read the kind from what ledgers call an object."""
        return cls(text.partition(" ")[0])


@dataclass(frozen=True, slots=True)
class DestinationObject:
    """What one ledger of a workspace is about.

    Attributes:
        kind: the kind of things.
        name: which one, where a destination has several: the catalog's name.
    """

    kind: ObjectKind
    name: str = ""

    @classmethod
    def of(cls, text: str) -> DestinationObject:
        """Read what ledgers call an object."""
        return cls(ObjectKind.of(text), text.partition(" ")[2])

    def __str__(self) -> str:
        """Write it as ledgers call it: `attributes`, `catalog products`."""
        return f"{self.kind} {self.name}" if self.name else str(self.kind)


ATTRIBUTES = DestinationObject(ObjectKind.ATTRIBUTES)
COHORTS = DestinationObject(ObjectKind.COHORTS)
IDENTITIES = DestinationObject(ObjectKind.IDENTITIES)
