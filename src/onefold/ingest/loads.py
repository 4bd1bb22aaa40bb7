"""Append, upsert, replace: which staged rows are written, and which files with them.

A sound row that is not written has a fate: `superseded` (another row outdoes it), or `unchanged`
(the row that stands says the same, so it stays, with its file and line).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from onefold.ingest.config import FeedConfig, Load
from onefold.ingest.fixed import query
from onefold.ingest.landing import landed_columns
from onefold.ingest.standing import Standing
from onefold.model import DataFile
from onefold.warehouse import Engine, column, relation

__all__ = ["find_fates", "write_rows"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The files of a table after a load: those kept as they were, and those written."""

    kept: tuple[DataFile, ...]
    added: tuple[DataFile, ...]


def find_fates(
    engine: Engine, standing: Standing, staged: str, fates: str, erased: exp.Select | None
) -> tuple[DataFile, ...]:
    """Compute the table `fates`, and give the files that must be written anew.

    Its columns: row_id (of `staged`), _delivery, fate, _key. Rows of `erased` have theirs already.
    """
    feed = standing.feed
    newest = _updated(feed, "staged") or exp.null()
    outdone = query("outdone", {"staged": staged}, last_updated=newest)
    engine.table(fates, outdone if erased is None else exp.union(outdone, erased))
    if feed.load is Load.REPLACE:
        return standing.files
    replaced = _against_table(engine, standing, staged, fates) if standing.files else ()
    return standing.files if standing.outdated else replaced


def _against_table(
    engine: Engine, standing: Standing, staged: str, fates: str
) -> tuple[DataFile, ...]:
    """Hold the load against the rows that stand; give the files of those that it replaces."""
    feed = standing.feed
    with engine.scratch("matched") as (matched,):
        engine.table(
            matched,
            query(
                "matched",
                {"incoming": _incoming(staged, fates), "standing": standing.rows(standing.files)},
                older=_older(feed),
            ),
        )
        _add(engine, fates, query("older", {"matched": matched}))
        holding = _files(engine, standing, exp.select("origin").from_(relation(matched)))
        if feed.load is Load.UPSERT and holding:
            _add(engine, fates, _unchanged(standing, staged, fates, holding))
        replaced = query("replaced_files", {"matched": matched, "fates": fates})
        return _files(engine, standing, replaced)


def _unchanged(
    standing: Standing, staged: str, fates: str, holding: tuple[DataFile, ...]
) -> exp.Expr:
    same = exp.and_(
        *(
            exp.NullSafeEQ(
                this=column(field.name, "incoming"),
                expression=column(field.name, "standing"),
            )
            for field in standing.feed.fields
        )
    )
    relations = {"incoming": _incoming(staged, fates), "standing": standing.rows(holding)}
    return query("unchanged", relations, same=same)


def _files(engine: Engine, standing: Standing, paths: exp.Select) -> tuple[DataFile, ...]:
    return standing.at(path for (path,) in engine.rows(paths.distinct()))


def _older(feed: FeedConfig) -> exp.Expr:
    """Say whether the row that came gives way: always in an append, never without a date."""
    came, stood = _updated(feed, "incoming"), _updated(feed, "standing")
    if feed.load is Load.APPEND:
        return exp.true()
    if came is None or stood is None:
        return exp.false()
    dated = stood.is_(exp.null()).not_()
    return exp.and_(dated, exp.or_(came.is_(exp.null()), exp.LT(this=came, expression=stood)))


def _updated(feed: FeedConfig, table: str) -> exp.Column | None:
    return column(feed.last_updated, table) if feed.last_updated else None


def _incoming(staged: str, fates: str) -> exp.Select:
    return query("incoming", {"staged": staged, "fates": fates})


def _add(engine: Engine, fates: str, more: exp.Expr) -> None:
    engine.run(exp.insert(more, relation(fates)))


def write_rows(
    engine: Engine,
    standing: Standing,
    staged: str,
    fates: str,
    stale: tuple[DataFile, ...],
    folder: Path,
) -> Written:
    """Write the rows that came, together with what survives of the stale files."""
    names = [column(landed.name) for landed in landed_columns(standing.feed.fields)]
    rows: exp.Expr = exp.select(*names).from_(_incoming(staged, fates).subquery("incoming"))
    if stale and standing.feed.load is not Load.REPLACE:
        keys = exp.select("_key").from_(_incoming(staged, fates).subquery("incoming"))
        survivors = query("survivors", {"standing": standing.rows(stale), "keys": keys})
        rows = exp.union(
            exp.select(*names).from_(survivors.subquery("survivors")), rows, distinct=False
        )
    kept = tuple(file for file in standing.files if file not in stale)
    return Written(kept=kept, added=tuple(engine.write(rows, folder)))
