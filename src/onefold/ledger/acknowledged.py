"""The acknowledged state: a base, and over it the change sets since, newest cell first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from sqlglot import exp

from onefold.model import ChunkState, Column, TableVersion
from onefold.store import ChangeSetRecord, Outbox
from onefold.warehouse import Engine, Tables, call, column, ident, literal, relation, scan

__all__ = ["ChangeSetFiles", "acknowledged", "refused_rows", "register_receipts"]

_TEXTS = exp.DataType.build("VARCHAR[]", dialect="duckdb")
_APPLIED = (ChunkState.ACKNOWLEDGED, ChunkState.UNSETTLED, ChunkState.SENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSetFiles:
    """A change set with the version that holds its rows."""

    record: ChangeSetRecord
    version: TableVersion


def _fields_of(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give the columns that are fields of the destination: internal ones begin with `_`."""
    return tuple(column for column in columns if not column.name.startswith("_"))


def acknowledged(
    tables: Tables,
    outbox: Outbox,
    base: TableVersion | None,
    change_sets: Sequence[ChangeSetFiles],
    *,
    sent_since: datetime | None = None,
    result: str,
) -> str | None:
    """Make the view `result` of the acknowledged state, or give None when there is none.

    Columns: `_identifier`, `_unsettled` and `_recent` (VARCHAR[]: fields whose value nobody
    knows; fields sent after `sent_since`; NULL for none), and all fields ever sent.
    """
    if base is None and not change_sets:
        return None
    engine = tables.engine
    fields = _all_fields(base, change_sets)
    if not change_sets:
        assert base is not None  # noqa: S101 - else we returned above
        engine.view(result, _base_alone(tables, base, fields))
        return result
    overlay = f"_{result}_overlay"
    _overlay(tables, outbox, change_sets, fields, sent_since, overlay)
    engine.view(result, _over_base(tables, base, fields, overlay))
    return result


def _settled_rows(tables: Tables, change_set: ChangeSetFiles) -> exp.Select:
    """Select a change set's rows that reached the destination, or may have.

    Adds `_state` and `_sent_at` of their chunk; refused rows are left out. Reads the relations
    that `register_receipts` makes.
    """
    version = change_set.version
    number = change_set.record.number
    rows = scan(tables.folder, version.files, version.columns).subquery("c")
    same_chunk = column("chunk", "r").eq(column("_chunk", "c"))
    same_row = exp.and_(
        column("chunk", "x").eq(column("_chunk", "c")),
        column("position", "x").eq(column("_position", "c")),
    )
    return (
        exp.select(
            "c.*", column("state", "r").as_("_state"), column("sent_at", "r").as_("_sent_at")
        )
        .from_(rows)
        .join(relation(f"_receipts_{number}", "r"), on=same_chunk)
        .join(relation(f"_refused_{number}", "x"), on=same_row, join_type="left")
        .where(column("chunk", "x").is_(exp.null()))
    )


def refused_rows(tables: Tables, version: TableVersion, number: int) -> exp.Select:
    """Select a change set's rows that were refused and not released, with their `_reason`."""
    rows = scan(tables.folder, version.files, version.columns).subquery("c")
    same_row = exp.and_(
        column("chunk", "x").eq(column("_chunk", "c")),
        column("position", "x").eq(column("_position", "c")),
    )
    return (
        exp.select("c.*", column("reason", "x").as_("_reason"))
        .from_(rows)
        .join(relation(f"_refused_{number}", "x"), on=same_row)
        .where(exp.not_(column("released", "x")))
    )


def register_receipts(engine: Engine, outbox: Outbox, change_set: ChangeSetRecord) -> None:
    """Copy a change set's receipts and refusals from the control database into the engine."""
    receipts = [row for row in outbox.receipts(change_set.id) if row[1] in _APPLIED]
    chunks, states, times = zip(*receipts, strict=True) if receipts else ((), (), ())
    _copy(
        engine,
        f"_receipts_{change_set.number}",
        pa.table(
            {
                "chunk": pa.array(chunks, pa.int64()),
                "state": pa.array(states, pa.string()),
                "sent_at": pa.array(times, pa.timestamp("us", tz="UTC")),
            }
        ),
    )
    refusals = outbox.refusals(change_set.id)
    columns = list(zip(*refusals, strict=True)) if refusals else [(), (), (), ()]
    _copy(
        engine,
        f"_refused_{change_set.number}",
        pa.table(
            {
                "chunk": pa.array(columns[0], pa.int64()),
                "position": pa.array(columns[1], pa.int32()),
                "reason": pa.array(columns[2], pa.string()),
                "released": pa.array(columns[3], pa.bool_()),
            }
        ),
    )


def _copy(engine: Engine, name: str, data: pa.Table) -> None:
    arriving = f"{name}_arriving"
    engine.register(arriving, data)
    engine.table(name, exp.select("*").from_(relation(arriving)))
    engine.unregister(arriving)


def _all_fields(
    base: TableVersion | None, change_sets: Sequence[ChangeSetFiles]
) -> tuple[Column, ...]:
    """Give every field with its newest type, oldest field first."""
    found: dict[str, Column] = {}
    versions = [base] if base else []
    for version in [*versions, *(change_set.version for change_set in change_sets)]:
        found |= {column.name: column for column in _fields_of(version.columns)}
    return tuple(found.values())


def _base_alone(tables: Tables, base: TableVersion, fields: Sequence[Column]) -> exp.Select:
    rows = scan(tables.folder, base.files, base.columns).subquery("b")
    return exp.select(
        column("_identifier", "b"),
        column("_unsettled", "b"),
        exp.cast(exp.null(), _TEXTS).as_("_recent"),
        *(column(field.name, "b") for field in fields),
    ).from_(rows)


def _overlay(
    tables: Tables,
    outbox: Outbox,
    change_sets: Sequence[ChangeSetFiles],
    fields: Sequence[Column],
    sent_since: datetime | None,
    result: str,
) -> None:
    """Make the table `result`: per identifier and field the newest cell, as a struct (v, u, r)."""
    for change_set in change_sets:
        register_receipts(tables.engine, outbox, change_set.record)
    parts = [_cells(tables, change_set, fields, sent_since) for change_set in change_sets]
    if len(parts) == 1:  # an identifier stands once in a change set
        tables.engine.table(result, parts[0])
        return
    stacked = exp.union(*parts, distinct=False).subquery("s")
    newest = [
        exp.Filter(
            this=call("max_by", column(field.name), column("_number")),
            expression=exp.Where(this=_present(column(field.name))),
        ).as_(ident(field.name))
        for field in fields
    ]
    query = exp.select(column("_identifier"), *newest).from_(stacked)
    tables.engine.table(result, query.group_by(column("_identifier")))


def _cells(
    tables: Tables,
    change_set: ChangeSetFiles,
    fields: Sequence[Column],
    sent_since: datetime | None,
) -> exp.Select:
    """Select a change set's cells as structs: value v, unsettled u, recent r; NULL: not changed."""
    held = {column.name for column in change_set.version.columns}
    unsettled = exp.not_(column("_state").eq(literal(ChunkState.ACKNOWLEDGED.value)))
    recent: exp.Expr = exp.false()
    if sent_since is not None:
        moment = exp.cast(literal(sent_since.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
        recent = exp.GT(this=column("_sent_at"), expression=moment)
    cells = []
    for field in fields:
        value: exp.Expr = column(field.name) if field.name in held else exp.null()
        cell = _struct(exp.cast(value, field.engine_type, dialect="duckdb"), unsettled, recent)
        changed = call("list_contains", column("_changed"), literal(field.name))
        cells.append(exp.case().when(changed, cell).as_(ident(field.name)))
    number = exp.cast(literal(change_set.record.number), "BIGINT").as_("_number")
    rows = _settled_rows(tables, change_set).subquery("settled")
    return exp.select(column("_identifier"), number, *cells).from_(rows)


def _struct(value: exp.Expr, unsettled: exp.Expr, recent: exp.Expr) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in (("v", value), ("u", unsettled), ("r", recent))
        ]
    )


def _present(value: exp.Expr) -> exp.Expr:
    return exp.not_(value.is_(exp.null()))


def _part(cell: exp.Expr, name: str) -> exp.Expr:
    return call("struct_extract", cell, literal(name))


def _over_base(
    tables: Tables, base: TableVersion | None, fields: Sequence[Column], overlay: str
) -> exp.Select:
    """Select the state: the overlay's cell where there is one, else the base's."""
    held = {column.name for column in base.columns} if base else set()
    query = exp.select()
    if base is None:
        query = query.from_(relation(overlay, "o"))
        identifier: exp.Expr = column("_identifier", "o")
    else:
        rows = scan(tables.folder, base.files, base.columns).subquery("b")
        same = column("_identifier", "o").eq(column("_identifier", "b"))
        query = query.from_(rows).join(relation(overlay, "o"), on=same, join_type="full")
        identifier = exp.func("coalesce", column("_identifier", "b"), column("_identifier", "o"))
    values = []
    for field in fields:
        cell = column(field.name, "o")
        new = _part(cell.copy(), "v")
        old: exp.Expr = exp.null()
        if field.name in held:
            old = exp.cast(column(field.name, "b"), field.engine_type, dialect="duckdb")
        values.append(exp.case().when(_present(cell), new).else_(old).as_(ident(field.name)))
    return query.select(
        identifier.as_("_identifier"),
        _listed(fields, lambda field: _unsettled(field, held)).as_("_unsettled"),
        _listed(fields, lambda field: _part(column(field, "o"), "r")).as_("_recent"),
        *values,
    )


def _unsettled(field: str, held: set[str]) -> exp.Expr:
    newest = _part(column(field, "o"), "u")
    if field not in held:
        return newest
    before = call("list_contains", column("_unsettled", "b"), literal(field))
    return exp.case().when(_present(column(field, "o")), newest).else_(before)


def _listed(fields: Sequence[Column], condition: Callable[[str], exp.Expr]) -> exp.Expr:
    """List the names of the fields that meet a condition; NULL when none does."""
    entries = [exp.case().when(condition(field.name), literal(field.name)) for field in fields]
    named = exp.Lambda(this=_present(exp.column("x")), expressions=[exp.to_identifier("x")])
    names = call("list_filter", exp.array(*entries), named)
    some = exp.GT(this=call("len", names), expression=literal(0))
    return exp.case().when(some, names.copy())
