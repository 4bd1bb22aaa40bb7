"""Counts of a change set, by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta.config import FieldPolicy
from onefold.delta.holding import stands
from onefold.warehouse import Engine, any_of, call, column, count_if, literal, relation

__all__ = ["FieldCounts", "count_fields"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldCounts:
    """Rows, cells set and cleared by field, and people with at least one clear."""

    rows: int
    sets: Mapping[str, int]
    clears: Mapping[str, int]
    people_cleared: int


def count_fields(
    engine: Engine,
    changes: str,
    fields: tuple[str, ...],
    policies: Mapping[str, FieldPolicy],
    acknowledged: str | None,
) -> FieldCounts:
    """Count the cells of a relation of changes in one scan.

    A value that stands for none clears a cell that holds one; of anybody else it is the first.
    """
    standing_in = [one for one in fields if (it := policies.get(one)) and it.cleared_as is not None]
    known = set[str]()
    if standing_in and acknowledged is not None:
        known = {one.name for one in engine.relation_columns(acknowledged)}
    counts: list[exp.Expr] = [call("count", exp.Star())]
    clears = []
    for field in fields:
        changed = call("list_contains", column("_changed", "c"), literal(field))
        empty: exp.Expr = exp.not_(stands(field, policies, "c"))
        if field in standing_in:
            held = stands(field, policies, "a") if field in known else exp.false()
            empty = exp.and_(empty, call("coalesce", held, exp.false()))
        cleared = exp.and_(changed.copy(), empty.copy())
        counts.append(count_if(exp.and_(changed, exp.not_(empty))))
        counts.append(count_if(cleared))
        clears.append(cleared.copy())
    counts.append(count_if(any_of(clears)))
    query = exp.select(*counts).from_(relation(changes, "c"))
    if known:
        same = column("_identifier", "a").eq(column("_identifier", "c"))
        query = query.join(relation(str(acknowledged), "a"), on=same, join_type="left")
    rows, *cells, cleared_rows = engine.row(query)
    sets = dict(zip(fields, cells[::2], strict=True))
    cleared_by = dict(zip(fields, cells[1::2], strict=True))
    return FieldCounts(
        rows=rows,
        sets={field: count for field, count in sets.items() if count},
        clears={field: count for field, count in cleared_by.items() if count},
        people_cleared=cleared_rows,
    )
