"""How many persons a segment holds, and a few of them: what a preview shows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from onefold.segments.catalogue import PERSON_ID
from onefold.segments.config import SegmentSettings
from onefold.segments.scope import PERSON, ROW, column, relation
from onefold.warehouse import Engine, ident

__all__ = ["Size", "measure", "sample"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """Persons in a segment, and persons in all."""

    persons: int
    universe: int


def measure(
    engine: Engine, segment: exp.Select, *, settings: SegmentSettings | None = None
) -> Size:
    """Count a compiled segment's persons, and all persons."""
    universe = relation((settings or SegmentSettings()).universe, PERSON)
    everybody = exp.select(exp.Count(this=exp.Star())).from_(universe)
    members = exp.select(exp.Count(this=exp.Star())).from_(segment.subquery(ROW))
    persons, universe_size = engine.row(exp.select(members.subquery(), everybody.subquery()))
    return Size(persons=persons, universe=universe_size)


def sample(engine: Engine, segment: exp.Select, *, limit: int) -> tuple[str, ...]:
    """Pick persons of a compiled segment: evenly, and the same ones as long as they are in it."""
    shuffled = exp.MD5(this=exp.column(ident(PERSON_ID)))
    chosen = exp.select(column(ROW, PERSON_ID)).from_(segment.subquery(ROW))
    rows = engine.rows(chosen.order_by(shuffled).limit(limit))
    return tuple(row[0] for row in rows)
