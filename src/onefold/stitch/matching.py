"""The narrow relation of normal forms that records are compared by."""

from __future__ import annotations

from sqlglot import exp, parse_one

from onefold.stitch.normal import fill, folded, normal_email
from onefold.warehouse import Engine, fixed_sql

__all__ = ["write_matching"]

_BEFORE_COMMA = parse_one("split_part(full_name, ',', 1)", dialect="duckdb")


def write_matching(engine: Engine) -> None:
    """Write `_stitch_matching` from the records and their phones."""
    query = fill(
        fixed_sql("onefold.stitch", "matching"),
        given=folded(exp.column("given_name")),
        surname=folded(exp.column("surname")),
        suffix=folded(exp.column("generational_suffix")),
        full_name=folded(exp.column("full_name")),
        before_comma=folded(_BEFORE_COMMA),
        email=normal_email(exp.column("email")),
        address=folded(exp.column("address")),
        postal=folded(exp.column("postal")),
        city=folded(exp.column("city")),
    )
    engine.table("_stitch_matching", query)
