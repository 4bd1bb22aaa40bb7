"""Parse a text into one fenced SELECT, or say where and why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError

from onefold.errors import Place, SqlError
from onefold.model import TableName
from onefold.warehouse.user_sql.clock import on_run_time
from onefold.warehouse.user_sql.fence import allowed_functions, foreign_parts
from onefold.warehouse.user_sql.places import SqlText, start_of
from onefold.warehouse.user_sql.refusals import refusal
from onefold.warehouse.user_sql.tables import tables_read
from onefold.warehouse.user_sql.words import (
    ONE_SELECT,
    only_one_select,
    parameters_marked,
    token_start,
)

__all__ = ["UserSql", "parse_user_sql"]

_FOREIGN: tuple[tuple[type[exp.Expr], set[str], str], ...] = (
    (
        exp.DML,
        {"insert", "update", "delete", "merge"},
        "only SELECT may stand here: nothing may be written",
    ),
    (exp.Into, {"into"}, "SELECT INTO is refused: the file's name is the table's name"),
    (exp.Lock, {"for"}, "FOR UPDATE is refused: nothing is locked by reading"),
    (
        exp.TableSample,
        {"sample", "tablesample"},
        "a sample is refused: it gives other rows at every run",
    ),
    (exp.Parameter, {"@", "$"}, "values come in as :name"),
)
_ENGINE_SCHEMAS = {"information_schema", "pg_catalog", "system", "temp"}
_ENGINE_TABLES = ("duckdb_", "pg_", "pragma_", "sqlite_")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True, slots=True)
class UserSql:
    """One SELECT that passed the fence. Trees are mutable: copy before changing one.

    Attributes:
        source: the text, its file and first line.
        dialect: the dialect it is written in.
        tree: the query; the clock's functions are placeholders `:now` and `:today` already.
        tables: the tables that it reads, sorted, without its own CTEs.
        parameters: the names of its `:name`, sorted; `now` and `today` among them when used.
    """

    source: SqlText
    dialect: str
    tree: exp.Query = field(compare=False)
    tables: tuple[TableName, ...]
    parameters: tuple[str, ...]

    def place_of_table(self, table: TableName) -> Place:
        """Give the place where the query first names a table; its first line when it does not."""
        nodes = (node for node, name in self.named_tables() if name == table)
        return self.source.place_of(next(nodes, None))

    def named_tables(self) -> Iterator[tuple[exp.Table, TableName]]:
        """Give every reference to a table in the tree, with the table's full name."""
        for node in tables_read(self.tree):
            yield node, _named(node)


def parse_user_sql(
    text: str, *, file: str, dialect: str = "duckdb", first_line: int = 1
) -> UserSql:
    """Parse and fence a query that a person wrote.

    Args:
        text: the query; a leading comment is fine.
        file: the file's path as messages show it.
        dialect: duckdb, presto, spark, snowflake or bigquery; transpiled to duckdb.
        first_line: the line of the file at which the text begins (from 1).

    Raises:
        SqlError: it is no SQL, not exactly one SELECT, or calls what SQL may not; with the place.
    """
    source = SqlText(text=text, file=file, first_line=first_line)
    only_one_select(source, dialect)
    tree = on_run_time(_parsed(source, dialect))
    _no_foreign_statement(tree, source, dialect)
    parameters = _parameters(tree, source, dialect)
    _no_foreign_call(tree, source, dialect)
    return UserSql(
        source=source,
        dialect=dialect,
        tree=tree,
        tables=tuple(sorted({_table_name(table, source) for table in tables_read(tree)})),
        parameters=parameters,
    )


def _parsed(source: SqlText, dialect: str) -> exp.Query:
    try:
        tree = sqlglot.parse_one(parameters_marked(source, dialect), dialect=dialect)
    except ParseError as error:
        raise _syntax_error(error, source) from error
    if not isinstance(tree, exp.Query):
        raise SqlError("this is not a SELECT", hint=ONE_SELECT, where=source.place(None))
    return tree


def _syntax_error(error: ParseError, source: SqlText) -> SqlError:
    first = error.errors[0] if error.errors else {}
    description = _plain_words(str(first.get("description") or error))
    near = str(first.get("highlight") or "")
    line, last_column = first.get("line"), first.get("col")
    offset = None
    if line and last_column:
        lines = source.text.splitlines(keepends=True)
        column = max(int(last_column) - len(near), 0)
        offset = sum(len(before) for before in lines[: int(line) - 1]) + column
    return SqlError(
        f"this is no SQL that we can read{f', near {near!r}' if near else ''}: {description}",
        hint="a comma, a bracket or a keyword is missing or too many around there",
        where=source.place(offset),
    )


def _plain_words(description: str) -> str:
    """Say what the parser missed without its own inner names."""
    if "<class" in description:
        return "something is missing after it"
    first_line = _ANSI.sub("", description).splitlines()[0]
    return first_line.split(" but got <")[0]


def _no_foreign_statement(tree: exp.Query, source: SqlText, dialect: str) -> None:
    for kind, words, message in _FOREIGN:
        if tree.find(kind):
            where = source.place(token_start(source, dialect, words))
            raise SqlError(message, hint=ONE_SELECT, where=where)


def _parameters(tree: exp.Expr, source: SqlText, dialect: str) -> tuple[str, ...]:
    names = {node.name for node in tree.find_all(exp.Placeholder)}
    for name in names:
        if not _NAME.fullmatch(name):
            raise SqlError(
                "a placeholder has no name",
                hint="write :name, and give it a value under vars: in onefold.yaml",
                where=source.place(token_start(source, dialect, {"?", "$", name})),
            )
    return tuple(sorted(names))


def _no_foreign_call(tree: exp.Expr, source: SqlText, dialect: str) -> None:
    try:
        query = tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise SqlError(
            f"this cannot be said in DuckDB's SQL: {error}",
            hint="write it in another way",
            where=source.place(None),
        ) from error
    for kind, what in foreign_parts(query):
        if kind == "syntax":
            raise SqlError(what, hint=ONE_SELECT, where=source.place(None))
        message, hint = refusal(what, allowed_functions())
        start = _call_start(tree, what)
        if start is None:
            start = token_start(source, dialect, {what})
        raise SqlError(message, hint=hint, where=source.place(start))


def _call_start(tree: exp.Expr, name: str) -> int | None:
    """Find the innermost piece of the query that becomes a call of a function."""
    called = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    pieces = [
        (len(rendered), start)
        for node in tree.find_all(exp.Func, exp.Column, exp.Table)
        if called.search(rendered := node.sql(dialect="duckdb"))
        and (start := start_of(node)) is not None
    ]
    return min(pieces)[1] if pieces else None


def _table_name(table: exp.Table, source: SqlText) -> TableName:
    try:
        name = _named(table)
    except ValueError as error:
        raise SqlError(
            f"{table.sql(dialect='duckdb')} is not a table's name",
            hint="write a table of the project: name, or segments.name; files come in as sources",
            where=source.place_of(table),
        ) from error
    if name.schema in _ENGINE_SCHEMAS or name.name.startswith(_ENGINE_TABLES):
        raise SqlError(
            f"{table.sql(dialect='duckdb')} belongs to the engine, not to the data",
            hint="onefold list tables  shows the tables that there are",
            where=source.place_of(table),
        )
    return name


def _named(table: exp.Table) -> TableName:
    return TableName.parse(".".join(part.name for part in table.parts))
