"""The rows that stand: the table's current files, read with the types that the feed has now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from onefold.errors import LoadRefused
from onefold.ingest.config import FeedConfig
from onefold.ingest.conversion import as_text, clock_time, conversion
from onefold.model import DataFile, FeedField, TableVersion
from onefold.warehouse import Engine, literal

__all__ = ["Standing", "standing_rows"]

ORIGIN = "_origin"
"""The column that names the file a row stands in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A table before a load.

    Attributes:
        feed: the feed as it is declared now.
        files: the files that hold the rows.
        types: the engine's type of each column as the files have it.
    """

    feed: FeedConfig
    files: tuple[DataFile, ...]
    types: dict[str, str]

    @property
    def changed(self) -> tuple[FeedField, ...]:
        """The fields whose type is another one now: then every file is written anew."""
        return tuple(
            field
            for field in self.feed.fields
            if self.types.get(field.name, field.type.engine_type) != field.type.engine_type
        )

    def rows(self, files: Iterable[DataFile]) -> exp.Select:
        """Select the rows of some of the files: fields, `_key`, `_file`, `_line`, `_origin`."""
        return exp.select(
            *(self._value(field).as_(field.name, quoted=True) for field in self.feed.fields),
            *(exp.column(name) for name in ("_key", "_file", "_line", ORIGIN)),
        ).from_(_parquet(files))

    def _value(self, field: FeedField) -> exp.Expr:
        """Read a field: NULL where no file has it, converted where its type changed."""
        if field.name not in self.types:
            return exp.cast(exp.null(), field.type.engine_type, dialect="duckdb")
        column = exp.column(field.name, quoted=True)
        if field not in self.changed:
            return column
        stood = self.types[field.name]
        text = as_text(column, stood, field.type.kind)
        return conversion(field, text, stood, clock_time(field, text, stood)).value

    def check_changes(self, engine: Engine) -> None:
        """Refuse a change of a type that the rows which stand cannot follow.

        Raises:
            LoadRefused: a value that stands is not one of the new type, or keys would change.
        """
        for field in self.changed:
            lost = engine.scalar(self._lost(field))
            keyed = field.name in self.feed.primary_key
            if not lost and not keyed:
                continue
            why = "it is part of the primary key" if keyed else f"{lost} values are not of it"
            raise LoadRefused(
                f"source {self.feed.source}: {field.name} is declared {field.type} now, but stands"
                f" as {self.types[field.name]} in landed.{self.feed.source}, and {why}: nothing of"
                " this load landed",
                hint="put the old type back, or load everything anew with --full-refresh",
            )

    def _lost(self, field: FeedField) -> exp.Expr:
        """Count the values that stand and are not of the new type."""
        stands = exp.column(field.name, quoted=True).is_(exp.null()).not_()
        lost = exp.and_(stands, self._value(field).is_(exp.null()))
        return exp.select(exp.func("count_if", lost)).from_(_parquet(self.files))


def standing_rows(feed: FeedConfig, current: TableVersion | None) -> Standing:
    """Look at the table before the load; a first load has none."""
    if current is None:
        return Standing(feed=feed, files=(), types={})
    types = {column.name: column.engine_type for column in current.columns}
    return Standing(feed=feed, files=current.files, types=types)


def _parquet(files: Iterable[DataFile]) -> exp.Expr:
    paths = exp.array(*(literal(file.path) for file in files))
    options = [
        exp.PropertyEQ(this=exp.to_identifier("union_by_name"), expression=exp.true()),
        exp.PropertyEQ(this=exp.to_identifier("filename"), expression=literal(ORIGIN)),
    ]
    return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[paths, *options]))
