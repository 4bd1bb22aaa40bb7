"""Records of a text as Arrow batches: each with its physical line, broken ones set apart.

pyarrow's CSV reader does the work, in order and with bounded memory. It is told the columns, and
to pass blank lines on, so that every record has a number; a last record of ours after the
object's end shows that no open quote has swallowed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from onefold.errors import SourceUnreadable
from onefold.sources.config import BLOCK_BYTES
from onefold.sources.streams import TextStream
from onefold.sources.utf8 import BROKEN_TEXT, as_delivered

__all__ = ["Broken", "Dialect", "Records", "read_records"]

END_MARK = "\x00onefold end\x00"
NOT_UTF8 = "not valid UTF-8 (another encoding?)"

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How records are cut into values.

    Attributes:
        columns: how many values a record has.
        delimiter: what stands between them.
        quoted: whether double quotes may enclose a value (and line breaks in it).
        first_line: the physical line of the stream's first record.
        misfit: what to say of a record with another number of values; may name `{values}`.
    """

    columns: int
    delimiter: str
    quoted: bool
    first_line: int
    misfit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A record that could not be cut into values: its line, why, and its bytes as delivered."""

    line: int
    reason: str
    raw: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """Some records: `lines` and `columns` (text, empty is NULL) of whole ones, and broken ones."""

    lines: Numbers
    columns: Sequence[pa.Array]
    broken: Sequence[Broken]


@dataclass(slots=True)
class _Refused:
    """A record with too many or too few values, as pyarrow tells it."""

    number: int
    values: int
    text: str


@dataclass(slots=True)
class _Position:
    """How far the reader is: the next record's number (from 1), and line breaks inside records."""

    number: int = 1
    breaks: int = 0
    refused: list[_Refused] = field(default_factory=list)


def read_records(stream: TextStream, dialect: Dialect, name: str) -> Iterator[Records]:
    """Read a stream to its end.

    Raises:
        SourceUnreadable: a record is longer than a block, or a quote is never closed.
    """
    stream.tail = f"\n{END_MARK}{dialect.delimiter * (dialect.columns - 1)}\n".encode()
    position = _Position()
    line = dialect.first_line
    ended = False
    for batch in _batches(stream, dialect, position, name):
        ended = batch.num_rows > 0 and batch.column(0)[-1].as_py() == END_MARK
        lines, broken = _number(batch, position, dialect)
        line = int(lines[-1]) if len(lines) else line
        whole = batch.num_rows - ended
        yield _set_apart(
            batch.slice(0, whole), lines[:whole], broken, dialect, marked=stream.marked
        )
    if not ended:
        raise SourceUnreadable(
            f"{name}:{_swallower(position, dialect) or line}: a quote opened in this row is never"
            " closed",
            hint="close it, or write it twice when it belongs to the value;"
            " nothing of this load landed",
        )


def _swallower(position: _Position, dialect: Dialect) -> int | None:
    """Give the line of a refused record after the last whole one."""
    if not position.refused:
        return None
    *earlier, last = position.refused
    inside = position.breaks + sum(one.text.count("\n") for one in earlier)
    return dialect.first_line + last.number - 1 + inside


def _batches(
    stream: TextStream, dialect: Dialect, position: _Position, name: str
) -> Iterator[pa.RecordBatch]:
    names = [str(index) for index in range(dialect.columns)]

    def refuse(row: csv.InvalidRow) -> str:
        position.refused.append(_Refused(row.number, row.actual_columns, row.text))
        return "skip"

    quoting = {} if dialect.quoted else {"quote_char": False, "double_quote": False}
    try:
        yield from csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=names
            ),
            parse_options=csv.ParseOptions(
                delimiter=dialect.delimiter,
                newlines_in_values=dialect.quoted,
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
                **quoting,
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceUnreadable(
            f"{name}: a row after record {position.number - 1} is longer than"
            f" {BLOCK_BYTES >> 20} MB",
            hint="most often a quote that is never closed; nothing of this load landed",
        ) from error


def _number(
    batch: pa.RecordBatch, position: _Position, dialect: Dialect
) -> tuple[Numbers, list[Broken]]:
    """Give the physical lines of a batch, and the refused records that stand before its end."""
    rows = batch.num_rows
    refused = position.refused
    # How many whole records of this batch stand before each refused one.
    before = np.array(
        [one.number - position.number - index for index, one in enumerate(refused)], dtype=np.int64
    )
    count = int(np.searchsorted(before, rows, side="left"))
    before, refused, position.refused = before[:count], refused[:count], refused[count:]

    passed = np.searchsorted(before, np.arange(rows), side="right")
    inside = _breaks(batch) if dialect.quoted else np.zeros(rows, dtype=np.int64)
    in_refused = np.array([one.text.count("\n") for one in refused], dtype=np.int64)
    whole_sum = np.concatenate([[0], np.cumsum(inside)])
    refused_sum = np.concatenate([[0], np.cumsum(in_refused)])

    first = dialect.first_line + position.number - 1 + position.breaks
    lines = first + np.arange(rows) + passed + whole_sum[:-1] + refused_sum[passed]
    refused_lines = first + before + np.arange(count) + whole_sum[before] + refused_sum[:-1]
    position.number += rows + count
    position.breaks += int(whole_sum[-1] + refused_sum[-1])
    broken = [
        _ragged(one, line, dialect)
        for one, line in zip(refused, refused_lines.tolist(), strict=True)
        if one.text.strip()
    ]
    return lines.astype(np.int64), broken


def _breaks(batch: pa.RecordBatch) -> Numbers:
    """Count the line breaks inside the values of each record."""
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        found = pc.fill_null(pc.count_substring(column, "\n"), 0)
        total += found.to_numpy(zero_copy_only=False)
    return total


def _ragged(one: _Refused, line: int, dialect: Dialect) -> Broken:
    return Broken(
        line=line,
        reason=dialect.misfit.format(values=one.values),
        raw=as_delivered(one.text),
    )


def _set_apart(
    batch: pa.RecordBatch,
    lines: Numbers,
    broken: Sequence[Broken],
    dialect: Dialect,
    *,
    marked: bool,
) -> Records:
    """Drop blank records, and move those with bytes that are no text to the broken ones."""
    kept = ~np.logical_and.reduce(_masks(batch, pc.is_null))
    bad = np.logical_or.reduce(_masks(batch, _has_mark)) if marked else ~kept & kept
    undecodable = [
        Broken(line=int(lines[row]), reason=NOT_UTF8, raw=_rejoined(batch, row, dialect))
        for row in np.flatnonzero(bad).tolist()
    ]
    kept &= ~bad
    whole = batch if kept.all() else batch.filter(pa.array(kept))
    return Records(lines=lines[kept], columns=whole.columns, broken=[*broken, *undecodable])


def _rejoined(batch: pa.RecordBatch, row: int, dialect: Dialect) -> bytes:
    values = (column[row].as_py() or "" for column in batch.columns)
    return as_delivered(dialect.delimiter.join(values))


def _has_mark(column: pa.Array) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(column, BROKEN_TEXT), fill_value=False)


def _masks(
    batch: pa.RecordBatch, test: Callable[[pa.Array], pa.Array]
) -> list[npt.NDArray[np.bool_]]:
    return [test(column).to_numpy(zero_copy_only=False) for column in batch.columns]
