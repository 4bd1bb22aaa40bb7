"""The room's fixed SQL, with relations, columns and values put in their places."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from onefold.warehouse import fixed_sql, relation

__all__ = ["query"]


def query(name: str, relations: Mapping[str, str | exp.Select], **values: exp.Expr) -> exp.Select:
    """Load `sql/<name>.sql`.

    Args:
        name: the file's name without `.sql`.
        relations: what each relation it reads from is in this load: a table's name, or a query.
        values: trees for its `:placeholders`.
    """
    tree = exp.replace_placeholders(fixed_sql("onefold.ingest", name), **values)
    for table in list(tree.find_all(exp.Table)):
        if table.name in relations:
            table.replace(_place(relations[table.name], table.alias_or_name))
    if not isinstance(tree, exp.Select):
        raise TypeError(f"sql/{name}.sql is not a SELECT")
    return tree


def _place(found: str | exp.Select, alias: str) -> exp.Expr:
    if isinstance(found, str):
        return relation(found, alias)
    return found.copy().subquery(alias)
