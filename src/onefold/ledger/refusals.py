"""What destinations refused: rows, which are not sent again as they are, and identity changes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from onefold.ledger.change_sets import (
    ChangeSetFiles,
    all_fields,
    read_as,
    receipts_and_refusals,
    register_receipts,
)
from onefold.model import Column
from onefold.store import Outbox
from onefold.warehouse import Tables, any_of, column, ident, relation, scan

__all__ = ["view_refused_changes", "view_refused_rows"]


def view_refused_rows(
    tables: Tables, outbox: Outbox, sets: Sequence[ChangeSetFiles], *, result: str
) -> str | None:
    """Make the view `result` of refused rows that were not released, or give None."""
    fields = all_fields(None, sets)
    return _stacked(tables, outbox, sets, [_rows(tables, one, fields) for one in sets], result)


def view_refused_changes(
    tables: Tables, outbox: Outbox, sets: Sequence[ChangeSetFiles], *, result: str
) -> str | None:
    """Make the view `result` of identity changes that were refused, or give None."""
    found = [_changes(tables, one) for one in sets]
    return _stacked(tables, outbox, sets, [one for one in found if one is not None], result)


def _stacked(
    tables: Tables,
    outbox: Outbox,
    sets: Sequence[ChangeSetFiles],
    parts: Sequence[exp.Select],
    result: str,
) -> str | None:
    if not parts:
        return None
    for one in sets:
        register_receipts(tables.engine, outbox, one.record)
    stacked = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    tables.engine.view(result, stacked)
    return result


def _rows(tables: Tables, change_set: ChangeSetFiles, fields: Sequence[Column]) -> exp.Select:
    """Select a change set's rows that were refused and not released, with their `_reason`.

    All of `fields` are there, as their newest types have them; a row with a value that this type
    does not have is left out, for nothing sent from now on can equal it.
    """
    read = {field.name: read_as(change_set.version.columns, field, "c") for field in fields}
    kept = [
        column("_identifier", "c"),
        column("_changed", "c"),
        *(value.as_(ident(name)) for name, (value, _) in read.items()),
    ]
    lost = any_of(lost for _, lost in read.values())
    return _refused(tables, change_set, kept).where(exp.not_(lost))


def _changes(tables: Tables, change_set: ChangeSetFiles) -> exp.Select | None:
    """Select the identity changes that were refused and not released, with their `_reason`.

    None: the change set does not say of which changes its rows are.
    """
    names = ("_kind", "_from", "_to")
    if not set(names) <= {one.name for one in change_set.version.columns}:
        return None
    return _refused(tables, change_set, [column(name, "c") for name in names]).distinct()


def _refused(tables: Tables, change_set: ChangeSetFiles, kept: Sequence[exp.Expr]) -> exp.Select:
    """Select columns of the rows (`c`) that were refused and not released, and the `_reason`."""
    version = change_set.version
    _, refused = receipts_and_refusals(change_set.record)
    rows = scan(tables.folder, version.files, version.columns).subquery("c")
    same_row = exp.and_(
        column("chunk", "x").eq(column("_chunk", "c")),
        column("position", "x").eq(column("_position", "c")),
    )
    return (
        exp.select(*kept, column("reason", "x").as_("_reason"))
        .from_(rows)
        .join(relation(refused, "x"), on=same_row)
        .where(exp.not_(column("released", "x")))
    )
