"""What a policy would have saved: the values that were sent, sent again under other rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from onefold.delta import FieldPolicy, holds, sent_at
from onefold.destinations import Shape, shape_problem, shaped, shaped_type
from onefold.errors import OnefoldError, UsageError
from onefold.ledger import field_history
from onefold.model import FieldType, TypeKind
from onefold.store import LedgerRecord, Store
from onefold.warehouse import Tables, any_of, call, column, count_if, ident, literal, relation

__all__ = ["WhatIf", "what_if"]

_STEPS, _WALK = "_what_if_steps", "_what_if_walk"
_NUMBERS = {TypeKind.INTEGER, TypeKind.DECIMAL, TypeKind.FLOAT}


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatIf:
    """What a field cost since a day, and what it would have cost under a policy.

    Attributes:
        field: the field.
        policy: as it was asked for.
        data_points: what was sent cost.
        would_cost: what would have been sent.
        waiting: people whose last value would still wait; each costs once more when it is sent.
    """

    field: str
    policy: str
    data_points: int
    would_cost: int
    waiting: int


def what_if(
    store: Store,
    tables: Tables,
    ledger: LedgerRecord,
    field: str,
    *,
    shape: Shape | None,
    policy: FieldPolicy,
    since: date,
    told: str,
) -> WhatIf:
    """Send the history of a field again, person by person and step by step, under a policy.

    Exact for `round_to`, `bands` and `min_change`. With `min_interval` a value that waits is taken
    to be sent with the person's next change, or to wait at the end.

    Args:
        store: where receipts are.
        tables: where change sets are.
        ledger: the ledger of attributes.
        field: the field.
        shape: how its values would be made coarser.
        policy: when its changes would be held back.
        since: from which day on costs count; what was sent before is where the steps begin.
        told: the policy as it was asked for.

    Raises:
        OnefoldError: the field was never sent.
        UsageError: the policy does not fit the field's type.
    """
    history = f"{_STEPS}_sent"
    found = field_history(store, tables, ledger, field, result=history)
    if found is None:
        raise OnefoldError(
            f"{field} was never sent to workspace {ledger.workspace}",
            hint="the attributes that were: onefold ledger costs",
        )
    held = FieldType.of_engine(found.engine_type)
    _refuse_misfit(field, held, shape, policy)
    assert held is not None  # noqa: S101 - refused above
    target = shaped_type(shape, held)
    value: exp.Expr = column(field)
    if shape is not None:
        value = shaped(shape, value, held, exp.Placeholder(this="value"))
    tables.engine.table(_STEPS, _steps(history, field, value))
    row = tables.engine.row(_told(_walked(field, policy, target), field, since))
    tables.engine.drop(history, _STEPS)
    return WhatIf(field=field, policy=told, data_points=row[0], would_cost=row[1], waiting=row[2])


def _refuse_misfit(
    field: str, held: FieldType | None, shape: Shape | None, policy: FieldPolicy
) -> None:
    problem = None
    if held is None:
        problem = "its values have no simple type"
    elif shape is not None:
        problem = shape_problem(shape, held)
    if problem is None and held is not None and policy.min_change is not None:
        sent = shaped_type(shape, held)
        problem = None if sent.kind in _NUMBERS else f"min_change is for numbers, not {sent}"
    if problem is not None:
        raise UsageError(f"{field}: {problem}", hint="ask for another policy")


def _steps(history: str, field: str, value: exp.Expr) -> exp.Select:
    turn = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column("_identifier")],
        order=exp.Order(expressions=[column("_number")]),
    )
    return exp.select(
        column("_identifier"),
        turn.as_("_turn"),
        column("_sent_at"),
        column("_points"),
        value.as_(ident(field)),
    ).from_(relation(history))


def _walked(field: str, policy: FieldPolicy, target: FieldType) -> exp.Query:
    """Go through each person's steps; `a` is what Braze would hold, `d` the next value."""
    kind = target.engine_type
    known = {field: kind, sent_at(field): "TIMESTAMP WITH TIME ZONE"}
    held = holds(field, policy, desired=kind, known=known, now=column("_sent_at", "d"))
    new, old = column(field, "d"), column(field, "a")
    is_set = exp.not_(new.copy().is_(exp.null()))
    differs = exp.NullSafeNEQ(this=new, expression=old)
    sends = exp.and_(differs, exp.not_(exp.and_(is_set, any_of(held.values()))))
    time, before = column("_sent_at", "d"), column(sent_at(field), "a")
    first = exp.select(
        column("_identifier", "d"),
        column("_turn", "d"),
        time.copy(),
        column("_points", "d"),
        new.copy(),
        time.copy().as_(ident(sent_at(field))),
        new.copy().as_("_wanted"),
        exp.true().as_("_sends"),
    ).from_(relation(_STEPS, "d"))
    first = first.where(column("_turn", "d").eq(literal(1)))
    following = exp.and_(
        column("_identifier", "d").eq(column("_identifier", "a")),
        column("_turn", "d").eq(exp.Add(this=column("_turn", "a"), expression=literal(1))),
    )
    step = (
        exp.select(
            column("_identifier", "d"),
            column("_turn", "d"),
            time.copy(),
            column("_points", "d"),
            exp.case().when(sends, new.copy()).else_(old.copy()).as_(ident(field)),
            exp.case().when(sends.copy(), time.copy()).else_(before).as_(ident(sent_at(field))),
            new.copy().as_("_wanted"),
            sends.copy().as_("_sends"),
        )
        .from_(relation(_WALK, "a"))
        .join(relation(_STEPS, "d"), on=following)
    )
    return exp.union(first, step, distinct=False)


def _told(walked: exp.Query, field: str, since: date) -> exp.Select:
    day = exp.cast(literal(since.isoformat()), "DATE")
    counts = exp.GTE(this=exp.cast(column("_sent_at"), "DATE"), expression=day)
    last = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column("_identifier")],
        order=exp.Order(expressions=[exp.Ordered(this=column("_turn"), desc=True)]),
    )
    rows = exp.select("*", last.as_("_from_the_end")).from_(relation(_WALK))
    waits = exp.and_(
        column("_from_the_end").eq(literal(1)),
        exp.NullSafeNEQ(this=column("_wanted"), expression=column(field)),
    )
    query = exp.select(
        _sum(counts), _sum(exp.and_(counts.copy(), column("_sends"))), count_if(waits)
    ).from_(rows.subquery("steps"))
    return query.with_(ident(_WALK), as_=walked, recursive=True)


def _sum(condition: exp.Expr) -> exp.Expr:
    points = exp.case().when(condition, column("_points")).else_(literal(0))
    return exp.cast(call("coalesce", call("sum", points), literal(0)), "BIGINT")
