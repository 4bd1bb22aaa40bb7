"""The acknowledged state: a base, and over it the change sets since, newest cell first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlglot import exp

from onefold.ledger.change_sets import (
    ChangeSetFiles,
    all_fields,
    read_as,
    register_receipts,
    settled_rows,
)
from onefold.model import ChunkState, Column, Origin, TableVersion
from onefold.store import Outbox
from onefold.warehouse import Tables, call, column, ident, literal, relation, scan

__all__ = ["acknowledged"]

_TEXTS = exp.DataType.build("VARCHAR[]", dialect="duckdb")
_ACKNOWLEDGED = column("_state").eq(literal(ChunkState.ACKNOWLEDGED.value))
_NO_TIME = exp.cast(exp.null(), "TIMESTAMPTZ", dialect="duckdb")


def acknowledged(
    tables: Tables,
    outbox: Outbox,
    base: TableVersion | None,
    change_sets: Sequence[ChangeSetFiles],
    *,
    sent_since: datetime | None = None,
    timed: Collection[str] = (),
    repeats: bool = False,
    settled_only: bool = False,
    result: str,
) -> str | None:
    """Make the view `result` of the acknowledged state, or give None when there is none.

    Columns: `_identifier`, `_person_id` (who it was at the latest change; NULL when nobody said),
    `_unsettled` and `_recent` (VARCHAR[]: fields whose value nobody knows; fields sent after
    `sent_since`; NULL for none), all fields ever sent, and for each of them in `timed` a column
    `_sent_at <field>` (TIMESTAMPTZ: when it was sent; NULL when nobody knows any more).
    With `settled_only` a cell holds what was acknowledged last, whatever was sent since.
    """
    if base is None and not change_sets:
        return None
    engine = tables.engine
    fields = all_fields(base, change_sets)
    timed = [field.name for field in fields if field.name in timed]
    if not change_sets:
        assert base is not None  # noqa: S101 - else we returned above
        engine.view(result, _base_alone(tables, base, fields, timed))
        return result
    overlay = f"_{result}_overlay"
    for change_set in change_sets:
        register_receipts(engine, outbox, change_set.record)
    parts = [_cells(tables, one, fields, sent_since, timed) for one in change_sets]
    if settled_only:
        parts = [one.where(_ACKNOWLEDGED.copy()) for one in parts]
    _overlay(tables, parts, fields, overlay, repeats=repeats)
    engine.view(result, _over_base(tables, base, fields, timed, overlay))
    return result


def _base_alone(
    tables: Tables, base: TableVersion, fields: Sequence[Column], timed: Sequence[str]
) -> exp.Select:
    rows = scan(tables.folder, base.files, base.columns).subquery("b")
    return exp.select(
        column("_identifier", "b"),
        _stands("_person_id", base.columns, "b").as_("_person_id"),
        column("_unsettled", "b"),
        exp.cast(exp.null(), _TEXTS).as_("_recent"),
        *(column(field.name, "b") for field in fields),
        *(_stands(_time(name), base.columns, "b").as_(ident(_time(name))) for name in timed),
    ).from_(rows)


def _time(field: str) -> str:
    """Name the column that says when a field was sent."""
    return f"_sent_at {field}"


def _overlay(
    tables: Tables,
    parts: Sequence[exp.Select],
    fields: Sequence[Column],
    result: str,
    *,
    repeats: bool,
) -> None:
    """Make the table `result`: per identifier and field the newest cell, as `_cells` has it."""
    if len(parts) == 1 and not repeats:  # an identifier stands once in a change set
        tables.engine.table(result, parts[0])
        return
    together = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    stacked = together.subquery("s")
    newest = [
        exp.Filter(
            this=call("max_by", column(name), column("_number")),
            expression=exp.Where(this=_present(column(name))),
        ).as_(ident(name))
        for name in ("_person_id", *(field.name for field in fields))
    ]
    query = exp.select(column("_identifier"), *newest).from_(stacked)
    tables.engine.table(result, query.group_by(column("_identifier")))


def _cells(
    tables: Tables,
    change_set: ChangeSetFiles,
    fields: Sequence[Column],
    sent_since: datetime | None,
    timed: Sequence[str],
) -> exp.Select:
    """Select a change set's cells as structs, NULL where it did not change the field.

    They hold value v, unsettled u, recent r, and for timed fields the time of sending t.
    """
    held = change_set.version.columns
    unsettled = exp.not_(_ACKNOWLEDGED.copy())
    unknown = _stands("_unknown", held, "settled")
    recent: exp.Expr = exp.false()
    if sent_since is not None and change_set.record.origin.sends:
        moment = exp.cast(literal(sent_since.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
        recent = exp.GT(this=column("_sent_at"), expression=moment)
    cells = []
    for field in fields:
        value, lost = read_as(held, field, "settled")
        named = call("list_contains", unknown.copy(), literal(field.name))
        nobody_knows = exp.or_(unsettled.copy(), call("coalesce", named, exp.false()), lost)
        parts = {"v": value, "u": nobody_knows, "r": recent}
        if field.name in timed:
            parts["t"] = _sent_at(change_set)
        cell = _struct(parts)
        changed = call("list_contains", column("_changed"), literal(field.name))
        cells.append(exp.case().when(changed, cell).as_(ident(field.name)))
    number = exp.cast(literal(change_set.record.number), "BIGINT").as_("_number")
    rows = settled_rows(tables, change_set).subquery("settled")
    person = _stands("_person_id", held, "settled")
    if change_set.record.origin is Origin.IDENTITY:  # without an answer it is whose it was
        person = exp.case().when(_ACKNOWLEDGED.copy(), person)
    return exp.select(column("_identifier"), number, person.as_("_person_id"), *cells).from_(rows)


def _stands(name: str, held: Sequence[Column], alias: str) -> exp.Expr:
    """Give an internal column, or NULL where the files do not have it."""
    if name in {one.name for one in held}:
        return column(name, alias)
    if name.startswith("_sent_at"):
        return _NO_TIME.copy()
    return exp.cast(exp.null(), _TEXTS if name == "_unknown" else "VARCHAR")


def _sent_at(change_set: ChangeSetFiles) -> exp.Expr:
    """Give when a row was sent; what became known without a send has no such time."""
    return column("_sent_at") if change_set.record.origin.sends else _NO_TIME.copy()


def _struct(parts: Mapping[str, exp.Expr]) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in parts.items()
        ]
    )


def _present(value: exp.Expr) -> exp.Expr:
    return exp.not_(value.is_(exp.null()))


def _part(cell: exp.Expr, name: str) -> exp.Expr:
    return call("struct_extract", cell, literal(name))


def _over_base(
    tables: Tables,
    base: TableVersion | None,
    fields: Sequence[Column],
    timed: Sequence[str],
    overlay: str,
) -> exp.Select:
    """Select the state: the overlay's cell where there is one, else the base's."""
    held = base.columns if base else ()
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
        old, _ = read_as(held, field, "b")
        values.append(exp.case().when(_present(cell), new).else_(old).as_(ident(field.name)))
    times = []
    for name in timed:
        cell, stood = column(name, "o"), _stands(_time(name), held, "b")
        old_time = stood if base else _NO_TIME.copy()
        newest_time = exp.case().when(_present(cell), _part(cell.copy(), "t")).else_(old_time)
        times.append(newest_time.as_(ident(_time(name))))
    newest, before = column("_person_id", "o"), _stands("_person_id", held, "b")
    return query.select(
        identifier.as_("_identifier"),
        (exp.func("coalesce", newest, before) if base else newest).as_("_person_id"),
        _listed(fields, lambda field: _unsettled(field, held)).as_("_unsettled"),
        _listed(fields, lambda field: _part(column(field.name, "o"), "r")).as_("_recent"),
        *values,
        *times,
    )


def _unsettled(field: Column, held: Sequence[Column]) -> exp.Expr:
    newest = _part(column(field.name, "o"), "u")
    if field.name not in {column.name for column in held}:
        return newest
    _, lost = read_as(held, field, "b")
    before = call("list_contains", column("_unsettled", "b"), literal(field.name))
    present = _present(column(field.name, "o"))
    return exp.case().when(present, newest).else_(exp.or_(before, lost))


def _listed(fields: Sequence[Column], condition: Callable[[Column], exp.Expr]) -> exp.Expr:
    """List the names of the fields that meet a condition; NULL when none does."""
    entries = [exp.case().when(condition(field), literal(field.name)) for field in fields]
    named = exp.Lambda(this=_present(exp.column("x")), expressions=[exp.to_identifier("x")])
    names = call("list_filter", exp.array(*entries), named)
    some = exp.GT(this=call("len", names), expression=literal(0))
    return exp.case().when(some, names.copy())
