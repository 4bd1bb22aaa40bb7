"""What a destination answered to one request."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Answer", "RowRefusal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowRefusal:
    """A row of a request that the destination refused: its position in it (from 0), and why."""

    position: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The destination's answer to a request that it took.

    A row is refused when `refusals` names it, unknown when it lies in a span of `unknown`, and
    acknowledged otherwise.

    Attributes:
        status: the HTTP status.
        accepted: rows that the destination says it processed.
        refusals: rows it refused, each with its own reason.
        unknown: spans of positions in which rows were refused that nobody named.
        note: a text for people when the answer had a shape that nobody knows; no secrets in it.
        retries: how many tries before this one failed.
        content: the body, of a request that only reads; else empty.
    """

    status: int
    accepted: int
    refusals: tuple[RowRefusal, ...] = ()
    unknown: tuple[range, ...] = ()
    note: str = ""
    retries: int = 0
    content: bytes = field(default=b"", repr=False)  # personal data
