"""Kinds of things that a destination takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ATTRIBUTES", "DestinationObject", "ObjectKind"]


class ObjectKind(StrEnum):
    """What an orchestration's rows become at the destination."""

    ATTRIBUTES = "attributes"  # what a profile holds: sent when it changes
    EVENTS = "events"  # something happened: sent once
    PURCHASES = "purchases"  # something was bought: sent once
    COHORTS = "cohorts"  # lists that people are on
    SUBSCRIPTION_GROUPS = "subscription_groups"  # what people agreed to receive
    CATALOG = "catalog"  # items, which are no people

    @property
    def happens_once(self) -> bool:
        """Whether sending it twice would make it happen twice."""
        return self in (ObjectKind.EVENTS, ObjectKind.PURCHASES)

    @property
    def is_of_people(self) -> bool:
        """Whether its rows are people, known by the destination's identifier."""
        return self is not ObjectKind.CATALOG


@dataclass(frozen=True, slots=True)
class DestinationObject:
    """What one ledger of a workspace is about.

    Attributes:
        kind: the kind of things.
        name: which one, where a destination has several: the catalog's name.
    """

    kind: ObjectKind
    name: str = ""

    def __str__(self) -> str:
        """Write it as ledgers call it: `attributes`, `catalog products`."""
        return f"{self.kind} {self.name}" if self.name else str(self.kind)


ATTRIBUTES = DestinationObject(ObjectKind.ATTRIBUTES)
