"""The landed and the rejected rows of one person, those of older versions among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from onefold.model import RecordShape, TableName, TableVersion
from onefold.run import Walk, bind_people
from onefold.warehouse import any_of, call, column, literal, relation, scan

__all__ = ["LandedRecords"]

REACHABLE = ("email", "phone")  # what tells whose a row is, also where the row is broken
INSIDE_A_WORD = "[^a-z0-9._%+@-]"


class LandedRecords:
    """Reads a person's rows as they were delivered.

    `landed` leaves the walk's tables bound to older versions; `rejected` needs what it found.
    """

    def __init__(self, walk: Walk, ids: Sequence[str]) -> None:
        self._walk = walk
        self._ids = [literal(one) for one in ids]
        self._keys: dict[str, set[str]] = {}
        self._reached: set[str] = set()
        self._look_up_keys()

    def landed(self) -> Iterator[Mapping[str, Any]]:
        """Give each record once, with its file and line, the current ones of a source first."""
        versions = self._walk.store.catalogue.versions("landed")
        for shape in self._walk.shapes:
            table = TableName("landed", shape.source)
            current = self._walk.tables.get(table)
            if current is None:
                continue
            older = [one for one in versions if one.table == table and one.id != current.id]
            yield from self._of_source(shape, current, older)

    def rejected(self) -> Iterator[Mapping[str, Any]]:
        """Give the rejected rows that hold a key, an e-mail or a phone of the person."""
        for shape in self._walk.shapes:
            table = TableName("rejects", shape.source)
            if self._walk.tables.get(table) is None:
                continue
            text = exp.Try(this=call("decode", column("raw")))
            holds = [*self._holding_reached(text), *self._holding_key(shape.source, text)]
            if not holds:
                continue
            shown = call("coalesce", text, exp.cast(column("raw"), "VARCHAR")).as_("row")
            query = exp.select("file", "line", "field", "reason", "value", shown)
            rows = query.from_(relation(str(table))).where(any_of(holds)).order_by("file", "line")
            yield from self._stream(rows, shape.source)

    def _look_up_keys(self) -> None:
        """Note the records that were folded into the person, ever, and into nobody else since."""
        for version in self._walk.store.catalogue.versions("stitch"):
            if version.table.name != "unified_coalesced":
                continue
            rows = scan(self._walk.tables.folder, version.files, version.columns).subquery("u")
            others = (
                exp.select("1")
                .from_(relation("stitch.unified_coalesced", "now"))
                .where(
                    column("datasource", "now").eq(column("datasource", "u")),
                    column("pk", "now").eq(column("pk", "u")),
                    exp.not_(column("person_id", "now").isin(*self._ids)),
                )
            )
            own = column("person_id", "u").isin(*self._ids)
            query = exp.select("datasource", "pk").from_(rows)
            for source, key in self._walk.engine.rows(
                query.where(own, exp.not_(exp.Exists(this=others)))
            ):
                self._keys.setdefault(source, set()).add(key)

    def _of_source(
        self, shape: RecordShape, current: TableVersion, older: Sequence[TableVersion]
    ) -> Iterator[Mapping[str, Any]]:
        read: set[str] = set()
        told: set[str] = set()
        for version in (current, *older):
            unread = tuple(one for one in version.files if one.path not in read)
            read |= {one.path for one in unread}
            had = {one.name for one in version.columns}
            lacking = tuple(one for one in current.columns if one.name not in had)
            columns = (*version.columns, *lacking)
            self._walk.tables.bind(replace(version, files=unread, columns=columns))
            bind_people(self._walk)
            for row in self._own_rows(shape):
                if repr(row) not in told:  # an upsert copies what stays into new files
                    told.add(repr(row))
                    yield {**row, "current": version is current}

    def _own_rows(self, shape: RecordShape) -> Iterator[dict[str, Any]]:
        known = self._keys.setdefault(shape.source, set())
        own: list[exp.Expr] = [column("person_id").isin(*self._ids)]
        if known:
            own.append(column("_key").isin(*map(literal, sorted(known))))
        query = exp.select("*").from_(relation(f"main.{shape.source}")).where(any_of(own))
        reaching = [one.name for one in shape.fields if one.tag in REACHABLE]
        for row in self._stream(query.order_by("_file", "_line"), shape.source):
            known.add(row["_key"])
            self._reached |= {str(row[name]).lower() for name in reaching if row[name] is not None}
            fields = {name: value for name, value in row.items() if not name.startswith("_")}
            fields.pop("person_id")
            yield {**fields, "file": row["_file"], "line": row["_line"]}

    def _stream(self, query: exp.Expr, source: str) -> Iterator[dict[str, Any]]:
        for batch in self._walk.engine.arrow(query):
            for row in batch.to_pylist():
                yield {"source": source, **row}

    def _holding_reached(self, text: exp.Expr) -> Iterator[exp.Expr]:
        for value in sorted(self._reached):
            word = exp.func(
                "concat",
                literal(f"(^|{INSIDE_A_WORD})"),
                call("regexp_escape", literal(value)),
                literal(f"($|{INSIDE_A_WORD})"),
            )
            yield call("regexp_matches", call("lower", text.copy()), word)

    def _holding_key(self, source: str, text: exp.Expr) -> Iterator[exp.Expr]:
        """A key is looked for in its own fields only: a short one stands in many rows by chance."""
        primary_key = self._walk.project.sources[source].primary_key
        known = sorted(self._keys.get(source, ()))
        if primary_key and known:
            row = exp.TryCast(this=text.copy(), to=exp.DataType.build("JSON", dialect="duckdb"))
            parts = [
                call("json_extract_string", row.copy(), literal(f'$."{one}"'))
                for one in primary_key
            ]
            yield call("concat_ws", literal("|"), *parts).isin(*map(literal, known))
