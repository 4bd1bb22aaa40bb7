"""What people are called besides the destination's identifier: aliases, or an external_id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from onefold.delta.names import named
from onefold.warehouse import (
    Engine,
    any_of,
    call,
    column,
    fixed_sql,
    ident,
    literal,
    relation,
)

__all__ = ["doubted_cells", "find_further", "further_cells"]

ROOM = "onefold.delta"


def find_further(
    engine: Engine,
    *,
    wanted: str,
    acknowledged: str | None,
    settled: str | None,
    ready: str,
    result: str,
) -> None:
    """Make the table `result` of what would have to be told; see `sql/further_identifiers.sql`.

    Args:
        engine: where the relations are.
        wanted: `_identifier`, `_person_id`, `_label` (of the alias; or `external_id`), `_name`.
        acknowledged: the state of the ledger that knows them, a field a label; or None.
        settled: the same, each cell as it was acknowledged last; or None.
        ready: `_identifier` of those whom the destination surely knows by now.
        result: the name of the table.
    """
    given: Mapping[str, exp.Query | str] = {
        "wanted": wanted,
        "known": _by_label(engine, acknowledged),
        "settled": _by_label(engine, settled),
        "ready": ready,
    }
    engine.table(result, fixed_sql(ROOM, "further_identifiers", given))


def further_cells(engine: Engine, changes: str, *, result: str = "further_cells") -> int:
    """Make the table `result`: what the ledger of further identifiers says once they are told.

    Args:
        engine: where the relations are.
        changes: `_kind`, `_from`, `_to`, `_identifier`, `_person_id`, `_label`, `_name`, `_chunk`,
            `_position`.
        result: the name of the table: a row a change, with a column for each label.

    Returns:
        The number of rows.
    """
    labels = [name for (name,) in engine.rows(_labels(changes))]
    kept = ("_identifier", "_person_id", "_kind", "_from", "_to", "_chunk", "_position")
    cells = [
        exp.case().when(column("_label").eq(literal(one)), column("_name")).as_(ident(one))
        for one in labels
    ]
    changed = exp.array(column("_label")).as_("_changed")
    rows = exp.select(*(column(name) for name in kept), changed, *cells).from_(relation(changes))
    return engine.table(result, rows)


def doubted_cells(
    engine: Engine,
    changes: str,
    acknowledged: str,
    fields: Sequence[str],
    *,
    result: str = "doubted_cells",
) -> int:
    """Make the table `result`: of identified people nobody knows any more what they hold.

    Whoever had the external_id before keeps its values and takes over what it lacks.

    Args:
        engine: where the relations are.
        changes: `_identifier`, `_chunk`, `_position`.
        acknowledged: the ledger's state.
        fields: its fields.
        result: the name of the table.

    Returns:
        The number of rows.
    """
    held = [exp.not_(column(field, "x").is_(exp.null())) for field in fields]
    same = column("_identifier", "x").eq(column("_identifier", "c"))
    rows = (
        exp.select(column("_identifier", "c"), column("_person_id", "x"))
        .select(column("_chunk", "c"), column("_position", "c"))
        .select(named(fields, held).as_("_changed"), named(fields, held).as_("_unknown"))
        .select(*(column(field, "x") for field in fields))
        .from_(relation(changes, "c"))
        .join(relation(acknowledged, "x"), on=same)
        .where(any_of(one.copy() for one in held))
    )
    return engine.table(result, rows)


def _labels(changes: str) -> exp.Select:
    return exp.select("_label").distinct().from_(relation(changes)).order_by("_label")


def _by_label(engine: Engine, state: str | None) -> exp.Query:
    """Select a state's cells, one a row: `_identifier`, `_label`, `_name`, `_unsure`."""
    text = exp.cast(exp.null(), "VARCHAR")
    nothing = exp.select(
        text.as_("_identifier"), text.copy().as_("_label"), text.copy().as_("_name")
    ).select(exp.false().as_("_unsure"))
    parts: list[exp.Query] = [nothing.where(exp.false())]
    columns = [] if state is None else engine.relation_columns(state)
    for one in columns:
        if one.name.startswith("_"):
            continue
        unsure = call("list_contains", column("_unsettled"), literal(one.name))
        parts.append(
            exp.select(column("_identifier"), literal(one.name).as_("_label"))
            .select(column(one.name).as_("_name"))
            .select(call("coalesce", unsure, exp.false()).as_("_unsure"))
            .from_(relation(str(state)))
        )
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
