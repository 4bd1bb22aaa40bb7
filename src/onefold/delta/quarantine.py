"""Rows whose very values were refused before: not sent again until a value changes."""

from __future__ import annotations

from sqlglot import exp

from onefold.delta.config import DeltaInput
from onefold.warehouse import Engine, column, relation

__all__ = ["hold_back"]


def hold_back(
    engine: Engine, given: DeltaInput, compared: str, fields: tuple[str, ...], *, result: str
) -> int:
    """Make the table `result` of the rows not held back, and give how many were."""
    rows = exp.select("c.*").from_(relation(compared, "c"))
    if given.quarantined is None:
        engine.table(result, rows)
        return 0
    refused = {column.name for column in engine.relation_columns(given.quarantined)}
    same = [
        exp.NullSafeEQ(this=column(name, "q"), expression=column(name, "c"))
        for name in ("_identifier", "_changed", *fields)
        if name in refused
    ]
    again = exp.select("1").from_(relation(given.quarantined, "q")).where(*same)
    engine.table(result, rows.where(exp.not_(exp.Exists(this=again))))
    return engine.count(compared) - engine.count(result)
