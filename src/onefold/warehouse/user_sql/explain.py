"""Bring the engine's errors back to the line and column that the person wrote."""

from __future__ import annotations

import re

import duckdb
from sqlglot import exp

from onefold.errors import SqlError, nearest
from onefold.warehouse.user_sql.parse import UserSql
from onefold.warehouse.user_sql.relations import (
    ColumnsOf,
    columns_near,
    relation_name,
    relation_of,
)
from onefold.warehouse.user_sql.underlined import column_named, piece_written, underlined

__all__ = ["explain_sql_error"]

_MISSING_COLUMN = re.compile(
    r'Referenced column "(?P<bare>[^"]+)" not found'
    r'|"[^"]+" does not have a column named "(?P<column>[^"]+)"'
    r'|Column "(?P<using>[^"]+)" does not exist on'
)
_UNGROUPED = re.compile(r'column "?(?P<name>[^"]+?)"? must appear in the GROUP BY')
_MISSING_TABLE = re.compile(r'Referenced table "(?P<table>[^"]+)" not found')
_CANDIDATES = re.compile(r"Candidate (?:bindings|tables)[: ]*(?P<names>.*)")
_KIND = re.compile(r"^(?:\w+ )+Error: ")
_HOLDS_VALUES = ("Conversion Error", "Invalid Input Error", "Out of Range Error")


def explain_sql_error(
    error: SqlError, sql: UserSql, columns_of: ColumnsOf = lambda _: ()
) -> SqlError:
    """Return the error with file:line:column, and the nearest known name where one is unknown.

    Args:
        error: what the engine raised when it bound or ran `sql`.
        sql: the query as written.
        columns_of: gives a table's columns; the engine itself tells them only of some relations.
    """
    text = str(error.__cause__) if isinstance(error.__cause__, duckdb.Error) else error.message
    shown = underlined(text)
    missing = _MISSING_COLUMN.search(text)
    if missing:
        name = missing["bare"] or missing["column"] or missing["using"]
        return _unknown_column(column_named(name, sql, shown), name, text, sql, columns_of)
    table = _MISSING_TABLE.search(text)
    ungrouped = _UNGROUPED.search(text)
    node = column_named(ungrouped["name"], sql, shown) if ungrouped else piece_written(sql, shown)
    where = sql.source.place_of(node)
    if table:
        close = nearest(table["table"], _candidates(text))
        return SqlError(
            f"nothing in FROM is called {table['table']}"
            + (f"; nearest: {close}" if close else ""),
            hint="use the alias that FROM gives the table",
            where=where,
        )
    return SqlError(_message(text), hint=_hint(text), where=where)


def _unknown_column(
    node: exp.Expr | None, name: str, text: str, sql: UserSql, columns_of: ColumnsOf
) -> SqlError:
    relation = None if node is None else relation_of(node)
    known = {*_candidates(text), *columns_near(relation, sql, columns_of)}
    close = nearest(name, known)
    table = relation_name(relation)
    return SqlError(
        f"no column {name}"
        + (f" in {table}" if table else "")
        + (f"; nearest: {close}" if close else ""),
        hint=f"write {close}" if close else "onefold show TABLE  lists a table's columns",
        where=sql.source.place_of(node),
    )


def _candidates(text: str) -> list[str]:
    found = _CANDIDATES.search(text)
    names = re.findall(r'"([^"]+)"', found["names"]) if found else []
    return [name.rpartition(".")[2] for name in names]


def _message(text: str) -> str:
    """Keep the engine's own sentence; without values of rows, which may be personal."""
    first = text.splitlines()[0] if text else "the engine refused the query"
    if first.startswith(_HOLDS_VALUES):
        first = re.sub(r"'[^']*'|\"[^\"]*\"", "…", first)
    sentence = _KIND.sub("", first)
    return re.split(r"\. (?:You might need|In order to)", sentence)[0]


def _hint(text: str) -> str:
    if text.startswith(_HOLDS_VALUES):
        return "a value of a row does not fit: TRY_CAST gives NULL for such values"
    if "No function matches" in text or "explicit type casts" in text:
        return "one of the arguments has another type: cast it, such as  CAST(x AS VARCHAR)"
    if "GROUP BY" in text:
        return "add the column to GROUP BY, or take any_value(…) of it"
    if "Ambiguous" in text:
        return "write the table's alias before the column"
    if "Set operations" in text:
        return "both sides of a UNION need the same number of columns"
    return "onefold show TABLE  lists a table's columns and types"
