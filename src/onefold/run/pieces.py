"""A chunk on its way: whole, or in the pieces into which a refusal of the whole cut it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from onefold.destinations import Request, halves
from onefold.model import Answer, ChunkState, RowRefusal
from onefold.store import LAST, Part, Receipt

__all__ = ["Piece", "Settled"]

Settled = tuple[Receipt, int]
"""A receipt, and how many rows it speaks of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A request, and which rows of its chunk are in it.

    Attributes:
        chunk: the chunk's number.
        request: what is sent.
        first: the position of its first row in the chunk.
        last: the position of its last row; `LAST` when all that follow are in it.
    """

    chunk: int
    request: Request
    first: int = 0
    last: int = LAST

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return self.request.rows

    @property
    def part(self) -> Part:
        """Its rows, as the outbox calls them."""
        return Part(self.chunk, self.first, self.last)

    def halves(self) -> tuple[Piece, Piece] | None:
        """Cut it in two, or give None when it cannot be cut."""
        both = halves(self.request)
        if both is None:
            return None
        middle = self.first + both[0].rows
        return (
            Piece(chunk=self.chunk, request=both[0], first=self.first, last=middle - 1),
            Piece(chunk=self.chunk, request=both[1], first=middle, last=self.last),
        )

    def settled(self, answer: Answer, *, sent_at: datetime, now: datetime) -> list[Settled]:
        """Give the receipts of an answer: one, unless the fate of some rows alone is unknown."""
        found = []
        for span, unknown in self._spans(answer):
            refusals = tuple(
                RowRefusal(position=self.first + one.position, reason=one.reason)
                for one in answer.refusals
                if one.position in span
            )
            receipt = Receipt(
                part=self._part(span),
                state=ChunkState.UNSETTLED if unknown else ChunkState.ACKNOWLEDGED,
                sent_at=sent_at,
                settled_at=now,
                status=answer.status,
                accepted=answer.accepted,
                retries=answer.retries,
                note=answer.note or None,
                refusals=refusals,
            )
            found.append((receipt, len(span)))
        return found

    def refused(
        self, reason: str, *, now: datetime, sent_at: datetime | None = None, guilty: bool = False
    ) -> Settled:
        """Give the receipt of a refusal of the whole piece.

        Args:
            reason: what the destination said.
            now: the time.
            sent_at: when it was sent; now, when nobody remembers.
            guilty: whether the fault is its row's, which would be refused again. Else nothing was
                taken, and its rows may be sent again.
        """
        refusals = (RowRefusal(position=self.first, reason=reason),) if guilty else ()
        receipt = Receipt(
            part=self.part,
            state=ChunkState.ACKNOWLEDGED if guilty else ChunkState.REJECTED,
            sent_at=sent_at or now,
            settled_at=now,
            note=reason,
            refusals=refusals,
        )
        return receipt, self.rows

    def unsettled(self, reason: str, *, sent_at: datetime) -> Settled:
        """Give the receipt when nobody knows what arrived."""
        receipt = Receipt(part=self.part, state=ChunkState.UNSETTLED, sent_at=sent_at, note=reason)
        return receipt, self.rows

    def _spans(self, answer: Answer) -> Iterator[tuple[range, bool]]:
        """Cut the request's positions into spans of known and of unknown rows."""
        at = 0
        for unknown in answer.unknown:
            if at < unknown.start:
                yield range(at, unknown.start), False
            yield unknown, True
            at = unknown.stop
        if at < self.rows:
            yield range(at, self.rows), False

    def _part(self, span: range) -> Part:
        last = self.last if span.stop == self.rows else self.first + span.stop - 1
        return Part(self.chunk, self.first + span.start, last)
