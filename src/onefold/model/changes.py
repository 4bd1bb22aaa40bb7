"""Words for what is to be sent and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["ChunkState", "Origin", "Price"]


class ChunkState(StrEnum):
    """What is known of one request.

    `due` and `void` are derived: no receipt in an open or in a closed change set. The others are
    receipts.
    """

    DUE = "due"  # intended, not sent
    SENT = "sent"  # durable before the first byte leaves; without an answer it becomes unsettled
    ACKNOWLEDGED = "acknowledged"  # the destination answered; refused rows are listed beside it
    REJECTED = "rejected"  # the destination refused the request as a whole
    UNSETTLED = "unsettled"  # sent, and nobody knows whether it arrived
    VOID = "void"  # never sent, and never will be: the change set was closed


class Origin(StrEnum):
    """How the rows of a change set came to be known."""

    SEND = "send"  # sent to the destination, which answered
    IDENTITY = "identity"  # the destination was told that identifiers changed
    RECONCILE = "reconcile"  # read back from the destination
    SETTLE = "settle"  # somebody looked, and said what became of what got no answer

    @property
    def sends(self) -> bool:
        """Whether something went to the destination, which may need a while to settle."""
        return self not in (Origin.RECONCILE, Origin.SETTLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a change set costs at its destination.

    Attributes:
        rows: request objects, one a person.
        requests: HTTP requests they are cut into.
        data_points: billed points (Braze: one a field set or cleared).
        sets: fields set, by field name.
        clears: fields cleared, by field name.
        points: data points, by field name.
    """

    rows: int = 0
    requests: int = 0
    data_points: int = 0
    sets: Mapping[str, int] = field(default_factory=dict)
    clears: Mapping[str, int] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)

    @property
    def fields(self) -> int:
        """Fields set or cleared, over all rows."""
        return sum(self.sets.values()) + sum(self.clears.values())
