"""Read Parquet: values in their native types, `_line` is the row's number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onefold.errors import SourceUnreadable
from onefold.model import FeedField
from onefold.sources.delivered import delivered_schema, whole_batch
from onefold.sources.listing import SourceObject
from onefold.sources.shapes import ObjectShape, check_columns, head, missing_column, shape_of
from onefold.sources.streams import check_unchanged, reading

__all__ = ["inspect_parquet", "read_parquet"]

BATCH_ROWS = 65_536


def inspect_parquet(obj: SourceObject, fields: Sequence[FeedField]) -> ObjectShape:
    """Compare a file's columns with the declared fields."""
    with reading(obj), _open(obj) as file:
        return shape_of(obj.name, file.schema_arrow.names, fields, nested=True)


def read_parquet(obj: SourceObject, fields: Sequence[FeedField]) -> pa.RecordBatchReader:
    """Read a Parquet file; its columns are checked at once, its rows as they are asked for."""
    shape = inspect_parquet(obj, fields)
    check_columns(shape)
    with reading(obj), _open(obj) as file:
        empty = file.schema_arrow.empty_table()
        values = [_value(empty, field.path, shape) for field in fields]
    schema = delivered_schema(
        [pa.field(f.name, value.type) for f, value in zip(fields, values, strict=True)]
    )
    return pa.RecordBatchReader.from_batches(schema, _batches(obj, fields, shape, schema))


def _batches(
    obj: SourceObject, fields: Sequence[FeedField], shape: ObjectShape, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    names = sorted({f.path if f.path in shape.columns else head(f.path) for f in fields})
    first = 1
    with reading(obj), _open(obj) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
            lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
            yield whole_batch(schema, lines, [_value(batch, f.path, shape) for f in fields])
            first += batch.num_rows
        check_unchanged(obj)


def _open(obj: SourceObject) -> pq.ParquetFile:
    check_unchanged(obj)
    if obj.size_bytes == 0:
        raise SourceUnreadable(
            f"{obj.name} is empty: it has no bytes", hint="have the file delivered again"
        )
    return pq.ParquetFile(obj.path)


def _value(data: pa.RecordBatch | pa.Table, path: str, shape: ObjectShape) -> pa.Array:
    """Take a column, or a nested value of one, as one array."""
    if path in shape.columns:
        return _plain(data.column(path))
    first, *rest = path.split(".")
    column = _plain(data.column(first))
    for part in rest:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(part) < 0:
            raise missing_column(shape, path)
        column = pc.struct_field(column, part)
    return column


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Give one array, without a dictionary."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
