"""A chunk on its way: whole, or in the pieces into which a refusal of the whole cut it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from onefold.destinations import Request, halves
from onefold.model import Answer, ChunkState, RowRefusal
from onefold.store import LAST, Part, Receipt

__all__ = ["Piece", "Settled"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A receipt, the array whose change set it belongs to, and how many rows it speaks of."""

    array: str
    receipt: Receipt
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A request, and which rows of its chunk are in it.

    A chunk's rows lie in one array of the body or in several, each with a change set of its own;
    positions count from 0 in each.

    Attributes:
        chunk: the chunk's number.
        request: what is sent.
        first: the position of its first row in the chunk, by array; 0 for arrays not named.
        cut_short: the arrays of which it does not hold the last row.
    """

    chunk: int
    request: Request
    first: Mapping[str, int] = field(default_factory=dict)
    cut_short: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return self.request.rows

    @property
    def parts(self) -> Mapping[str, Part]:
        """Its rows, by array, as the outbox calls them."""
        return {array: self._part(array, range(count)) for array, count in self._arrays()}

    def halves(self) -> tuple[Piece, Piece] | None:
        """Cut it in two, or give None when it cannot be cut."""
        both = halves(self.request)
        if both is None:
            return None
        front, back = both
        moved = {
            array: self.first.get(array, 0) + front.arrays.get(array, 0)
            for array in self.request.arrays
        }
        return (
            Piece(
                chunk=self.chunk,
                request=front,
                first=self.first,
                cut_short=self.cut_short | back.arrays.keys(),
            ),
            Piece(chunk=self.chunk, request=back, first=moved, cut_short=self.cut_short),
        )

    def settled(self, answer: Answer, *, sent_at: datetime, now: datetime) -> list[Settled]:
        """Give the receipts of an answer: one an array, more when the fate of some is unknown."""
        found = []
        for array, offset, span, unknown in self._spans(answer):
            first = self.first.get(array, 0) - offset
            refusals = tuple(
                RowRefusal(position=first + one.position, reason=one.reason)
                for one in answer.refusals
                if one.position - offset in span
            )
            receipt = Receipt(
                part=self._part(array, span),
                state=ChunkState.UNSETTLED if unknown else ChunkState.ACKNOWLEDGED,
                sent_at=sent_at,
                settled_at=now,
                status=answer.status,
                accepted=answer.accepted,
                retries=answer.retries,
                note=answer.note or None,
                refusals=refusals,
            )
            found.append(Settled(array=array, receipt=receipt, rows=len(span)))
        return found

    def refused(
        self, reason: str, *, now: datetime, sent_at: datetime | None = None, guilty: bool = False
    ) -> list[Settled]:
        """Give the receipts of a refusal of the whole piece.

        Args:
            reason: what the destination said.
            now: the time.
            sent_at: when it was sent; now, when nobody remembers.
            guilty: whether the fault is its row's, which would be refused again. Else nothing was
                taken, and its rows may be sent again.
        """
        return [
            Settled(
                array=array,
                receipt=Receipt(
                    part=part,
                    state=ChunkState.ACKNOWLEDGED if guilty else ChunkState.REJECTED,
                    sent_at=sent_at or now,
                    settled_at=now,
                    note=reason,
                    refusals=(RowRefusal(position=part.first, reason=reason),) if guilty else (),
                ),
                rows=self.request.arrays[array],
            )
            for array, part in self.parts.items()
        ]

    def unsettled(self, reason: str, *, sent_at: datetime) -> list[Settled]:
        """Give the receipts when nobody knows what arrived."""
        state = ChunkState.UNSETTLED
        return [
            Settled(
                array=array,
                receipt=Receipt(part=part, state=state, sent_at=sent_at, note=reason),
                rows=self.request.arrays[array],
            )
            for array, part in self.parts.items()
        ]

    def _arrays(self) -> Sequence[tuple[str, int]]:
        return [(array, count) for array, count in self.request.arrays.items() if count]

    def _spans(self, answer: Answer) -> Iterator[tuple[str, int, range, bool]]:
        """Cut each array into spans of known and of unknown rows.

        Yields:
            The array, its offset in the request, a span of its rows, whether they are unknown.
        """
        offset = 0
        for array, count in self._arrays():
            at = offset
            for unknown in answer.unknown:
                start, stop = max(unknown.start, at), min(unknown.stop, offset + count)
                if start < stop:
                    if at < start:
                        yield array, offset, range(at - offset, start - offset), False
                    yield array, offset, range(start - offset, stop - offset), True
                    at = stop
            if at < offset + count:
                yield array, offset, range(at - offset, count), False
            offset += count

    def _part(self, array: str, span: range) -> Part:
        """Name rows of an array; a chunk's last row is named so, however many there are."""
        first = self.first.get(array, 0)
        is_end = span.stop == self.request.arrays[array] and array not in self.cut_short
        return Part(self.chunk, first + span.start, LAST if is_end else first + span.stop - 1)
