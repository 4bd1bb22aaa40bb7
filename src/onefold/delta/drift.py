"""What the destination really holds, against what the ledger says: cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from onefold.delta.names import named
from onefold.warehouse import Engine, any_of, call, column, count_if, ident, literal, relation

__all__ = ["Drift", "DriftKind", "find_drift"]


class DriftKind(StrEnum):
    """How a cell of the ledger and the destination's disagree."""

    DIFFERS = "differs"  # both hold a value, and not the same
    MISSING = "missing"  # the destination holds none
    UNEXPECTED = "unexpected"  # the ledger knows of none: somebody else wrote it
    OTHER_TYPE = "other_type"  # the destination holds a value of another type
    NO_PROFILE = "no_profile"  # the destination does not know the identifier
    UNSETTLED = "unsettled"  # nobody knew until now whether it arrived


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """The cells that drifted.

    Attributes:
        relation: a temporary table, a row an identifier with at least one: `_identifier`,
            `_person_id`, `_changed` (VARCHAR[], the fields), `_unknown` (VARCHAR[], those whose
            value there cannot be held as the field's type) and the fields as the destination holds
            them: what `Ledger.observe` takes.
        looked_at: identifiers compared.
        counts: field to kind to number of cells; what did not drift is left out.
    """

    relation: str
    looked_at: int
    counts: Mapping[str, Mapping[DriftKind, int]]


def find_drift(
    engine: Engine, acknowledged: str, held: str, fields: Sequence[str], *, result: str = "drift"
) -> Drift:
    """Compare what was read back with what was acknowledged.

    Cells sent a moment ago (`_recent`) are left out: the destination may not have applied them.

    Args:
        engine: where the relations are.
        acknowledged: see `ledger.acknowledged`; other identifiers than those of `held` are ignored.
        held: a row an identifier that was looked up: `_identifier`, `_found` BOOLEAN,
            `_unreadable` VARCHAR[] (fields whose value is of another type) and the fields.
        fields: the fields that were read back.
        result: the name of the table to make.
    """
    with engine.scratch("judged") as (judged,):
        looked_at = engine.table(judged, _judged(acknowledged, held, fields))
        counts = engine.row(
            exp.select(*(_count(field, kind) for field in fields for kind in DriftKind)).from_(
                relation(judged)
            )
        )
        engine.table(result, _drifted(judged, fields))
    kinds = len(DriftKind)
    found: dict[str, dict[DriftKind, int]] = {}
    for number, field in enumerate(fields):
        own = zip(DriftKind, counts[number * kinds : (number + 1) * kinds], strict=True)
        if some := {kind: cells for kind, cells in own if cells}:
            found[field] = some
    return Drift(relation=result, looked_at=looked_at, counts=found)


def _judged(acknowledged: str, held: str, fields: Sequence[str]) -> exp.Select:
    """Select every row looked up, with each field as held and how it drifted (NULL: not).

    A cell may be two things: one that nobody knew (`unsettled`) may be of another type, too.
    """
    same = column("_identifier", "a").eq(column("_identifier", "h"))
    return (
        exp.select(column("_identifier", "h"), column("_person_id", "a"))
        .select(column("_unreadable", "h"))
        .select(*(column(field, "h") for field in fields))
        .select(*(_kind(field).as_(ident(_kind_column(field))) for field in fields))
        .from_(relation(held, "h"))
        .join(relation(acknowledged, "a"), on=same)
    )


def _kind(field: str) -> exp.Expr:
    ours, theirs = column(field, "a"), column(field, "h")
    known, there = exp.not_(ours.is_(exp.null())), exp.not_(theirs.is_(exp.null()))
    cases = (
        (_lists("_recent", "a", field), None),
        (_lists("_unsettled", "a", field), DriftKind.UNSETTLED),
        (exp.and_(exp.not_(column("_found", "h")), known), DriftKind.NO_PROFILE),
        (_lists("_unreadable", "h", field), DriftKind.OTHER_TYPE),
        (exp.and_(known.copy(), exp.not_(there)), DriftKind.MISSING),
        (exp.and_(there.copy(), exp.not_(known.copy())), DriftKind.UNEXPECTED),
        (exp.NEQ(this=ours.copy(), expression=theirs.copy()), DriftKind.DIFFERS),
    )
    judged = exp.case()
    for condition, kind in cases:
        judged = judged.when(condition, literal(kind))
    return judged


def _drifted(judged: str, fields: Sequence[str]) -> exp.Select:
    drifts = [exp.not_(column(_kind_column(field)).is_(exp.null())) for field in fields]
    unreadable = [
        exp.and_(drift, call("list_contains", column("_unreadable"), literal(field)))
        for field, drift in zip(fields, drifts, strict=True)
    ]
    return (
        exp.select(column("_identifier"), column("_person_id"))
        .select(named(fields, drifts).as_("_changed"), named(fields, unreadable).as_("_unknown"))
        .select(*(column(field) for field in fields))
        .from_(relation(judged))
        .where(any_of(drift.copy() for drift in drifts))
    )


def _lists(names: str, table: str, field: str) -> exp.Expr:
    listed = call("list_contains", column(names, table), literal(field))
    return call("coalesce", listed, exp.false())


def _count(field: str, kind: DriftKind) -> exp.Expr:
    return count_if(column(_kind_column(field)).eq(literal(kind.value)))


def _kind_column(field: str) -> str:
    return f"_drift {field}"
