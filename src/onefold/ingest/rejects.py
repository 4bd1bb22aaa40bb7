"""Rows that were refused: written where people find them, summed up, held against the limit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from onefold.errors import LoadRefused
from onefold.ingest.config import FeedConfig
from onefold.ingest.fixed import query
from onefold.ingest.landing import Rejects
from onefold.model import Reject
from onefold.warehouse import Engine

__all__ = ["TooManyRejects", "check_limit", "keep_rejects"]

_SHOWN = 3


class TooManyRejects(LoadRefused):
    """More rows were refused than `max_rejected` allows. Nothing landed; the rejects are kept.

    Attributes:
        rejects: the rows that were refused, with the files that hold them.
        read: rows that the load read.
        rejected: rows of these that were refused.
    """

    def __init__(self, message: str, *, hint: str, rejects: Rejects, read: int, rejected: int):
        super().__init__(message, hint=hint)
        self.rejects = rejects
        self.read = read
        self.rejected = rejected


def keep_rejects(engine: Engine, staged: str, folder: Path) -> Rejects:
    """Write the refused rows of a staged load, if there are any."""
    found = engine.rows(query("reject_summary", {"staged": staged}))
    if not found:
        return Rejects()
    summary = tuple(
        Reject(
            reason=f"{field}: {reason}" if field else reason,
            rows=rows,
            file=file,
            line=line,
            field=field,
        )
        for field, reason, rows, file, line in found
    )
    files = engine.write(query("reject_rows", {"staged": staged}), folder)
    return Rejects(summary=summary, files=tuple(files))


def check_limit(feed: FeedConfig, rejects: Rejects, *, read: int, rejected: int) -> None:
    """Refuse a load with more rejected rows than the feed allows.

    Raises:
        TooManyRejects: it carries the rejects.
    """
    limit = feed.max_rejected
    allowed = limit * read if isinstance(limit, Fraction) else limit
    if rejected <= allowed:
        return
    shown = f"{float(100 * limit):g}%" if isinstance(limit, Fraction) else f"{limit} rows"
    examples = "; ".join(_example(reject) for reject in rejects.summary[:_SHOWN])
    raise TooManyRejects(
        f"source {feed.source}: {rejected} of {read} rows ({100 * rejected / read:.3g}%) were"
        f" rejected, and max_rejected is {shown}: nothing of this load landed. {examples}",
        hint=f"look at the rows in table rejects.{feed.source}, then correct the file or the"
        " field's type, or raise max_rejected",
        rejects=rejects,
        read=read,
        rejected=rejected,
    )


def _example(reject: Reject) -> str:
    return f"{reject.reason}: {reject.rows} rows, first at {reject.file}:{reject.line}"
