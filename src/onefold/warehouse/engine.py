"""One DuckDB connection with bounded memory; everything a room does to data goes through here."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from sqlglot import exp

from onefold.errors import Interrupted, OnefoldError, SqlError, StoreFull
from onefold.model import Column, DataFile
from onefold.warehouse.files import settle_file, sync_folder
from onefold.warehouse.sql import ident, literal, relation, render

__all__ = ["Engine", "EngineSettings"]

Query = str | exp.Expr
ROW_GROUP = 122_880  # rows; also the least a file holds
ROWS_COPIED_TOGETHER = 10_000  # from elsewhere, through Python
UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """How much of the machine the engine may use.

    Attributes:
        memory_limit: DuckDB's budget, such as `3GB`; beyond it data spills to `spill_folder`.
        spill_folder: where it spills; emptied by DuckDB itself.
        threads: worker threads; None leaves it to DuckDB (all cores).
        timezone: the project's zone: casts between dates and instants, and business days, mean it.
        rows_per_file: a table is written in files of about this many rows.
    """

    memory_limit: str = "3GB"
    spill_folder: Path
    threads: int | None = None
    timezone: str = "UTC"
    rows_per_file: int = 2_000_000


class Engine:
    """A DuckDB connection: queries, temporary relations, and durable Parquet files.

    One thread at a time may use it.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        config: dict[str, Any] = {
            "memory_limit": settings.memory_limit,
            "temp_directory": str(settings.spill_folder),
            "preserve_insertion_order": False,
            "python_enable_replacements": False,  # a table's name never means a Python variable
        }
        if settings.threads is not None:
            config["threads"] = settings.threads
        self._connection = duckdb.connect(":memory:", config=config)
        self._functions: set[str] = set()
        self._connection.execute(f"SET TimeZone = {literal(settings.timezone).sql('duckdb')}")

    def close(self) -> None:
        """Let go of memory and spill files."""
        self._connection.close()

    def interrupt(self) -> None:
        """Cancel the running query, from any thread; it raises `Interrupted`."""
        self._connection.interrupt()

    def run(self, query: Query, parameters: Mapping[str, object] | None = None) -> None:
        """Run a statement whose result nobody reads."""
        self.rows(query, parameters)

    def rows(self, query: Query, parameters: Mapping[str, object] | None = None) -> list[Any]:
        """Run a query with a small result, and give its rows as tuples."""
        with _engine_errors():
            return self._connection.execute(render(query), _bound(parameters)).fetchall()

    def row(self, query: Query, parameters: Mapping[str, object] | None = None) -> Any:
        """Run a query that gives exactly one row, and give it as a tuple."""
        (only,) = self.rows(query, parameters)
        return only

    def scalar(self, query: Query, parameters: Mapping[str, object] | None = None) -> Any:
        """Run a query that gives one value."""
        ((only,),) = self.rows(query, parameters)
        return only

    def arrow(
        self, query: Query, parameters: Mapping[str, object] | None = None, *, batch: int = 100_000
    ) -> pa.RecordBatchReader:
        """Stream a result as Arrow batches. Read it to the end before the next query."""
        # Not `execute`: it would hold the whole result in memory first.
        with _engine_errors():
            found = self._connection.sql(render(query), params=_bound(parameters))
            reader = found.to_arrow_reader(batch)
        return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader))

    def table(self, name: str, query: Query, parameters: Mapping[str, object] | None = None) -> int:
        """Compute a query once into a temporary table (spills), replacing it; give its rows."""
        target = ident(name).sql("duckdb")
        return int(
            self.scalar(f"CREATE OR REPLACE TEMP TABLE {target} AS {render(query)}", parameters)
        )

    def view(self, name: str, query: Query) -> None:
        """Name a query, `view` or `schema.view`: computed anew by whoever reads it."""
        named = relation(name)
        if named.db:
            self.run(f"CREATE SCHEMA IF NOT EXISTS {named.args['db'].sql('duckdb')}")
        temporary = "" if named.db else "TEMP "
        target = named.sql("duckdb")
        self.run(f"CREATE OR REPLACE {temporary}VIEW {target} AS {render(query)}")

    def drop(self, *names: str) -> None:
        """Drop temporary tables and views; their memory is free again. Unknown names are fine."""
        known = (
            "SELECT table_type FROM information_schema.tables "
            "WHERE table_catalog = 'temp' AND table_name = $name"
        )
        for name in names:
            for (kind,) in self.rows(known, {"name": name}):
                what = "VIEW" if kind == "VIEW" else "TABLE"
                self.run(f"DROP {what} temp.{ident(name).sql('duckdb')}")

    @contextmanager
    def scratch(self, *stems: str) -> Iterator[tuple[str, ...]]:
        """Give unused table names, and drop those tables at the end."""
        names = tuple(f"_{stem}_{uuid4().hex[:8]}" for stem in stems)
        try:
            yield names
        finally:
            self.drop(*names)

    def register(self, name: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """Make Arrow data readable by name. A reader can be read once."""
        self._connection.register(name, data)

    def fill(self, name: str, schema: pa.Schema, rows: Iterable[Sequence[object]]) -> None:
        """Copy rows from elsewhere into a temporary table, few at a time, replacing it.

        Args:
            name: the table.
            schema: its columns.
            rows: their values, in the order of the columns.
        """
        self.register(f"{name}_arriving", schema.empty_table())
        self.table(name, exp.select("*").from_(relation(f"{name}_arriving")))
        waiting = iter(rows)
        while some := list(islice(waiting, ROWS_COPIED_TOGETHER)):
            columns = zip(*some, strict=True)
            arrays = [pa.array(*pair) for pair in zip(columns, schema.types, strict=True)]
            self.register(f"{name}_arriving", pa.table(arrays, schema=schema))
            self.run(
                exp.insert(exp.select("*").from_(relation(f"{name}_arriving")), relation(name))
            )
        self.unregister(f"{name}_arriving")

    @contextmanager
    def resting(self, memory_limit: str) -> Iterator[None]:
        """Hold no more than so much memory meanwhile: what lies in tables is spilled to disk."""
        usual = self.settings.memory_limit
        if _size_bytes(memory_limit) >= _size_bytes(usual):
            yield
            return
        self._limit_memory(memory_limit)
        try:
            yield
        finally:
            self._limit_memory(usual)

    def _limit_memory(self, size: str) -> None:
        self.run(f"SET memory_limit = {literal(size).sql('duckdb')}")

    def unregister(self, name: str) -> None:
        """Forget Arrow data."""
        self._connection.unregister(name)

    def function(
        self, name: str, function: Callable[..., pa.Array], takes: Sequence[str], gives: str
    ) -> None:
        """Make a function over Arrow columns known; it must be pure. NULL gives NULL, unasked.

        Args:
            name: what SQL calls it; a name that is known stays as it is.
            function: given the rows of a batch that hold no NULL, gives as many values.
            takes: the engine's types of its arguments.
            gives: the engine's type of its values.
        """
        if name not in self._functions:
            self._connection.create_function(
                name, function, list(takes), gives, type=PythonUDFType.ARROW
            )
            self._functions.add(name)

    def columns(self, query: Query) -> tuple[Column, ...]:
        """Give the columns that a query would return, without running it."""
        described = self.rows(f"DESCRIBE {render(query)}")
        return tuple(Column(name=row[0], engine_type=row[1]) for row in described)

    def relation_columns(self, name: str) -> tuple[Column, ...]:
        """Give the columns of a table or view of the engine."""
        return self.columns(exp.select("*").from_(relation(name)))

    def count(self, name: str) -> int:
        """Count the rows of a table or view of the engine."""
        return int(self.scalar(exp.select("count(*)").from_(relation(name))))

    def write(
        self,
        query: Query,
        folder: Path,
        *,
        order_by: Sequence[str] = (),
        rows_per_group: int = ROW_GROUP,
        leave_out: str | None = None,
    ) -> list[DataFile]:
        """Write a query's rows as Parquet files of about `rows_per_file` rows, durably.

        Each file is written under a temporary name, synced, renamed, and the folder synced: a
        file that has its name is whole. No rows, no files. Paths are as `folder` has them. Who
        reads ranges of what it is ordered by reads whole groups of about `rows_per_group` rows.
        A column that is only there to order by is left out.
        """
        folder.mkdir(parents=True, exist_ok=True)
        staging = folder / f".{uuid4().hex}.writing"
        order = (
            f" ORDER BY {', '.join(ident(name).sql('duckdb') for name in order_by)}"
            if order_by
            else ""
        )
        target = literal(str(staging)).sql("duckdb")
        columns = f"* EXCLUDE ({ident(leave_out).sql('duckdb')})" if leave_out else "*"
        groups = max(1, self.settings.rows_per_file // rows_per_group)
        options = (
            "FORMAT parquet, COMPRESSION zstd, PER_THREAD_OUTPUT false, FILE_EXTENSION 'parquet', "
            f"ROW_GROUP_SIZE {rows_per_group}, ROW_GROUPS_PER_FILE {groups}, RETURN_STATS"
        )
        try:
            with _storage_errors(folder):
                written = self.rows(
                    f"COPY (SELECT {columns} FROM ({render(query)}){order}) TO {target} ({options})"
                )
                files = [settle_file(Path(row[0]), folder) for row in written if row[1]]
                sync_folder(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        counts = [int(row[1]) for row in written if row[1]]
        return [
            DataFile(path=str(path), rows=rows, size_bytes=path.stat().st_size)
            for path, rows in zip(files, counts, strict=True)
        ]


def _size_bytes(size: str) -> int:
    """Read a size such as `3GB` or `512 MiB` (see `EngineSettings.memory_limit`)."""
    number = size.rstrip("KMGTiB ")
    unit = size[len(number) :].strip()
    base = 1024 if "i" in unit else 1000
    bytes_of_unit: int = base ** UNITS[unit[0]]
    return int(number) * bytes_of_unit


def _bound(parameters: Mapping[str, object] | None) -> dict[str, object] | None:
    return dict(parameters) if parameters else None


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (duckdb.Error, OSError) as error:  # a stream of Arrow knows no error but OSError
        raise translated(error) from error


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise translated(error) from error
    except RuntimeError as error:  # what DuckDB makes of Ctrl-C while a query runs
        if "interrupted" not in str(error):
            raise
        raise Interrupted("the query was cancelled") from error


def translated(error: Exception) -> OnefoldError:
    """Turn an error of DuckDB into one of ours, with what to do next."""
    text = str(error)
    if isinstance(error, duckdb.InterruptException) or text.startswith("INTERRUPT Error"):
        return Interrupted("the query was cancelled")
    if "No space left" in text or "max_temp_directory_size" in text:
        return StoreFull(
            "the disk is full: the engine could not write",
            hint="free some space where the store lies, then run again; nothing was lost",
        )
    if isinstance(error, duckdb.OutOfMemoryException) or text.startswith("Out of Memory Error"):
        return StoreFull(
            "the engine has neither memory nor spill space left",
            hint="raise `memory_limit`, or free disk space where the store lies, then run again",
        )
    return SqlError(text.splitlines()[0] if text else type(error).__name__)


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull(
                f"no space left in {folder}",
                hint="free some space, then run again; nothing was lost",
            ) from error
        raise
