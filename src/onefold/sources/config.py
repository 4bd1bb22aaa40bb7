"""What a source is told: where its objects lie and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

__all__ = ["BLOCK_BYTES", "BUILT_COMPRESSIONS", "BUILT_FORMATS", "FileFormat", "SourceConfig"]

BLOCK_BYTES = 8 << 20
"""How much text is read at a time, in bytes; a row may be as long, hardly longer."""


class FileFormat(StrEnum):
    """The formats that project files name."""

    CSV = "csv"
    PSV = "psv"
    TSV = "tsv"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    AVRO = "avro"


BUILT_FORMATS = frozenset(
    {FileFormat.CSV, FileFormat.PSV, FileFormat.TSV, FileFormat.NDJSON, FileFormat.PARQUET}
)
BUILT_COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceConfig:
    """Where a feed's objects lie, and how they are written.

    Attributes:
        id: the feed's id, for messages.
        root: the folder that `pattern` starts from (the project's); an absolute pattern ignores it.
        pattern: a path with `/`: `*` stands for anything up to the next slash, and `{yyyy}`,
            `{MM}`, `{dd}` for the object's day.
        format: how the objects are written; their compression follows from their suffix.
        delimiter: one character between values, for csv; None takes it from each header.
    """

    id: str
    root: Path
    pattern: str
    format: FileFormat
    delimiter: str | None = None
