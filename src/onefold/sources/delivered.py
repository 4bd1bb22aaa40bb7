"""What reading gives, whatever the format: the columns that every batch has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onefold.model import FeedField
from onefold.sources.records import Broken

__all__ = ["broken_batch", "delivered_schema", "text_schema", "whole_batch"]

_LINE = pa.field("_line", pa.int64(), nullable=False)
_BROKEN = pa.field("_broken", pa.string())
_RAW = pa.field("_raw", pa.binary())


def delivered_schema(values: Sequence[pa.Field]) -> pa.Schema:
    """Give `_line`, the fields' values, `_broken` (why a row is broken), `_raw` (its bytes)."""
    return pa.schema([_LINE, *values, _BROKEN, _RAW])


def text_schema(fields: Sequence[FeedField]) -> pa.Schema:
    """Give the schema of a text format: every value as its text."""
    return delivered_schema([pa.field(field.name, pa.string()) for field in fields])


def whole_batch(
    schema: pa.Schema, lines: npt.NDArray[np.int64], values: Sequence[pa.Array]
) -> pa.RecordBatch:
    """Build a batch of rows that are not broken."""
    nothing = [pa.nulls(len(lines), _BROKEN.type), pa.nulls(len(lines), _RAW.type)]
    return pa.RecordBatch.from_arrays([pa.array(lines), *values, *nothing], schema=schema)


def broken_batch(schema: pa.Schema, broken: Sequence[Broken]) -> pa.RecordBatch:
    """Build a batch of broken rows: no values, but why and what was delivered."""
    values = [pa.nulls(len(broken), field.type) for field in list(schema)[1:-2]]
    arrays = [
        pa.array([one.line for one in broken], pa.int64()),
        *values,
        pa.array([one.reason for one in broken], pa.string()),
        pa.array([one.raw for one in broken], pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
