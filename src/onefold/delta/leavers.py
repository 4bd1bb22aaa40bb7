"""Who left: in the scope of an orchestration, not in its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from onefold.delta.config import DeltaInput, OnLeave, ScopeRule
from onefold.warehouse import Engine, any_of, call, column, ident, literal, relation

__all__ = ["clearable", "clears_flag", "find_leavers"]


def clears_flag(field: str) -> str:
    """Name the BOOLEAN column that says that a leaver loses a field."""
    return f"_clear {field}"


def find_leavers(
    engine: Engine, given: DeltaInput, desired: str, *, result: str
) -> Mapping[str, int]:
    """Make the table `result` (`_identifier`, one `_clear <field>` BOOLEAN a clearable field).

    Returns:
        How many people left, by orchestration; those without anybody are left out.
    """
    leaving = [rule for rule in given.rules if rule.running and rule.scope is not None]
    members = [_left(rule, desired, given.refused) for rule in leaving]
    with engine.scratch("left") as (left,):
        engine.table(left, _stacked(members))
        engine.table(result, _lost_fields(given, leaving, left, desired))
        counted = engine.rows(
            exp.select("_rule", "count(*)").from_(relation(left)).group_by("_rule")
        )
    return {leaving[number].name: count for number, count in sorted(counted)}


def clearable(given: DeltaInput) -> tuple[str, ...]:
    """Give the fields that leaving can clear."""
    fields = (
        field
        for rule in given.rules
        if rule.running and rule.scope is not None and rule.on_leave is OnLeave.CLEAR
        for field in rule.fields
    )
    return tuple(dict.fromkeys(fields))


def _left(rule: ScopeRule, desired: str, refused: str | None) -> exp.Select:
    """Select the identifiers of a scope that the rule does not want any more."""
    assert rule.scope is not None  # noqa: S101 - the caller filtered
    query = exp.select(column("_identifier", "s")).from_(relation(rule.scope, "s"))
    if refused is not None:
        query = query.where(exp.not_(_stands_in(refused)))
    if rule.flag is not None:
        query = query.where(exp.not_(_stands_in(desired, column(rule.flag, "o"))))
    return query


def _stands_in(other: str, *conditions: exp.Expr) -> exp.Exists:
    """Tell whether the identifier of relation s stands in another relation too (alias o)."""
    same = column("_identifier", "o").eq(column("_identifier", "s"))
    return exp.Exists(this=exp.select("1").from_(relation(other, "o")).where(same, *conditions))


def _stacked(members: Sequence[exp.Select]) -> exp.Expr:
    if not members:
        nobody = exp.select(
            exp.cast(exp.null(), "VARCHAR").as_("_identifier"),
            exp.cast(exp.null(), "INTEGER").as_("_rule"),
        )
        return nobody.where(exp.false())
    numbered = [
        query.select(exp.cast(literal(number), "INTEGER").as_("_rule"))
        for number, query in enumerate(members)
    ]
    return numbered[0] if len(numbered) == 1 else exp.union(*numbered, distinct=False)


def _lost_fields(
    given: DeltaInput, leaving: Sequence[ScopeRule], left: str, desired: str
) -> exp.Select:
    """Select a row a leaver: a field is lost when no scope that holds it is left."""
    query = exp.select(column("_identifier", "l").as_("_identifier")).from_(relation(left, "l"))
    query = query.join(
        relation(desired, "d"),
        on=column("_identifier", "d").eq(column("_identifier", "l")),
        join_type="left",
    )
    held = [rule for rule in given.rules if not rule.running and rule.scope is not None]
    for number, rule in enumerate(held):
        scope = relation(str(rule.scope), f"h{number}")
        same = column("_identifier", f"h{number}").eq(column("_identifier", "l"))
        query = query.join(scope, on=same, join_type="left")
    for field in clearable(given):
        ended = [
            column("_rule", "l").eq(literal(number))
            for number, rule in enumerate(leaving)
            if field in rule.fields and rule.on_leave is OnLeave.CLEAR
        ]
        lost = call("bool_or", any_of(ended))
        still = call("bool_or", any_of(_holders(given, held, field)))
        query = query.select(exp.and_(lost, exp.not_(still)).as_(ident(clears_flag(field))))
    return query.group_by(column("_identifier", "l"))


def _holders(given: DeltaInput, held: Sequence[ScopeRule], field: str) -> list[exp.Expr]:
    """Give the conditions under which somebody else still holds a leaver's field."""
    wanting: list[exp.Expr] = [
        call("coalesce", column(rule.flag, "d"), exp.false())
        for rule in given.rules
        if rule.running and rule.flag is not None and field in rule.fields
    ]
    holding: list[exp.Expr] = [
        exp.not_(column("_identifier", f"h{number}").is_(exp.null()))
        for number, rule in enumerate(held)
        if field in rule.fields
    ]
    return wanting + holding
