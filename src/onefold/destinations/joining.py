"""Objects, one a row, joined into the texts of requests.

The engine gives them in order, and Arrow joins them: an aggregate of the engine would hold each
text several times, and spill while sending, when it rests (0016).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Joined", "join_objects"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """Neighbouring rows of one request.

    Attributes:
        objects: their objects, with commas between.
        rows: how many.
        first: the other columns of the first of them.
    """

    objects: bytes
    rows: int
    first: dict[str, Any]


def join_objects(rows: pa.RecordBatchReader) -> Iterator[Joined]:
    """Join the objects of rows that stand together.

    Args:
        rows: `run` (an integer; neighbours of one run belong together), `object` VARCHAR, and what
            else is the same in a run. As many as fit into memory.
    """
    table = rows.read_all()
    if not table.num_rows:
        return
    ends = pc.run_end_encode(table["run"].combine_chunks()).run_ends
    offsets = pa.concat_arrays([pa.array([0], ends.type), ends])
    lists = pa.ListArray.from_arrays(offsets, table["object"].combine_chunks())
    texts = pc.binary_join(lists, ",").cast(pa.binary()).to_pylist()
    firsts = table.drop(["run", "object"]).take(offsets[:-1]).to_pylist()
    counts = pc.list_value_length(lists).to_pylist()
    for text, count, first in zip(texts, counts, firsts, strict=True):
        yield Joined(objects=text, rows=count, first=first)
