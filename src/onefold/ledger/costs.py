"""What change sets cost: rows that were sent and not refused, by day and field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlglot import exp

from onefold.ledger.change_sets import (
    ChangeSetFiles,
    all_fields,
    read_as,
    register_receipts,
    settled_rows,
)
from onefold.model import Column
from onefold.store import CostRecord, LedgerRecord, Store
from onefold.warehouse import Tables, call, column, literal

__all__ = ["change_set_costs", "field_history", "people_by_field", "workspace_costs"]


def change_set_costs(
    store: Store, tables: Tables, change_set: ChangeSetFiles, *, kind: str
) -> Sequence[CostRecord]:
    """Count what a change set cost so far: acknowledged rows, and those of which nobody knows.

    A row counts on the day, in the engine's zone, on which its request left. What became known
    without a price costs nothing.

    Args:
        store: where its receipts are.
        tables: where its rows are.
        change_set: the change set.
        kind: the ledger's object; it names what has no fields.
    """
    held = {one.name for one in change_set.version.columns}
    if "_points" not in held:
        return []
    record = change_set.record
    register_receipts(tables.engine, store.outbox, record)
    rows = settled_rows(tables, change_set).subquery("settled")
    field: exp.Expr = literal(kind)
    points: exp.Expr = column("_points")
    if "_costs" in held:
        field, points = call("unnest", column("_changed")), call("unnest", column("_costs"))
    day = exp.cast(column("_sent_at"), "DATE")
    cells = exp.select(day.as_("day"), field.as_("field"), points.as_("points")).from_(rows)
    counted = (
        exp.select("day", "field", "count(*)", "CAST(sum(points) AS BIGINT)")
        .from_(cells.subquery("cells"))
        .group_by("day", "field")
        .order_by("day", "field")
    )
    return [
        CostRecord(
            change_set_id=record.id,
            ledger_id=record.ledger_id,
            run_id=record.run_id,
            day=on,
            field=name,
            cells=number,
            data_points=cost,
        )
        for on, name, number, cost in tables.engine.rows(counted)
    ]


def workspace_costs(
    store: Store, tables: Tables, workspace: str, since: date
) -> Sequence[CostRecord]:
    """Give what a workspace cost from a day on, over all of its ledgers.

    Change sets that are still open, for a run was killed or goes on, count by their receipts.
    """
    ledgers = [one for one in store.outbox.ledgers() if one.workspace == workspace]
    found = list(store.costs.since([one.id for one in ledgers], since))
    for ledger in ledgers:
        for record in store.outbox.change_sets(ledger.id, open_only=True):
            version = store.catalogue.version(record.version_id)
            files = ChangeSetFiles(record=record, version=version)
            costs = change_set_costs(store, tables, files, kind=ledger.object)
            found += [one for one in costs if one.day >= since]
    return found


def people_by_field(
    store: Store, tables: Tables, ledger: LedgerRecord, since: date
) -> Mapping[str, int]:
    """Count the people to whom each field was sent from a day on, in the change sets kept."""
    parts = [
        exp.select(column("_identifier"), call("unnest", column("_changed")).as_("field"))
        .from_(settled_rows(tables, one).subquery("settled"))
        .where(_sent_since(since))
        for one in _priced_sets(store, tables, ledger)
    ]
    if not parts:
        return {}
    people = exp.Count(this=exp.Distinct(expressions=[column("_identifier")]))
    query = exp.select("field", people).from_(_stacked(parts).subquery("cells")).group_by("field")
    return dict(tables.engine.rows(query))


def field_history(
    store: Store, tables: Tables, ledger: LedgerRecord, field: str, *, result: str
) -> Column | None:
    """Make the table `result` of all values of a field that were sent, in the change sets kept.

    Columns: `_identifier`, `_number` (order of sending), `_sent_at`, `_points` (what it cost), and
    the field, as its newest type has it; NULL was a clear.

    Returns:
        The field with its type, or None when it was never sent.
    """
    sets = _priced_sets(store, tables, ledger)
    found = {one.name: one for one in all_fields(None, sets)}.get(field)
    if found is None:
        return None
    parts = []
    for one in sets:
        value, _ = read_as(one.version.columns, found, "settled")
        place = call("list_position", column("_changed"), literal(field))
        parts.append(
            exp.select(
                column("_identifier"),
                exp.cast(literal(one.record.number), "BIGINT").as_("_number"),
                column("_sent_at"),
                call("list_extract", column("_costs"), place).as_("_points"),
                value.as_(exp.to_identifier(field, quoted=True)),
            )
            .from_(settled_rows(tables, one).subquery("settled"))
            .where(call("list_contains", column("_changed"), literal(field)))
        )
    tables.engine.table(result, _stacked(parts))
    return found


def _priced_sets(store: Store, tables: Tables, ledger: LedgerRecord) -> Sequence[ChangeSetFiles]:
    """Give the change sets whose cells have prices, with their receipts in the engine."""
    found = []
    for record in store.outbox.change_sets(ledger.id):
        version = store.catalogue.version(record.version_id)
        if "_costs" in {one.name for one in version.columns}:
            register_receipts(tables.engine, store.outbox, record)
            found.append(ChangeSetFiles(record=record, version=version))
    return found


def _sent_since(day: date) -> exp.Expr:
    on = exp.cast(column("_sent_at"), "DATE")
    return exp.GTE(this=on, expression=exp.cast(literal(day.isoformat()), "DATE"))


def _stacked(parts: Sequence[exp.Select]) -> exp.Query:
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
