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
    engine: Engine, changes: str, fields: tuple[str, ...], policies: Mapping[str, FieldPolicy]
) -> FieldCounts:
    """Count the cells of a relation of changes in one scan."""
    counts: list[exp.Expr] = [call("count", exp.Star())]
    clears = []
    for field in fields:
        changed = call("list_contains", column("_changed"), literal(field))
        empty = exp.not_(stands(field, policies, "c"))
        cleared = exp.and_(changed.copy(), empty.copy())
        counts.append(count_if(exp.and_(changed, exp.not_(empty))))
        counts.append(count_if(cleared))
        clears.append(cleared.copy())
    counts.append(count_if(any_of(clears)))
    rows, *cells, cleared_rows = engine.row(exp.select(*counts).from_(relation(changes, "c")))
    sets = dict(zip(fields, cells[::2], strict=True))
    cleared_by = dict(zip(fields, cells[1::2], strict=True))
    return FieldCounts(
        rows=rows,
        sets={field: count for field, count in sets.items() if count},
        clears={field: count for field, count in cleared_by.items() if count},
        people_cleared=cleared_rows,
    )
