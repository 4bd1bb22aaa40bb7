"""The tally does not grow with the rows, whatever a destination writes into its reasons."""

from __future__ import annotations

from datetime import UTC, datetime

from onefold.destinations import Request
from onefold.run import SendTally
from onefold.run.pieces import Piece
from onefold.run.tallying import MOST_REASONS, OTHERS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_reasons_that_all_differ_are_counted_together_in_the_end() -> None:
    tally = SendTally()
    for number in range(MOST_REASONS + 30):
        request = Request(path="/", body=b"{}", arrays={"attributes": 2})
        piece = Piece(chunk=number, request=request)
        tally.count(piece.refused(f"no to p{number}", now=NOW))
        tally.count(piece.refused("no to p0", now=NOW))
    assert tally.refused_for["no to p0"] == 2 * (MOST_REASONS + 31)
    assert tally.refused_for[OTHERS] == 2 * 30
    assert len(tally.refused_for) == MOST_REASONS + 1
