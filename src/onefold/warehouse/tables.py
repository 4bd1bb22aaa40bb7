"""Tables of the store as relations of an engine: pinned versions in, new versions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from sqlglot import exp

from onefold.model import Column, DataFile, TableName, TableVersion
from onefold.warehouse.engine import ROW_GROUP, Engine, Query
from onefold.warehouse.sql import call, ident, literal

__all__ = ["Tables", "scan"]


def scan(folder: Path, files: Iterable[DataFile], columns: Sequence[Column]) -> exp.Select:
    """Select a version's columns from its files; a column that a file lacks is NULL there."""
    paths = [literal(str(folder / file.path)) for file in files]
    if not paths:
        empty = [
            exp.cast(exp.null(), column.engine_type, dialect="duckdb").as_(ident(column.name))
            for column in columns
        ]
        return exp.select(*empty).where(exp.false())
    options = [
        exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true()),
        exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false()),
    ]
    read = call("read_parquet", exp.array(*paths), *options)
    # A column may be in no file at all, when the newest load brought no row.
    nothing = exp.select(*(exp.null().as_(ident(column.name)) for column in columns))
    rows = exp.Union(
        this=exp.select("*").from_(exp.Table(this=read)),
        expression=nothing.where(exp.false()),
        distinct=False,
        by_name=True,
    )
    # Not `*`: a file may hold more than its version declares.
    picked = [
        exp.cast(exp.column(ident(column.name)), column.engine_type, dialect="duckdb").as_(
            ident(column.name)
        )
        for column in columns
    ]
    return exp.select(*picked).from_(rows.subquery("rows"))


class Tables:
    """The tables that one run, or one reader, sees.

    Relations are views named `schema.table`; those of schema `main` need no schema, as in the
    project's SQL.
    """

    def __init__(
        self, engine: Engine, folder: Path, bound: Mapping[TableName, TableVersion]
    ) -> None:
        self.engine = engine
        self.folder = folder
        self._bound: dict[TableName, TableVersion] = {}
        for version in bound.values():
            self.bind(version)

    @property
    def bound(self) -> Mapping[TableName, TableVersion]:
        """What is bound now."""
        return dict(self._bound)

    def get(self, table: TableName) -> TableVersion | None:
        """Give the bound version of a table, if there is one."""
        return self._bound.get(table)

    def bind(self, version: TableVersion) -> str:
        """Make a version readable by its table's name, and give the relation's name."""
        self._bound[version.table] = version
        query = scan(self.folder, version.files, version.columns)
        return self.name(version.table, query)

    def look_at(self, version: TableVersion) -> str:
        """Make a version readable under its id, whatever is bound, and give the relation's name."""
        name = f"_version_{version.id}"
        self.engine.view(name, scan(self.folder, version.files, version.columns))
        return name

    def name(self, table: TableName, query: Query) -> str:
        """Make a query readable as a table, and give the relation's name."""
        self.engine.view(str(table), query)
        return str(table)

    def write(
        self,
        table: TableName,
        query: Query,
        *,
        columns: Sequence[Column] | None = None,
        order_by: Sequence[str] = (),
        rows_per_group: int = ROW_GROUP,
    ) -> TableVersion:
        """Write a query's rows as a new version. It is not bound and not registered yet."""
        found = self.engine.columns(query)
        files = self.engine.write(
            query, self.data_folder(table), order_by=order_by, rows_per_group=rows_per_group
        )
        return self.version(table, files, columns or found)

    def rewrite(
        self, table: TableName, query: Query, *, order_by: str, rows_per_group: int
    ) -> tuple[DataFile, ...]:
        """Write what stays of one of a table's files; `order_by` is left out, and only orders."""
        files = self.engine.write(
            query,
            self.data_folder(table),
            order_by=(order_by,),
            rows_per_group=rows_per_group,
            leave_out=order_by,
        )
        return tuple(self._relative(file) for file in files)

    def version(
        self, table: TableName, files: Iterable[DataFile], columns: Sequence[Column]
    ) -> TableVersion:
        """Name a list of files as a version; paths become relative to the store."""
        relative = tuple(self._relative(file) for file in files)
        return TableVersion(id=uuid4().hex, table=table, files=relative, columns=tuple(columns))

    def _relative(self, file: DataFile) -> DataFile:
        path = str((self.folder / file.path).relative_to(self.folder))
        return replace(file, path=path)

    def data_folder(self, table: TableName) -> Path:
        """Where a table's files lie."""
        return self.folder / "tables" / table.schema / table.name / "data"
