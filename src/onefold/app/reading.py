"""`onefold query`, `show`, `list`: look at tables, segments and definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from onefold.app.house import House
from onefold.errors import SqlError, UnknownReference, nearest
from onefold.model import TableName
from onefold.run import Walk, bind_models, bind_people, bind_segments, segment_query
from onefold.warehouse import (
    UserSql,
    bind,
    column,
    explain_sql_error,
    literal,
    lock_down,
    parse_user_sql,
    relation,
)

__all__ = ["Listing", "Rows", "definitions", "query", "show"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """A result: Arrow data, and the SQL that made it."""

    data: pa.Table
    sql: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One definition of the project."""

    kind: str
    id: str
    title: str
    status: str
    file: str


def query(house: House, text: str, *, limit: int | None = None) -> Rows:
    """Run a SELECT over the current tables, fenced in.

    Args:
        house: the project.
        text: the query, in the project's dialect.
        limit: the most rows to give; None gives all.

    Raises:
        SqlError: it is not one SELECT, or names what does not exist.
    """
    sql = parse_user_sql(text, file="query", dialect=house.project.settings.dialect)
    with house.reading() as walk:
        _bind_all(walk)
        lock_down(walk.engine, [house.store.folder / "tables"])
        tree = bind(
            sql,
            as_of=walk.as_of,
            timezone=house.project.timezone,
            variables=walk.variables,
            tables=_known_tables(walk),
        )
        return Rows(data=_read(walk, tree, limit, sql), sql=tree.sql(dialect="duckdb", pretty=True))


def show(
    house: House, name: str, *, limit: int = 20, person: str | None = None, only_sql: bool = False
) -> Rows:
    """Give rows of a table or segment, or its SQL.

    Args:
        house: the project.
        name: a table, `schema.table`, or a segment.
        limit: the most rows to give.
        person: only rows of this person id.
        only_sql: give the SQL without running it.
    """
    with house.reading() as walk:
        _bind_all(walk)
        text = _sql_of(walk, name)
        known = _known_tables(walk)
        table = _table_of(name, known)
        tree = exp.select("*").from_(relation(known[table]))
        if person is not None:
            tree = tree.where(column("person_id").eq(literal(person)))
        data = pa.table({}) if only_sql else _read(walk, tree, limit, None)
        return Rows(data=data, sql=text)


def definitions(house: House, kind: str | None = None) -> tuple[Listing, ...]:
    """List what the project defines.

    Raises:
        UnknownReference: there is no such kind.
    """
    project = house.project
    by_kind: Mapping[str, Mapping[str, Any]] = {
        "sources": project.sources,
        "tables": project.tables,
        "queries": project.queries,
        "segments": {**project.segments, **project.sql_segments},
        "destinations": project.destinations,
        "orchestrations": project.orchestrations,
        "campaigns": project.campaigns,
        "workflows": project.workflows,
    }
    if kind is not None and kind not in by_kind:
        close = nearest(kind, by_kind)
        raise UnknownReference(
            f"there is no kind {kind}" + (f"; nearest: {close}" if close else ""),
            hint=f"kinds: {', '.join(by_kind)}",
        )
    return tuple(
        Listing(
            kind=name,
            id=key,
            title=getattr(one, "title", "") or "",
            status=getattr(one, "status", "") or "",
            file=one.file,
        )
        for name, found in by_kind.items()
        if kind in (None, name)
        for key, one in found.items()
    )


def _bind_all(walk: Walk) -> None:
    bind_people(walk)
    bind_models(walk)
    bind_segments(walk)


def _known_tables(walk: Walk) -> Mapping[TableName, str]:
    names = set(walk.tables.bound)
    names |= {model.table for model in walk.models}
    names |= {TableName("main", name) for name in walk.project.sources}
    names |= {TableName("segments", name) for name in walk.project.segments}
    names |= {TableName("segments", name) for name in walk.project.sql_segments}
    return {name: str(name) for name in sorted(names)}


def _table_of(name: str, known: Mapping[TableName, str]) -> TableName:
    wanted = name.lower().removeprefix("tables/").removeprefix("segments/")
    candidates = [TableName.parse(wanted)] if wanted.replace(".", "").isidentifier() else []
    if candidates and "." not in wanted:
        candidates += [TableName("segments", wanted), TableName("stitch", wanted)]
    for candidate in candidates:
        if candidate in known:
            return candidate
    spoken = [table.name if table.schema in ("main", "segments") else str(table) for table in known]
    close = nearest(wanted, spoken)
    raise UnknownReference(
        f"there is no table or segment {name}" + (f"; nearest: {close}" if close else ""),
        hint=f"there are: {', '.join(spoken)}",
    )


def _sql_of(walk: Walk, name: str) -> str:
    wanted = name.lower()
    for model in walk.models:
        if model.name == wanted:
            return model.sql.tree.sql(dialect="duckdb", pretty=True)
    segment = wanted.removeprefix("segments.")
    if segment in walk.project.segments or segment in walk.project.sql_segments:
        return segment_query(walk, segment).sql(dialect="duckdb", pretty=True)
    return ""


def _read(walk: Walk, tree: exp.Query, limit: int | None, sql: UserSql | None) -> pa.Table:
    limited = tree if limit is None else exp.select("*").from_(tree.subquery("q")).limit(limit)
    try:
        return walk.engine.arrow(limited).read_all()
    except SqlError as error:
        if sql is None:
            raise
        raise explain_sql_error(error, sql, walk.columns_of) from error.__cause__
