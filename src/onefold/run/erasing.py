"""A person out of every file of the store: each is written anew without them, then flipped.

What says that a row is about the person: a text that is one of their ids, e-mails or phones, in
whatever column; the key of one of their records; what a destination calls them, in its ledger.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from onefold.model import Column, DataFile, TableName, Traces
from onefold.run.context import Walk
from onefold.warehouse import any_of, call, column, literal

__all__ = ["count_rows", "rewrite_files"]

_ORDER = "file_row_number"
_LEDGER = re.compile(r"[a-z]+_(?P<id>\d+)")
_SHORTEST_IN_BYTES = 5  # characters; shorter keys stand in rows of other people, too
_TELLING = 16  # characters: an id that is shorter may be a word of another meaning elsewhere
_IDS = ("person_id", "previous_ids")  # how columns that hold person ids end
_WHOSE = ("_identifier", "user")  # columns of ledgers that hold what a destination calls people


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holding:
    """A file that holds rows of the person: which rows they are, and how many."""

    table: TableName
    path: str
    columns: tuple[Column, ...]
    about: exp.Expr
    rows: int


def count_rows(walk: Walk, traces: Traces) -> Mapping[TableName, int]:
    """Count the rows that would be erased, in all versions of all tables."""
    found: Counter[TableName] = Counter()
    for one in _holding(walk, traces):
        found[one.table] += one.rows
    return found


def rewrite_files(walk: Walk, traces: Traces) -> int:
    """Write each file that holds rows of the person anew, and remove the old ones; give how many.

    A file is flipped for all versions that it is part of, one commit a file. What a process that
    was killed left behind is removed too: the caller holds the lease, so nobody else writes.
    """
    files = 0
    with walk.steps.step("ledger", "erase") as step:
        for one in _holding(walk, traces):
            new = _without(walk, one)
            walk.still_ours()
            with walk.store.begin() as tx:
                walk.store.catalogue.replace_file(tx, one.path, new)
            files += 1
            step.advanced(one.rows)
        _remove_unreferenced(walk)
        step.rows_in = step.rows_out = step.rejected = 0
    return files


def _holding(walk: Walk, traces: Traces) -> Iterator[_Holding]:
    """Look into every file that a version names, and give those that hold rows of the person."""
    for path, table in walk.store.catalogue.files().items():
        columns = walk.engine.columns(exp.select("*").from_(_read(walk, path, order=False)))
        about = _about(table, columns, traces)
        query = exp.select("count(*)").from_(_read(walk, path)).where(about)
        if rows := walk.engine.scalar(query):
            yield _Holding(table=table, path=path, columns=columns, about=about, rows=rows)


def _without(walk: Walk, held: _Holding) -> Sequence[DataFile]:
    """Write a file without the person, in the order in which it was, in row groups as before."""
    others = exp.not_(call("coalesce", held.about, exp.false()))
    query = (
        exp.select(*(column(one.name) for one in held.columns), column(_ORDER))
        .from_(_read(walk, held.path))
        .where(others)
    )
    metadata = call("parquet_metadata", literal(str(walk.tables.folder / held.path)))
    groups = exp.select("max(row_group_num_rows)").from_(exp.Table(this=metadata))
    return walk.tables.rewrite(
        held.table, query, order_by=_ORDER, rows_per_group=walk.engine.scalar(groups)
    )


def _read(walk: Walk, path: str, *, order: bool = True) -> exp.Table:
    options = [
        exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false()),
        exp.EQ(this=exp.to_identifier(_ORDER), expression=exp.convert(order)),
    ]
    file = literal(str(walk.tables.folder / path))
    return exp.Table(this=call("read_parquet", file, *options))


def _about(table: TableName, columns: Sequence[Column], traces: Traces) -> exp.Expr:
    """Say which rows of a table are about the person."""
    found = [*_by_text(columns, traces), *_by_record(columns, traces.records)]
    match table.schema:
        case "landed":
            found += _one_of("_key", traces.records.get(table.name, ()))
        case "rejects":
            found += _in_bytes(traces.records.get(table.name, ()), traces.values)
        case "ledger" if named := _LEDGER.fullmatch(table.name):
            mine = traces.identifiers.get(int(named["id"]), ())
            names = {one.name for one in columns}
            for name in _WHOSE:
                if name in names:
                    found += _one_of(name, mine)
    return any_of(found)


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
    for name in sorted(names):
        key = name.replace("datasource", "pk")
        if key != name and key in names:
            for source, keys in records.items():
                for mine in _one_of(key, keys):
                    yield exp.and_(column(name).eq(literal(source)), mine)


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
