"""Lists of the names of fields for which a condition holds, such as `_changed`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from onefold.warehouse import call, literal

__all__ = ["named"]


def named(fields: Sequence[str], conditions: Sequence[exp.Expr]) -> exp.Expr:
    """List the names of the fields whose condition holds, in their order; VARCHAR[], not NULL."""
    if not fields:
        return exp.cast(exp.array(), exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    entries = [
        exp.case().when(condition.copy(), literal(field))
        for field, condition in zip(fields, conditions, strict=True)
    ]
    present = exp.Lambda(
        this=exp.not_(exp.column("x").is_(exp.null())), expressions=[exp.to_identifier("x")]
    )
    return call("list_filter", exp.array(*entries), present)
