"""Land what was delivered: typed, keyed, counted; or land nothing and say why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlglot import exp

from onefold.ingest.config import FeedConfig
from onefold.ingest.erased import find_erased
from onefold.ingest.fixed import query
from onefold.ingest.landing import Landing, landed_columns
from onefold.ingest.loads import find_fates, write_rows
from onefold.ingest.rejects import check_limit, keep_rejects
from onefold.ingest.staging import Delivery, stage
from onefold.ingest.standing import standing_rows
from onefold.model import BarredRecords, TableVersion, Tally
from onefold.warehouse import Engine, column, relation

__all__ = ["land"]


def land(
    engine: Engine,
    feed: FeedConfig,
    deliveries: Iterable[Delivery],
    current: TableVersion | None,
    *,
    root: Path,
    folder: Path,
    rejects_folder: Path,
    barred: BarredRecords | None = None,
) -> Landing:
    """Land one load of a feed.

    Args:
        engine: where the work is done.
        feed: what to make of the rows.
        deliveries: objects' names and rows, in loading order; each is read once, in turn. For
            `replace` they are the whole new table.
        current: the table before the load; None at first.
        root: what the paths of `current` are relative to.
        folder: where the table's new files are written, under new names; their paths are as
            `folder` has them.
        rejects_folder: where the rejected rows are written, also when the load is refused.
        barred: records that were erased: whatever is delivered of them is superseded by that.

    Returns:
        The table's files and columns, and what became of every row. Nothing that stood is
        touched: the caller makes the landing the table's next version, or does not.

    Raises:
        TooManyRejects: more rows were rejected than the feed allows; it carries the rejects.
        LoadRefused: a field's type changed, and rows that stand do not fit the new one.
        SourceError: a delivery broke off.
    """
    standing = standing_rows(feed, current, root)
    standing.check_changes(engine)
    with engine.scratch("staged", "fates") as (staged, fates):
        objects = stage(engine, feed, deliveries, staged)
        erased = find_erased(engine, staged, barred)
        rejects = keep_rejects(engine, staged, rejects_folder)
        check_limit(feed, rejects, **_read_and_rejected(engine, staged))
        stale = find_fates(engine, standing, staged, fates, erased)
        result = write_rows(engine, standing, staged, fates, stale, folder)
        tallies = _tallies(engine, objects, staged, fates)
        return Landing(
            files=(*result.kept, *result.added),
            written=result.added,
            columns=landed_columns(feed.fields),
            tally=sum(tallies.values(), Tally()),
            tallies=tallies,
            repeated_keys=engine.scalar(_repeated_keys(fates)),
            rejects=rejects,
        )


def _read_and_rejected(engine: Engine, staged: str) -> dict[str, int]:
    read, rejected = engine.row(
        exp.select(exp.func("count", exp.Star()), exp.func("count", column("_problems"))).from_(
            staged
        )
    )
    return {"read": read, "rejected": rejected}


def _repeated_keys(fates: str) -> exp.Expr:
    return exp.select(exp.Count(this=exp.Distinct(expressions=[column("_key")]))).from_(
        relation(fates)
    )


def _tallies(
    engine: Engine, objects: tuple[str, ...], staged: str, fates: str
) -> Mapping[str, Tally]:
    tallies = dict.fromkeys(objects, Tally())
    counts = query("counts", {"staged": staged, "fates": fates})
    for number, read, rejected, superseded in engine.rows(counts):
        tallies[objects[number]] += Tally(
            read=read,
            landed=read - rejected - superseded,
            rejected=rejected,
            superseded=superseded,
        )
    return tallies
