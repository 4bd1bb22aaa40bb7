"""A stream of record batches becomes a file, whole or not at all; always the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["Write", "Writer", "gzipped_lines", "lines", "parquet"]

Write = Callable[[pa.RecordBatch], None]
Writer = Callable[[Path, pa.Schema], AbstractContextManager[Write]]


def lines(header: str = "") -> Writer:
    """Make a writer of text files; the batches have one column, a line with its end in each row."""

    @contextmanager
    def write(path: Path, _schema: pa.Schema) -> Iterator[Write]:
        with _whole(path) as draft, draft.open("wb") as file:
            file.write(header.encode())
            yield lambda batch: _write_lines(file, batch)

    return write


def gzipped_lines(header: str = "") -> Writer:
    """Make a writer of gzipped text files, without the time and the name that gzip would keep."""

    @contextmanager
    def write(path: Path, _schema: pa.Schema) -> Iterator[Write]:
        with ExitStack() as stack:
            draft = stack.enter_context(_whole(path))
            plain = stack.enter_context(draft.open("wb"))
            file = stack.enter_context(gzip.GzipFile("", "wb", 6, plain, mtime=0))
            file.write(header.encode())
            yield lambda batch: _write_lines(file, batch)

    return write


@contextmanager
def parquet(path: Path, schema: pa.Schema) -> Iterator[Write]:
    """Write batches of any columns as Parquet."""
    with _whole(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as file:
        yield file.write_batch


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a draft's path; it takes the file's name when everything is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_lines(file: BinaryIO | gzip.GzipFile, batch: pa.RecordBatch) -> None:
    """Write the texts of a column as they lie in memory: one after the other."""
    texts = batch.column(0).cast(pa.large_string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    file.write(memoryview(data)[ends[0] : ends[-1]])
