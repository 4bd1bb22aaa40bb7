"""Small helpers to build SQL as trees, and to load SQL that is a file."""

from __future__ import annotations

from importlib import resources

from sqlglot import exp, parse_one

__all__ = ["fixed_sql", "ident", "literal", "render", "select"]


def ident(name: str) -> exp.Identifier:
    """Quote a name: safe whatever it holds."""
    return exp.to_identifier(name, quoted=True)


def literal(value: str | float | bool | None) -> exp.Expr:
    """Write a value into a tree: escaped, and typed as Python has it."""
    return exp.convert(value)


def select(*columns: str | exp.Expr, source: str) -> exp.Select:
    """Select columns (trees, or SQL texts of ours) from a relation of the engine."""
    relation = exp.to_table(source, dialect="duckdb")
    return exp.select(*columns, dialect="duckdb").from_(relation)


def render(query: str | exp.Expr) -> str:
    """Give the SQL text that the engine runs."""
    return query if isinstance(query, str) else query.sql(dialect="duckdb")


def fixed_sql(package: str, name: str) -> exp.Expr:
    """Load `sql/<name>.sql` of a room as a tree.

    Args:
        package: the room, such as `onefold.stitch`.
        name: the file's name without `.sql`.
    """
    text = resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return parse_one(text, dialect="duckdb")
