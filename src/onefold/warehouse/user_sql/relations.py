"""Which relation a column belongs to, and what columns that relation has."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from onefold.model import TableName
from onefold.warehouse.user_sql.parse import UserSql

__all__ = ["ColumnsOf", "columns_near", "relation_name", "relation_of"]

ColumnsOf = Callable[[TableName], Iterable[str]]
"""Gives the columns of a table of the project."""


def relation_of(node: exp.Expr) -> exp.Expr | None:
    """Return the item of FROM that a column belongs to, when the query leaves no doubt."""
    query = node.find_ancestor(exp.Select)
    from_ = query.args.get("from_") if query else None
    if query is None or from_ is None:
        return None
    relations = [from_.this, *(join.this for join in query.args.get("joins") or ())]
    if isinstance(node, exp.Column) and node.table:
        relations = [part for part in relations if part.alias_or_name.lower() == node.table.lower()]
    return relations[0] if len(relations) == 1 else None


def relation_name(relation: exp.Expr | None) -> str:
    """Call a relation by its table's name, or by its alias when it is a query."""
    if relation is None:
        return ""
    return relation.name.lower() if isinstance(relation, exp.Table) else relation.alias_or_name


def columns_near(relation: exp.Expr | None, sql: UserSql, columns_of: ColumnsOf) -> set[str]:
    """Return the columns that a relation has; of all tables of the query when nobody knows."""
    named = _named_by_a_query(relation, sql)
    if named and "*" not in named:
        return named
    read = {id(table): name for table, name in sql.named_tables()}
    if id(relation) in read:
        return set(columns_of(read[id(relation)]))
    return {column for name in sql.tables for column in columns_of(name)}


def _named_by_a_query(relation: exp.Expr | None, sql: UserSql) -> set[str]:
    """Return the columns that a subquery, or the CTE of that name, selects by name."""
    read = [table for table, _ in sql.named_tables()]
    query = relation.this if isinstance(relation, exp.Subquery) else None
    if isinstance(relation, exp.Table) and all(table is not relation for table in read):
        name = relation.name.lower()
        ctes = [cte for cte in sql.tree.find_all(exp.CTE) if cte.alias.lower() == name]
        query = ctes[0].this if ctes else None
    return set(query.named_selects) if isinstance(query, exp.Query) else set()
