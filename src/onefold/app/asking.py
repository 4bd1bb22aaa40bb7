"""Whom people mean: a person by the identifier of a destination, as people write it."""

from __future__ import annotations

from sqlglot import exp

from onefold.model import IdentifierKind
from onefold.warehouse import any_of, call, column, literal

__all__ = ["is_called"]


def is_called(kind: IdentifierKind, text: str, name: str = "_identifier") -> exp.Expr:
    """Tell whether the identifier in a column is what somebody typed.

    An alias is known by its name alone, by `label:name`, and as the ledger writes it.
    """
    ways: list[exp.Expr] = [column(name)]
    if kind is IdentifierKind.USER_ALIAS:
        alias = exp.TryCast(this=column(name), to=exp.DataType.build("JSON", dialect="duckdb"))
        label, alone = (
            call("json_extract_string", alias.copy(), literal(f"$.{part}")) for part in kind.columns
        )
        ways += [alone, call("concat", label, literal(":"), alone.copy())]
    return any_of(way.eq(literal(text)) for way in ways)
