"""Which names in FROM are tables, and which are CTEs of the query itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

__all__ = ["tables_read"]


def tables_read(tree: exp.Expr) -> Iterator[exp.Table]:
    """Give every reference to a table of the project, CTEs and table functions left out."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not _is_cte(table):
            yield table


def _is_cte(table: exp.Table) -> bool:
    if table.args.get("db"):
        return False
    name = table.name.lower()
    node: exp.Expr = table
    while node.parent is not None:
        inside, node = node, node.parent
        if any(cte.alias.lower() == name for cte in _visible(node, inside)):
            return True
    return False


def _visible(query: exp.Expr, inside: exp.Expr) -> Iterator[exp.Expr]:
    """Give the CTEs that a part of a query sees: all from its body, earlier ones from a CTE."""
    with_ = query if isinstance(query, exp.With) else query.args.get("with_")
    if not isinstance(with_, exp.With) or inside is with_:
        return
    for cte in with_.expressions:
        if cte is inside and not with_.recursive:
            return
        yield cte
        if cte is inside:
            return
