"""Read CSV, PSV and TSV: values as text, lines counted as an editor counts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from onefold.model import FeedField
from onefold.sources.config import SourceConfig
from onefold.sources.delivered import broken_batch, text_schema, whole_batch
from onefold.sources.headers import Header, take_header
from onefold.sources.listing import SourceObject
from onefold.sources.records import Dialect, read_records
from onefold.sources.shapes import ObjectShape, check_columns, shape_of
from onefold.sources.streams import TextStream, finished, open_text, reading

__all__ = ["inspect_delimited", "read_delimited"]


def inspect_delimited(
    config: SourceConfig, obj: SourceObject, fields: Sequence[FeedField]
) -> ObjectShape:
    """Compare a file's header with the declared fields."""
    stream = open_text(obj)
    with reading(obj):
        header = take_header(stream, config, obj.name)
        stream.close()
    return shape_of(obj.name, header.names, fields, nested=False)


def read_delimited(
    config: SourceConfig, obj: SourceObject, fields: Sequence[FeedField]
) -> pa.RecordBatchReader:
    """Read a delimited file; its header is checked at once, its rows as they are asked for."""
    stream = open_text(obj)
    with reading(obj):
        header = take_header(stream, config, obj.name)
    check_columns(shape_of(obj.name, header.names, fields, nested=False))
    batches = _batches(stream, header, obj, fields)
    return pa.RecordBatchReader.from_batches(text_schema(fields), batches)


def _batches(
    stream: TextStream, header: Header, obj: SourceObject, fields: Sequence[FeedField]
) -> Iterator[pa.RecordBatch]:
    schema = text_schema(fields)
    places = [header.names.index(field.path) for field in fields]
    dialect = Dialect(
        columns=len(header.names),
        delimiter=header.delimiter,
        quoted=True,
        first_line=header.lines + 1,
        misfit=f"{{values}} values where the header has {len(header.names)}",
    )
    with finished(stream, obj):
        for records in read_records(stream, dialect, obj.name):
            yield whole_batch(schema, records.lines, [records.columns[at] for at in places])
            if records.broken:
                yield broken_batch(schema, records.broken)
