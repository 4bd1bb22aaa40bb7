"""A person out of every file of the store: each is written anew without them, then flipped.

What says that a row is about the person: a text that is one of their ids, e-mails or phones, in
whatever column; the key of one of their records; what a destination calls them, in its ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from onefold.model import Column, DataFile, TableName, Traces
from onefold.run.context import Walk
from onefold.warehouse import any_of, call, column, literal

__all__ = ["ErasedRows", "count_rows", "rewrite_files"]

_ORDER = "file_row_number"
_PAIRS = re.compile(r"(?P<stem>.*?)(?P<which>datasource|pk)(?P<end>.*)")
_LEDGER = re.compile(r"[a-z]+_(?P<id>\d+)")
_SHORTEST_IN_BYTES = 5  # characters; shorter keys stand in rows of other people, too
_TELLING = 16  # characters: an id that is shorter may be a word of another meaning elsewhere
_IDS = ("person_id", "previous_ids")  # how columns that hold person ids end
_WHOSE = ("_identifier", "user")  # columns of ledgers that hold what a destination calls people


@dataclass(frozen=True, slots=True)
class ErasedRows:
    """Rows of a table that are about the person, in how many of its files."""

    rows: int
    files: int


def count_rows(walk: Walk, traces: Traces) -> Mapping[TableName, ErasedRows]:
    """Count what would be erased, in all versions of all tables."""
    found: dict[TableName, ErasedRows] = {}
    for table, _, rows in _holding(walk, traces):
        before = found.get(table, ErasedRows(0, 0))
        found[table] = ErasedRows(before.rows + rows, before.files + 1)
    return found


def rewrite_files(walk: Walk, traces: Traces) -> int:
    """Write each file that holds rows of the person anew, and remove the old ones; give how many.

    A file is flipped for all versions that it is part of, one commit a file. What a process that
    was killed left behind is removed too: the caller holds the lease, so nobody else writes.
    """
    files = 0
    with walk.steps.step("ledger", "erase") as step:
        for table, path, rows in _holding(walk, traces):
            new = _without(walk, table, path, traces)
            with walk.store.begin() as tx:
                walk.store.catalogue.replace_file(tx, path, new)
            files += 1
            step.advanced(rows)
        _remove_unreferenced(walk)
        step.rows_in = step.rows_out = step.rejected = 0
    return files


def _holding(walk: Walk, traces: Traces) -> Iterator[tuple[TableName, str, int]]:
    """Give the files that hold rows of the person: table, path, and how many."""
    for path, table in walk.store.catalogue.files().items():
        about = _about(table, _columns(walk, path), traces)
        if about is not None:
            query = exp.select("count(*)").from_(_read(walk, path)).where(about)
            if rows := walk.engine.scalar(query):
                yield table, path, rows


def _without(walk: Walk, table: TableName, path: str, traces: Traces) -> Sequence[DataFile]:
    """Write a file without the person, in the order in which it was, in row groups as before."""
    columns = _columns(walk, path)
    about = _about(table, columns, traces)
    assert about is not None  # noqa: S101 - such a file holds nothing to erase
    others = exp.not_(call("coalesce", about, exp.false()))
    query = (
        exp.select(*(column(one.name) for one in columns), column(_ORDER))
        .from_(_read(walk, path))
        .where(others)
    )
    groups = exp.select("max(row_group_num_rows)").from_(
        exp.Table(this=call("parquet_metadata", literal(str(walk.tables.folder / path))))
    )
    return walk.tables.rewrite(
        table, query, order_by=_ORDER, rows_per_group=walk.engine.scalar(groups)
    )


def _columns(walk: Walk, path: str) -> tuple[Column, ...]:
    everything = exp.select("*").from_(_read(walk, path, order=False))
    return walk.engine.columns(everything)


def _read(walk: Walk, path: str, *, order: bool = True) -> exp.Table:
    options = [
        exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false()),
        exp.EQ(this=exp.to_identifier(_ORDER), expression=exp.convert(order)),
    ]
    file = literal(str(walk.tables.folder / path))
    return exp.Table(this=call("read_parquet", file, *options))


def _about(table: TableName, columns: Sequence[Column], traces: Traces) -> exp.Expr | None:
    """Say which rows of a table are about the person, or give None when none can be."""
    found = [
        *_by_text(columns, traces),
        *_by_record(columns, traces.records),
    ]
    if table.schema == "landed":
        found += _one_of("_key", traces.records.get(table.name, ()))
    if table.schema == "rejects":
        found += _in_bytes(traces.records.get(table.name, ()), traces.values)
    if table.schema == "ledger" and (named := _LEDGER.fullmatch(table.name)):
        mine = traces.identifiers.get(int(named["id"]), ())
        for name in _WHOSE:
            if any(one.name == name for one in columns):
                found += _one_of(name, mine)
    return any_of(found) if found else None


def _by_text(columns: Sequence[Column], traces: Traces) -> Iterator[exp.Expr]:
    """Find what tells one person from another, in any column; short ids where ids stand."""
    long = [one for one in traces.person_ids if len(one) >= _TELLING]
    for one in columns:
        ids = traces.person_ids if one.name.endswith(_IDS) else long
        texts = [*ids, *traces.values]
        if one.engine_type == "VARCHAR":
            yield from _one_of(one.name, texts)
        elif one.engine_type == "VARCHAR[]" and texts:
            yield call("list_has_any", column(one.name), exp.array(*map(literal, texts)))


def _by_record(
    columns: Sequence[Column], records: Mapping[str, Sequence[str]]
) -> Iterator[exp.Expr]:
    """Find rows that name a record: by columns such as `datasource_a` and `pk_a`."""
    names = {one.name for one in columns}
    for one in columns:
        parts = _PAIRS.fullmatch(one.name)
        if parts is None or parts["which"] != "datasource":
            continue
        key = f"{parts['stem']}pk{parts['end']}"
        if key in names:
            for source, keys in records.items():
                for mine in _one_of(key, keys):
                    yield exp.and_(column(one.name).eq(literal(source)), mine)


def _one_of(name: str, texts: Sequence[str]) -> Iterator[exp.Expr]:
    if texts:
        yield column(name).isin(*map(literal, texts))


def _in_bytes(keys: Sequence[str], values: Sequence[str]) -> Iterator[exp.Expr]:
    """Find rejected rows by the words that stand in them: nobody could say whose they are."""
    bytes_as_text = call("try", call("decode", column("raw")))
    raw = call("coalesce", bytes_as_text, exp.cast(column("raw"), "VARCHAR"))
    for text in (*keys, *values):
        if len(text) >= _SHORTEST_IN_BYTES:
            word = literal(f"(^|[^0-9A-Za-z]){re.escape(text)}($|[^0-9A-Za-z])")
            yield call("regexp_matches", raw.copy(), word)
            yield call("regexp_matches", column("value"), word.copy())


def _remove_unreferenced(walk: Walk) -> None:
    """Remove data files that no version names: the old ones, and those of a killed process."""
    known = {walk.tables.folder / path for path in walk.store.catalogue.files()}
    for path in sorted((walk.tables.folder / "tables").rglob("*.parquet")):
        if path not in known:
            path.unlink(missing_ok=True)
