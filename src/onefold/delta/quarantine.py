"""Rows whose very values were refused before: not sent again until a value changes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from onefold.delta.config import DeltaInput
from onefold.model import stored_alike
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
    refused, now = _types(engine, given.quarantined), _types(engine, compared)
    same = [
        _same(name, alike=stored_alike(refused[name], now[name]))
        for name in ("_identifier", "_changed", *fields)
        if name in refused
    ]
    again = exp.select("1").from_(relation(given.quarantined, "q")).where(*same)
    engine.table(result, rows.where(exp.not_(exp.Exists(this=again))))
    return engine.count(compared) - engine.count(result)


def _types(engine: Engine, name: str) -> Mapping[str, str]:
    return {found.name: found.engine_type for found in engine.relation_columns(name)}


def _same(name: str, *, alike: bool) -> exp.Expr:
    """Tell whether a refused cell and one to be sent are equal; of two types, only NULLs are."""
    refused, sent = column(name, "q"), column(name, "c")
    if alike:
        return exp.NullSafeEQ(this=refused, expression=sent)
    return exp.and_(refused.is_(exp.null()), sent.is_(exp.null()))
