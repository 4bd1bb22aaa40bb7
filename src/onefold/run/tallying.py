"""What became of a delivery's requests and rows, counted as answers come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onefold.model import ChunkState
from onefold.run.pieces import Settled

__all__ = ["SendTally"]

MOST_REASONS = 200  # told apart; a destination may put a value of the row into each
OTHERS = "other reasons; each row has its own in the ledger"


@dataclass(slots=True)
class SendTally:
    """What became of a delivery's requests and rows so far."""

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

    def count(self, settled: Sequence[Settled]) -> None:
        """Add what is known of one request."""
        states = {one.receipt.state for one in settled}
        self.answered += 1
        self.retries += max((one.receipt.retries or 0 for one in settled), default=0)
        self.rejected_requests += ChunkState.REJECTED in states
        self.unsettled_requests += ChunkState.UNSETTLED in states
        for one in settled:
            self._count_rows(one)

    def _count_rows(self, one: Settled) -> None:
        refusals = one.receipt.refusals
        self.refused += len(refusals)
        if one.receipt.state is ChunkState.ACKNOWLEDGED:
            self.acknowledged += one.rows - len(refusals)
        elif one.receipt.state is ChunkState.REJECTED:
            self.rejected_rows += one.rows
            self._blame(one.receipt.note or "", one.rows)
        else:
            self.unsettled_rows += one.rows - len(refusals)
        for refusal in refusals:
            self._blame(refusal.reason, 1)

    def _blame(self, reason: str, rows: int) -> None:
        if reason not in self.refused_for and len(self.refused_for) >= MOST_REASONS:
            reason = OTHERS
        self.refused_for[reason] = self.refused_for.get(reason, 0) + rows
