"""Kinds of things that a destination takes."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ObjectKind"]


class ObjectKind(StrEnum):
    """What an orchestration's rows become at the destination; each kind has a ledger of its own."""

    ATTRIBUTES = "attributes"  # what a profile holds: sent when it changes
    EVENTS = "events"  # something happened: sent once
    PURCHASES = "purchases"  # something was bought: sent once

    @property
    def happens_once(self) -> bool:
        """Whether sending it twice would make it happen twice."""
        return self is not ObjectKind.ATTRIBUTES
