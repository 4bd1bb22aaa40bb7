"""A rule to one boolean expression about `person`, and the rows that its EXISTS look at.

NULL means no. That is enough under AND and OR: a formula of those alone is true exactly when it is
true with every NULL read as false. `not` turns NULL into false first, so nobody falls between a
rule and its opposite.
"""

from __future__ import annotations

from sqlglot import exp

from onefold.segments.catalogue import PERSON_ID
from onefold.segments.comparisons import compare, every, negate
from onefold.segments.purchases import (
    enough,
    errors_as_written,
    purchase_columns,
    purchased_rows,
)
from onefold.segments.refusals import Path, UnknownRuleReference, near
from onefold.segments.rules import (
    All,
    Any,
    AnyRowOf,
    Condition,
    InList,
    InSegment,
    Not,
    Purchased,
    Rule,
)
from onefold.segments.scope import PERSON, ROW, Scope, column, find_column, relation

__all__ = ["matching_rows", "predicate"]


def predicate(rule: Rule, scope: Scope) -> exp.Expr:
    """Write a rule as a boolean expression; NULL means no."""
    match rule:
        case All(rules=rules):
            return every(*(predicate(inner, scope) for inner in rules))
        case Any(rules=rules):
            return exp.or_(*(predicate(inner, scope) for inner in rules), copy=False)
        case Not(rule=inner):
            return negate(predicate(inner, scope))
        case Condition():
            return compare(rule, scope.field(rule), scope.clock)
        case Purchased():
            return _exists(enough(matching_rows(rule, scope), rule))
        case AnyRowOf() | InSegment() | InList():
            return _exists(matching_rows(rule, scope))


def matching_rows(rule: AnyRowOf | InSegment | InList | Purchased, scope: Scope) -> exp.Select:
    """Select the person's rows that a rule asks for: FROM and WHERE, no columns yet."""
    match rule:
        case AnyRowOf(table=table, where=where):
            inner = scope.of_rows(table, (*rule.path, "any_row_of"))
            return _rows(inner.row_table or table, predicate(where, inner))
        case Purchased():
            return _purchases(rule, scope)
        case InSegment(segment=name):
            return _rows(_members(scope.settings.segment(name), "segment", rule, scope))
        case InList(list=name):
            return _rows(_members(scope.settings.list(name), "list", rule, scope))


def _purchases(rule: Purchased, scope: Scope) -> exp.Select:
    here = (*rule.path, "purchased")
    items = scope.of_rows(scope.settings.purchases, here)
    with errors_as_written(rule):
        conditions = [predicate(part, items) for part in purchased_rows(rule)]
        for name in purchase_columns(rule):
            find_column(name, scope.settings.purchases, items.shape, here)
    return _rows(scope.settings.purchases, *conditions)


def _rows(table: str, *conditions: exp.Expr) -> exp.Select:
    owned = exp.EQ(this=column(ROW, PERSON_ID), expression=column(PERSON, PERSON_ID))
    return exp.Select().from_(relation(table, ROW)).where(every(owned, *conditions), copy=False)


def _exists(rows: exp.Select) -> exp.Exists:
    return exp.Exists(this=rows.select(exp.Literal.number(1)))


def _members(name: str, kind: str, rule: InSegment | InList, scope: Scope) -> str:
    """Return the relation of a segment or list, refusing one that does not exist."""
    schema, _, written = name.rpartition(".")
    if name not in scope.catalogue:
        known = [key.rpartition(".")[2] for key in scope.catalogue if key.startswith(f"{schema}.")]
        path: Path = (*rule.path, f"in_{kind}")
        raise UnknownRuleReference(
            f"there is no {kind} {written}{near(written, known)}", path=path, hint=_MAKE[kind]
        )
    return name


_MAKE = {
    "segment": "a segment is a file segments/NAME.yaml or segments/NAME.sql",
    "list": "upload it with `onefold lists import NAME FILE --match email`",
}
