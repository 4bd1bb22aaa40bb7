"""Reach a source's objects: list them, look at their columns, read their rows."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from onefold.errors import NotBuiltYet
from onefold.model import FeedField
from onefold.sources.config import BUILT_FORMATS, FileFormat, SourceConfig
from onefold.sources.delimited import inspect_delimited, read_delimited
from onefold.sources.listing import SourceObject, matching_objects
from onefold.sources.ndjson import inspect_ndjson, read_ndjson
from onefold.sources.parquet import inspect_parquet, read_parquet
from onefold.sources.shapes import ObjectShape

__all__ = ["inspect", "list_objects", "read"]


def list_objects(config: SourceConfig) -> tuple[SourceObject, ...]:
    """List a source's objects, by day and then by name: the order in which they are loaded.

    Raises:
        NotBuiltYet: the format, or the kind of location, cannot be read yet.
        SourceMissing: nothing matches the pattern.
    """
    _check_built(config)
    return matching_objects(config)


def inspect(config: SourceConfig, obj: SourceObject, fields: Sequence[FeedField]) -> ObjectShape:
    """Compare an object's columns with the declared fields, without reading its rows.

    Raises:
        SourceUnreadable: the object is empty, or not of the declared format.
    """
    match config.format:
        case FileFormat.PARQUET:
            return inspect_parquet(obj, fields)
        case FileFormat.NDJSON:
            return inspect_ndjson(obj, fields)
        case _:
            _check_built(config)
            return inspect_delimited(config, obj, fields)


def read(
    config: SourceConfig, obj: SourceObject, fields: Sequence[FeedField]
) -> pa.RecordBatchReader:
    """Stream an object's rows, with bounded memory.

    Returns:
        Batches with `_line` BIGINT (the physical line of a text, the header counted; the row's
        number in Parquet), one column per field under its name (VARCHAR in text formats, where
        nothing is NULL; the native type in Parquet), `_broken` VARCHAR (NULL, or why the row
        could not be read, without personal data) and `_raw` BLOB (a broken row's bytes). A row
        with no value at all is a blank line, and no row.

    Raises:
        SourceUnreadable: at once when a declared column is missing; while reading when the
            object is truncated, corrupt or changing. What was read before it must not land.
    """
    match config.format:
        case FileFormat.PARQUET:
            return read_parquet(obj, fields)
        case FileFormat.NDJSON:
            return read_ndjson(obj, fields)
        case _:
            _check_built(config)
            return read_delimited(config, obj, fields)


def _check_built(config: SourceConfig) -> None:
    if config.format not in BUILT_FORMATS:
        raise NotBuiltYet(
            f"source {config.id}: format {config.format} is not built yet",
            hint=f"deliver {', '.join(sorted(BUILT_FORMATS))}",
        )
