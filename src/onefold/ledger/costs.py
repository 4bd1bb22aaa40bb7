"""What change sets cost: rows that were sent and not refused, by day and field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from onefold.ledger.change_sets import ChangeSetFiles, register_receipts, settled_rows
from onefold.store import CostRecord, Store
from onefold.warehouse import Tables, call, column, literal

__all__ = ["change_set_costs", "workspace_costs"]


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
