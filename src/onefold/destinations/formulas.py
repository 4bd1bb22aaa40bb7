"""SQL as trees: small formulas and this room's files, filled with trees, never with text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlglot import exp, parse_one

from onefold.warehouse import fixed_sql, literal

__all__ = ["fill", "formula", "statement"]

_NEEDS_NO_BRACKETS = (exp.Column, exp.Literal, exp.Func, exp.Paren, exp.Array, exp.Null)


def formula(sql: str, **parts: exp.Expr) -> exp.Expr:
    """Read a formula of ours and put trees where it says `:name`.

    Args:
        sql: SQL of this package, such as `lower(:value)`; never a text from outside.
        parts: the trees. Names that are not given stay, to be filled later.
    """
    return fill(_parsed(sql), **parts)


def fill(template: exp.Expr, **parts: exp.Expr) -> exp.Expr:
    """Put trees into a copy of a formula. A tree that needs brackets gets them."""

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder) and node.name in parts:
            return _whole(parts[node.name].copy())
        return node

    return template.transform(replaced)


def statement(name: str, relations: Mapping[str, exp.Query | str], **values: str | int) -> exp.Expr:
    """Load `sql/<name>.sql`, put in the relations that it reads and the values that it names.

    Args:
        name: the file's name without `.sql`.
        relations: for each relation that the file's header lists, a relation of the engine or a
            query.
        values: for each `:name` its value.
    """
    tree = fixed_sql("onefold.destinations", name, relations)
    return fill(tree, **{key: literal(value) for key, value in values.items()})


def _whole(part: exp.Expr) -> exp.Expr:
    """Keep a part together, whatever stands around it. AND and OR are functions to sqlglot."""
    if isinstance(part, _NEEDS_NO_BRACKETS) and not isinstance(part, exp.Binary):
        return part
    return exp.paren(part, copy=False)


@cache
def _parsed(sql: str) -> exp.Expr:
    return parse_one(sql, dialect="duckdb")
