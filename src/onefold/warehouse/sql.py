"""Small helpers to build SQL as trees, and to load SQL that is a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from sqlglot import exp, parse_one

__all__ = [
    "any_of",
    "call",
    "column",
    "count_if",
    "fixed_sql",
    "ident",
    "literal",
    "relation",
    "render",
    "select",
]


def ident(name: str) -> exp.Identifier:
    """Quote a name: safe whatever it holds."""
    return exp.to_identifier(name, quoted=True)


def literal(value: str | float | bool | None) -> exp.Expr:
    """Write a value into a tree: escaped, and typed as Python has it."""
    return exp.convert(value)


def relation(name: str, alias: str | None = None) -> exp.Table:
    """Name a relation of the engine, `table` or `schema.table`: quoted, safe whatever it holds."""
    schema, _, table = name.rpartition(".")
    named = exp.Table(this=ident(table), db=ident(schema) if schema else None)
    if alias is not None:
        named.set("alias", exp.TableAlias(this=ident(alias)))
    return named


def column(name: str, table: str | None = None) -> exp.Column:
    """Name a column, of a relation's alias when one is given: quoted, safe whatever it holds."""
    return exp.column(ident(name), table=None if table is None else ident(table))


def call(function: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Call a function of the engine by its own name."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def count_if(condition: exp.Expr) -> exp.Expr:
    """Count the rows for which a condition holds; 0 over no rows."""
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=condition))


def any_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Join conditions with OR; none at all is false."""
    return exp.or_(exp.false(), *conditions)


def select(*columns: str | exp.Expr, source: str) -> exp.Select:
    """Select columns (trees, or SQL texts of ours) from a relation of the engine."""
    return exp.select(*columns, dialect="duckdb").from_(relation(source))


def render(query: str | exp.Expr) -> str:
    """Give the SQL text that the engine runs."""
    return query if isinstance(query, str) else query.sql(dialect="duckdb")


def fixed_sql(
    package: str, name: str, relations: Mapping[str, exp.Query | str] | None = None
) -> exp.Expr:
    """Load `sql/<name>.sql` of a room as a tree.

    Args:
        package: the room, such as `onefold.stitch`.
        name: the file's name without `.sql`.
        relations: for relations that the file's header lists, the relation of the engine or the
            query that takes its place; it bears the same alias.
    """
    given = relations or {}

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name in given:
            return _standing_in(given[node.name], node.alias_or_name)
        return node

    return _parsed(package, name).transform(replaced)


def _standing_in(source: exp.Query | str, alias: str) -> exp.Expr:
    return relation(source, alias) if isinstance(source, str) else source.subquery(alias)


@cache
def _parsed(package: str, name: str) -> exp.Expr:
    text = resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return parse_one(text, dialect="duckdb")
