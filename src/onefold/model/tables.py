"""Tables are immutable Parquet files; a version of a table is a list of files."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Column", "DataFile", "TableName", "TableVersion"]

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's full name, lower case. Rooms own schemas; project SQL sees schema `main`.

    Schemas: `landed` (ingest), `rejects` (ingest), `stitch`, `main` (customer 360 tables),
    `segments` (one column, person_id).
    """

    schema: str
    name: str

    def __post_init__(self) -> None:
        """Refuse names that would need quoting in SQL or in a path."""
        for part in (self.schema, self.name):
            if not _PLAIN.fullmatch(part):
                raise ValueError(f"{part!r} is not a table name: a-z, 0-9 and _ only")

    def __str__(self) -> str:
        """Write it as SQL does."""
        return f"{self.schema}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Read `schema.name`, or `name` in schema `main`."""
        schema, _, name = text.lower().rpartition(".")
        return cls(schema or "main", name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: as SQL spells it, lower case.
        engine_type: the engine's type, `DECIMAL(12,2)`, `VARCHAR[]`…
        tag: the semantic tag that the project gave it, if any.
        pii: personal data; masked for those who may not see it.
        description: one sentence for people.
    """

    name: str
    engine_type: str
    tag: str | None = None
    pii: bool = False
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFile:
    """One immutable Parquet file: its path relative to the store, its rows, its bytes."""

    path: str
    rows: int
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TableVersion:
    """What a table held at one time: files in no order, and the columns that all of them have."""

    id: str
    table: TableName
    files: tuple[DataFile, ...]
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)
