"""The rows that stand: the table's current files, read with the types that the feed has now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from onefold.errors import LoadRefused
from onefold.ingest.config import FeedConfig
from onefold.ingest.conversion import as_text, clock_time, conversion
from onefold.ingest.landing import landed_columns
from onefold.model import DataFile, FeedField, TableVersion
from onefold.warehouse import Engine, call, column, literal

__all__ = ["Standing", "standing_rows"]

_OWN = ("_key", "_file", "_line")
ORIGIN = "_origin"
"""The column that names the file a row stands in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A table before a load.

    Attributes:
        feed: the feed as it is declared now.
        root: what the files' paths are relative to.
        files: the files that hold the rows.
        types: the engine's type of each column as the files have it.
    """

    feed: FeedConfig
    root: Path
    files: tuple[DataFile, ...]
    types: Mapping[str, str]

    @property
    def changed(self) -> tuple[FeedField, ...]:
        """The fields whose type is another one now."""
        return tuple(
            field
            for field in self.feed.fields
            if self.types.get(field.name, field.type.engine_type) != field.type.engine_type
        )

    @property
    def outdated(self) -> bool:
        """Whether every file is written anew: a type changed, or a field is declared no more.

        A field of the same name but another type may come back one day.
        """
        known = {column.name for column in landed_columns(self.feed.fields)}
        return bool(self.changed) or not set(self.types) <= known

    def at(self, paths: Iterable[str]) -> tuple[DataFile, ...]:
        """Give the files that lie at some paths, as `_origin` has them."""
        wanted = set(paths)
        return tuple(file for file in self.files if str(self.root / file.path) in wanted)

    def rows(self, files: Iterable[DataFile]) -> exp.Select:
        """Select the rows of some of the files: fields, `_key`, `_file`, `_line`, `_origin`."""
        return exp.select(
            *(self._value(field).as_(field.name, quoted=True) for field in self.feed.fields),
            *(column(name) for name in (*_OWN, ORIGIN)),
        ).from_(self._stored(files))

    def _stored(self, files: Iterable[DataFile]) -> exp.Subquery:
        """Read files as they are; a column that none of them has is NULL."""
        paths = exp.array(*(literal(str(self.root / file.path)) for file in files))
        options = [
            exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true()),
            exp.EQ(this=exp.to_identifier("filename"), expression=literal(ORIGIN)),
        ]
        stored = exp.select("*").from_(exp.Table(this=call("read_parquet", paths, *options)))
        nothing = exp.select(*(exp.null().as_(name, quoted=True) for name in self.types))
        both = exp.Union(
            this=stored, expression=nothing.where(exp.false()), distinct=False, by_name=True
        )
        return both.subquery("stored")

    def _value(self, field: FeedField) -> exp.Expr:
        """Read a field: NULL where no file has it, converted where its type changed."""
        if field.name not in self.types:
            return exp.cast(exp.null(), field.type.engine_type, dialect="duckdb")
        stored = column(field.name)
        if field not in self.changed:
            return stored
        stood = self.types[field.name]
        text = as_text(stored, stood, field.type.kind)
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
        stands = column(field.name).is_(exp.null()).not_()
        lost = exp.and_(stands, self._value(field).is_(exp.null()))
        return exp.select(exp.func("count_if", lost)).from_(self._stored(self.files))


def standing_rows(feed: FeedConfig, current: TableVersion | None, root: Path) -> Standing:
    """Look at the table before the load; a first load has none."""
    if current is None:
        return Standing(feed=feed, root=root, files=(), types={})
    types = {column.name: column.engine_type for column in current.columns}
    return Standing(feed=feed, root=root, files=current.files, types=types)
