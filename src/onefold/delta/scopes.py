"""Whom each orchestration holds: before anything is sent, and after it was settled."""

from __future__ import annotations

from sqlglot import exp

from onefold.delta.config import DeltaInput, OnLeave, ScopeRule
from onefold.delta.delta import Changes
from onefold.delta.holding import stands
from onefold.delta.leavers import clearable, clears_flag
from onefold.warehouse import Engine, any_of, call, column, literal, relation

__all__ = ["narrowed", "widened"]


def widened(rule: ScopeRule, changes: Changes) -> exp.Query:
    """Select whom a running rule may hold once sending begins: those it held and those it wants.

    It is recorded before the first byte leaves, so that a crash forgets nobody.
    """
    return _together(_wanted(rule, changes), _held(rule))


def narrowed(
    engine: Engine, rule: ScopeRule, given: DeltaInput, changes: Changes, acknowledged: str | None
) -> exp.Query:
    """Select whom a running rule holds after sending: those it wants, and those not yet let go.

    Not let go: who left but may still carry a field that leaving clears (the clear was refused,
    deferred or unsettled), and who was refused as a whole, so that nobody knows.

    Args:
        engine: where the relations are.
        rule: the rule.
        given: what was compared.
        changes: the result.
        acknowledged: the acknowledged state after sending.
    """
    parts: list[exp.Select | None] = [_wanted(rule, changes)]
    if rule.scope is not None and given.refused is not None:
        refused = exp.select("1").from_(relation(given.refused, "r"))
        same = column("_identifier", "r").eq(column("_identifier", "s"))
        parts.append(_scope(rule).where(exp.Exists(this=refused.where(same))))
    if rule.scope is not None and acknowledged is not None:
        parts.append(_not_let_go(engine, rule, given, changes, acknowledged))
    return _together(*parts)


def _wanted(rule: ScopeRule, changes: Changes) -> exp.Select:
    query = exp.select(column("_identifier")).from_(relation(changes.desired))
    return query.where(exp.false() if rule.flag is None else column(rule.flag))


def _scope(rule: ScopeRule) -> exp.Select:
    assert rule.scope is not None  # noqa: S101 - the caller asked before
    return exp.select(column("_identifier", "s")).from_(relation(rule.scope, "s"))


def _held(rule: ScopeRule) -> exp.Select | None:
    return None if rule.scope is None else _scope(rule)


def _not_let_go(
    engine: Engine, rule: ScopeRule, given: DeltaInput, changes: Changes, acknowledged: str
) -> exp.Select | None:
    if rule.on_leave is OnLeave.KEEP:
        return None
    held = {column.name for column in engine.relation_columns(acknowledged)}
    fields = [field for field in rule.fields if field in held and field in clearable(given)]
    unsettled = column("_unsettled", "a")
    still = [
        exp.and_(
            column(clears_flag(field), "l"),
            exp.or_(
                stands(field, given.policies, "a"),
                call(
                    "coalesce", call("list_contains", unsettled.copy(), literal(field)), exp.false()
                ),
            ),
        )
        for field in fields
    ]
    same_leaver = column("_identifier", "l").eq(column("_identifier", "s"))
    same_state = column("_identifier", "a").eq(column("_identifier", "s"))
    return (
        _scope(rule)
        .join(relation(changes.leavers, "l"), on=same_leaver)
        .join(relation(acknowledged, "a"), on=same_state)
        .where(any_of(still))
    )


def _together(*parts: exp.Select | None) -> exp.Query:
    """Join selections of identifiers, each identifier once."""
    given = [part for part in parts if part is not None]
    return given[0] if len(given) == 1 else exp.union(*given)
