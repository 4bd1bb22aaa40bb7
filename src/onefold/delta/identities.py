"""Identifiers that changed: whom the destination knows under one that is no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from onefold.delta.names import named
from onefold.model import IdentityChange
from onefold.warehouse import Engine, any_of, call, column, fixed_sql, ident, literal, relation

__all__ = ["find_identity_changes", "moved_cells"]

ROOM = "onefold.delta"


def find_identity_changes(
    engine: Engine,
    *,
    acknowledged: str,
    desired: str,
    aliases: str,
    refused: str | None = None,
    refusals: str | None = None,
    result: str = "identity_changes",
) -> Mapping[IdentityChange, int]:
    """Make the table `result`: an identifier that the destination holds and nobody has any more.

    A row an old identifier: `_kind` (see `IdentityChange`), `_from`, `_to` (NULL when ambiguous),
    `_person_id`, `_turn` INTEGER, `_order` BIGINT and `_reason`. They are told in `_order`, from 0.
    Of several identifiers that became one, those whose `_turn` is above 1 are told in later runs,
    when it is known what became of the one before. What was refused before has the turn 0 and the
    `_reason`.

    Args:
        engine: where the relations are.
        acknowledged: see `ledger.acknowledged`; those whose person nobody knows are left out.
        desired: see `Changes.desired`.
        aliases: `old_person_id`, `person_id`: where the ids of persons that are no more lead to.
        refused: `_identifier` of desired rows refused as a whole: those are no change; or None.
        refusals: `_kind`, `_from`, `_to`, `_reason` of changes that the destination refused; or
            None.
        result: the name of the table.

    Returns:
        The number of identifiers by kind.
    """
    given = {
        "acknowledged": acknowledged,
        "desired": desired,
        "aliases": aliases,
        "refused": refused or _nothing("_identifier"),
        "refusals": refusals or _nothing("_kind", "_from", "_to", "_reason"),
    }
    engine.table(result, fixed_sql(ROOM, "identity_changes", given))
    counts = exp.select("_kind", "count(*)").from_(relation(result)).group_by("_kind")
    return {IdentityChange(kind): count for kind, count in engine.rows(counts)}


def _nothing(*names: str) -> exp.Select:
    text = exp.cast(exp.null(), "VARCHAR")
    return exp.select(*(text.copy().as_(name) for name in names)).where(exp.false())


def moved_cells(
    engine: Engine,
    changes: str,
    acknowledged: str,
    fields: Sequence[str],
    *,
    result: str = "moved_cells",
) -> int:
    """Make the table `result`: what the ledger must say once the destination was told.

    Two rows a change, with its `_kind`, `_from`, `_to`, `_chunk` and `_position`: one for the old
    identifier, which holds nothing and belongs to nobody (person ''), and one for the new one. A
    renamed profile keeps its values. A merged one gives what the other lacks, so that nobody
    knows those fields until they are sent again. A row that changes nothing of the new one is left
    out.

    Args:
        engine: where the relations are.
        changes: renames and merges as `find_identity_changes` found them, with the place of each
            in its request: `_chunk` BIGINT, `_position` INTEGER. No `_to` stands in it twice.
        acknowledged: the ledger's state.
        fields: its fields.
        result: the name of the table.

    Returns:
        The number of rows.
    """
    left, taken = _left(changes, acknowledged, fields), _taken(changes, acknowledged, fields)
    return engine.table(result, exp.union(left, taken, distinct=False))


def _left(changes: str, acknowledged: str, fields: Sequence[str]) -> exp.Select:
    """Select what becomes of the old identifiers: whatever they held is gone."""
    held = [_is_held(field, "x") for field in fields]
    return _moving(changes, acknowledged).select(
        *_row("_from", person=literal("")),
        named(fields, held).as_("_changed"),
        named([], []).as_("_unknown"),
        *(exp.case().when(exp.false(), column(field, "x")).as_(ident(field)) for field in fields),
    )


def _taken(changes: str, acknowledged: str, fields: Sequence[str]) -> exp.Select:
    """Select what the new identifiers take over from the old ones."""
    renamed = column("_kind", "c").eq(literal(IdentityChange.RENAME.value))
    same = column("_identifier", "y").eq(column("_to", "c"))
    taken, unknown, values = [], [], []
    for field in fields:
        free = exp.or_(renamed.copy(), exp.not_(_is_held(field, "y")))
        taken.append(exp.and_(_is_held(field, "x"), free))
        doubtful = exp.or_(exp.not_(renamed.copy()), _is_unsettled(field, "x"))
        unknown.append(exp.and_(taken[-1].copy(), doubtful))
        values.append(exp.case().when(taken[-1].copy(), column(field, "x")).as_(ident(field)))
    return (
        _moving(changes, acknowledged)
        .join(relation(acknowledged, "y"), on=same, join_type="left")
        .select(*_row("_to", person=column("_person_id", "c")))
        .select(named(fields, taken).as_("_changed"), named(fields, unknown).as_("_unknown"))
        .select(*values)
        .where(any_of(one.copy() for one in taken))
    )


def _moving(changes: str, acknowledged: str) -> exp.Select:
    same = column("_identifier", "x").eq(column("_from", "c"))
    return exp.select().from_(relation(changes, "c")).join(relation(acknowledged, "x"), on=same)


def _row(identifier: str, *, person: exp.Expr) -> list[exp.Expr]:
    return [
        column(identifier, "c").as_("_identifier"),
        person.as_("_person_id"),
        *(column(name, "c") for name in ("_kind", "_from", "_to", "_chunk", "_position")),
    ]


def _is_held(field: str, table: str) -> exp.Expr:
    return exp.or_(exp.not_(column(field, table).is_(exp.null())), _is_unsettled(field, table))


def _is_unsettled(field: str, table: str) -> exp.Expr:
    listed = call("list_contains", column("_unsettled", table), literal(field))
    return call("coalesce", listed, exp.false())
