"""Turns to send a request: how a rate limit is counted, wherever it is counted."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Draw", "Drawn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """A wish for some turns in the present slot of a limit's window.

    Attributes:
        limit: whose limit it is: a name, the same in every process that shares it.
        slot: the present slot; slots are numbered from 1970 on.
        oldest: the oldest slot that still counts against the limit.
        turns: how many turns are wished for.
        most: how many may be taken from the oldest slot on.
        unused: a former slot, and how many turns that were drawn in it are given back.
    """

    limit: str
    slot: int
    oldest: int
    turns: int
    most: int
    unused: tuple[int, int] = (0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What a draw gave.

    Attributes:
        turns: how many turns were granted.
        oldest: the oldest slot in which turns were taken; when it has passed, some are free again.
    """

    turns: int
    oldest: int
