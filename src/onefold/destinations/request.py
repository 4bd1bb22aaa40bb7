"""A request, ready for the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Request"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request, ready for the wire.

    Attributes:
        method: the HTTP method.
        path: where it goes, below the destination's endpoint.
        body: its JSON.
        arrays: the arrays of its rows, by name in the body, with how many rows each holds. A row's
            position counts through them: those of the first array from 0, then the second's.
        frame: how many bytes of the body stand before its rows and behind them, where the rows do
            not lie in an array at the top.
        repeatable: whether the same request may be sent again when an earlier try may have
            arrived: true for values that are set, false for what happens once more each time.
        reads: whether it only reads: then the answer's content is kept.
        errors_in: where its answer lists refused rows. Elsewhere than in `errors` an entry names no
            array, and is about the first.
        errors_call_it: what entries of `errors` call its array, where that is another name.
    """

    method: str = "POST"
    path: str
    body: bytes = field(repr=False)
    arrays: Mapping[str, int]
    frame: tuple[int, int] | None = None
    repeatable: bool = True
    reads: bool = False
    errors_in: str = "errors"
    errors_call_it: str = ""

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(self.arrays.values())
