"""Give a query its values and its relations: the tree that the engine runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlglot import exp

from onefold.errors import SqlError, UnknownReference, nearest
from onefold.model import TableName
from onefold.warehouse.sql import ident, relation
from onefold.warehouse.user_sql.parse import UserSql
from onefold.warehouse.user_sql.tables import tables_read

__all__ = ["Value", "bind"]

Value = bool | int | float | Decimal | str | date
"""What a variable of a project may be."""


def bind(
    sql: UserSql,
    *,
    as_of: datetime,
    timezone: str,
    variables: Mapping[str, Value],
    tables: Mapping[TableName, str] | Callable[[TableName], str],
) -> exp.Query:
    """Replace parameters by typed literals, and tables by the engine's relations, in a copy.

    Args:
        sql: the query.
        as_of: the run's instant, aware; `:now` is this, `:today` its day in the zone.
        timezone: the project's IANA zone.
        variables: the values of `:name`.
        tables: each table's relation in the engine, or a function that knows it (and raises for
            a table that the reader may not see).

    Raises:
        SqlError: a parameter has no value; with its place and the nearest known one.
        UnknownReference: a table has no relation; with its place and the nearest known one.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of is an instant: it needs a time zone")
    values: dict[str, Value] = {
        **variables,
        "now": as_of,
        "today": as_of.astimezone(ZoneInfo(timezone)).date(),
    }
    tree = sql.tree.copy()
    _name_bare_parameters(tree)
    for node in list(tree.find_all(exp.Placeholder)):
        node.replace(_literal(_value(node.name, values, sql)))
    for table in list(tables_read(tree)):
        _point(table, tables, sql)
    return tree


def _name_bare_parameters(tree: exp.Query) -> None:
    """Call `SELECT :today` what it says: a literal's own name would change from day to day."""
    for item in tree.selects:
        if isinstance(item, exp.Placeholder):
            item.replace(exp.alias_(item.copy(), item.name, quoted=True))


def _value(name: str, values: Mapping[str, Value], sql: UserSql) -> Value:
    if name in values:
        return values[name]
    close = nearest(name, values)
    offset = sql.source.text.find(f":{name}")
    raise SqlError(
        f"nothing gives :{name} a value" + (f"; nearest: :{close}" if close else ""),
        hint=f"add it under vars: in onefold.yaml, such as  {name}: 500",
        where=sql.source.place(offset if offset >= 0 else None),
    )


def _literal(value: Value) -> exp.Expr:
    """Write a value as a literal with its type said."""
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, datetime):
        return exp.cast(
            exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMPTZ", dialect="duckdb"
        )
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE", dialect="duckdb")
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE", dialect="duckdb")
    return exp.Paren(this=exp.convert(value))


def _point(
    table: exp.Table, tables: Mapping[TableName, str] | Callable[[TableName], str], sql: UserSql
) -> None:
    """Make a reference read the engine's relation, under the name that the query calls it."""
    name = TableName(table.db.lower() or "main", table.name.lower())
    there = relation(tables(name) if callable(tables) else _known(name, tables, table, sql))
    if not table.alias:
        table.set("alias", exp.TableAlias(this=ident(table.name)))
    schema = table.args.get("db")
    if schema is not None:
        _drop_schema(table, schema.name)
    table.set("this", there.this)
    table.set("db", there.args.get("db"))


def _known(name: TableName, tables: Mapping[TableName, str], table: exp.Table, sql: UserSql) -> str:
    if name in tables:
        return tables[name]
    known = {_spoken(other): other for other in tables}
    close = nearest(_spoken(name), known)
    raise UnknownReference(
        f"no table {_spoken(name)}" + (f"; nearest: {close}" if close else ""),
        hint="onefold list tables  shows the tables that there are",
        where=sql.source.place_of(table),
    )


def _spoken(name: TableName) -> str:
    return name.name if name.schema == "main" else str(name)


def _drop_schema(table: exp.Table, schema: str) -> None:
    """Let `segments.vips.person_id` follow its table, which now bears a plain name."""
    query = table.find_ancestor(exp.Select)
    for column in query.find_all(exp.Column) if query else ():
        if column.db.lower() == schema.lower() and column.table.lower() == table.name.lower():
            column.set("db", None)
