"""A query that somebody wrote in a file of the project, bound to a walk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot import exp

from onefold.errors import SqlError
from onefold.project import SqlFile
from onefold.run.context import Walk
from onefold.warehouse import bind, explain_sql_error, parse_user_sql

__all__ = ["user_query"]


@contextmanager
def user_query(walk: Walk, file: SqlFile) -> Iterator[exp.Query]:
    """Give a file's query; what the engine says of it inside the block points into the file.

    Raises:
        SqlError, UnknownReference: the query is refused, or wrong.
    """
    sql = parse_user_sql(file.text, file=file.file, dialect=walk.project.settings.dialect)
    query = bind(
        sql,
        as_of=walk.as_of,
        timezone=walk.project.timezone,
        variables=walk.variables,
        tables=str,
    )
    try:
        yield query
    except SqlError as error:
        raise explain_sql_error(error, sql, walk.columns_of) from error.__cause__
