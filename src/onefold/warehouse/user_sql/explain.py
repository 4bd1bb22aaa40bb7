"""Bring the engine's errors back to the line and column that the person wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import duckdb
from sqlglot import exp

from onefold.errors import Place, SqlError, nearest
from onefold.warehouse.user_sql.parse import UserSql
from onefold.warehouse.user_sql.places import end_of, start_of

__all__ = ["explain_sql_error"]

_MISSING_COLUMN = re.compile(
    r'Referenced column "(?P<bare>[^"]+)" not found'
    r'|Table "(?P<table>[^"]+)" does not have a column named "(?P<column>[^"]+)"'
    r'|Column "(?P<using>[^"]+)" does not exist on'
)
_MISSING_TABLE = re.compile(r'Referenced table "(?P<table>[^"]+)" not found')
_CANDIDATES = re.compile(r"Candidate (?:bindings|tables)[: ]*(?P<names>.*)")
_KIND = re.compile(r"^(?:\w+ )+Error: ")
_HOLDS_VALUES = ("Conversion Error", "Invalid Input Error", "Out of Range Error")


def explain_sql_error(error: SqlError, sql: UserSql) -> SqlError:
    """Return the error with file:line:column, and the nearest known name where one is unknown.

    Args:
        error: what the engine raised when it bound or ran `sql`.
        sql: the query as written.
    """
    text = str(error.__cause__) if isinstance(error.__cause__, duckdb.Error) else error.message
    shown = _shown(text)
    missing = _MISSING_COLUMN.search(text)
    if missing:
        return _unknown_column(missing, text, sql, shown)
    table = _MISSING_TABLE.search(text)
    if table:
        close = nearest(table["table"], _candidates(text))
        return SqlError(
            f"nothing in FROM is called {table['table']}"
            + (f"; nearest: {close}" if close else ""),
            hint="use the alias that FROM gives the table",
            where=_place(sql, shown),
        )
    return SqlError(_message(text), hint=_hint(text), where=_place(sql, shown))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """The piece of the executed SQL that DuckDB underlines, and what stands before it."""

    piece: str
    before: str


def _shown(text: str) -> _Shown | None:
    """Read `LINE 1: …` and the carets below it."""
    lines = text.splitlines()
    for line, carets in pairwise(lines):
        if line.startswith("LINE ") and carets.strip().strip("^") == "":
            start = carets.find("^")
            head = line.index(": ") + 2
            return _Shown(piece=line[start : len(carets)], before=line[head:start])
    return None


def _unknown_column(
    missing: re.Match[str], text: str, sql: UserSql, shown: _Shown | None
) -> SqlError:
    name = missing["bare"] or missing["column"] or missing["using"]
    known = _candidates(text)
    close = nearest(name, known)
    place, table = _column(sql, shown, name)
    near = f"; nearest: {close}" if close else ""
    return SqlError(
        f"no column {name}" + (f" in {table}" if table else "") + near,
        hint=f"write {close}" if close else "onefold show TABLE  lists a table's columns",
        where=place,
    )


def _candidates(text: str) -> list[str]:
    found = _CANDIDATES.search(text)
    names = re.findall(r'"([^"]+)"', found["names"]) if found else []
    return [name.rpartition(".")[2] for name in names]


def _column(sql: UserSql, shown: _Shown | None, name: str) -> tuple[Place, str]:
    """Find the column as written: its place, and the table that it was looked for in."""
    named = [
        node
        for node in sql.tree.find_all(exp.Column, exp.Identifier)
        if node.name.lower() == name.lower() and not isinstance(node.parent, exp.Column)
    ]
    node = _meant(named, sql, shown)
    if node is None:
        return sql.source.place(None), ""
    offset = start_of(node)
    return sql.source.place(offset), _table_of(node)


def _table_of(node: exp.Expr) -> str:
    """Name the table that a column belongs to, when the query leaves no doubt."""
    query = node.find_ancestor(exp.Select)
    from_ = query.args.get("from_") if query else None
    if query is None or from_ is None:
        return ""
    relations = [from_.this, *(join.this for join in query.args.get("joins") or ())]
    if isinstance(node, exp.Column) and node.table:
        relations = [part for part in relations if part.alias_or_name.lower() == node.table.lower()]
    if len(relations) != 1:
        return ""
    (only,) = relations
    return only.name.lower() if isinstance(only, exp.Table) else only.alias_or_name


def _meant(nodes: Sequence[exp.Expr], sql: UserSql, shown: _Shown | None) -> exp.Expr | None:
    """Choose among equal pieces the one that follows what the engine shows before its own."""
    ordered = sorted(
        (node for node in nodes if start_of(node) is not None), key=lambda node: start_of(node) or 0
    )
    if shown is None or not ordered:
        return ordered[0] if ordered else None
    written = sql.source.text
    return max(ordered, key=lambda node: _alike(written[: start_of(node)], shown.before))


def _alike(written: str, executed: str) -> int:
    """Count the characters that two texts end with in common, spaces, quotes and case apart."""
    backwards = zip(reversed(_plain(written)), reversed(_plain(executed)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], backwards))


def _plain(text: str) -> str:
    without_comments = re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r'[\s"]', "", without_comments).lower()


def _place(sql: UserSql, shown: _Shown | None) -> Place:
    """Find the underlined piece in the text as written; else the query's first line."""
    if shown is None:
        return sql.source.place(None)
    wanted = _plain(shown.piece)
    same = [
        node
        for node in sql.tree.find_all(exp.Func, exp.Column, exp.Binary, exp.Table, exp.Cast)
        if _plain(node.sql(dialect="duckdb")) == wanted
    ]
    return sql.source.place_of(_meant(same, sql, shown) or _column_before(sql, shown))


def _column_before(sql: UserSql, shown: _Shown) -> exp.Expr | None:
    """Find the column that an underlined operator follows."""
    ends = {end: node for node in sql.tree.find_all(exp.Column) if (end := end_of(node))}
    agreeing = {end: _alike(sql.source.text[:end], shown.before) for end in ends}
    best = max(agreeing, key=agreeing.__getitem__, default=0)
    return ends[best] if agreeing.get(best) else None


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
