"""What became of a change set's requests and rows, counted as answers come."""

from __future__ import annotations

from dataclasses import dataclass, field

from onefold.model import ChunkState
from onefold.store import Receipt

__all__ = ["SendTally"]


@dataclass(slots=True)
class SendTally:
    """What became of a change set's requests and rows so far."""

    answered: int = 0
    retries: int = 0
    acknowledged: int = 0
    refused: int = 0
    rejected_requests: int = 0
    rejected_rows: int = 0
    unsettled_requests: int = 0
    unsettled_rows: int = 0
    undelivered_requests: int = 0
    refused_for: dict[str, int] = field(default_factory=dict)

    def count(self, receipt: Receipt, rows: int) -> None:
        """Add one receipt, of so many rows."""
        self.answered += 1
        self.retries += receipt.retries or 0
        if receipt.state is ChunkState.ACKNOWLEDGED:
            self.acknowledged += rows - len(receipt.refusals)
            self.refused += len(receipt.refusals)
        elif receipt.state is ChunkState.REJECTED:
            self.rejected_requests += 1
            self.rejected_rows += rows
            self._blame(receipt.note or "", rows)
        else:
            self.unsettled_requests += 1
            self.unsettled_rows += rows - len(receipt.refusals)
            self.refused += len(receipt.refusals)
        for refusal in receipt.refusals:
            self._blame(refusal.reason, 1)

    def _blame(self, reason: str, rows: int) -> None:
        self.refused_for[reason] = self.refused_for.get(reason, 0) + rows
