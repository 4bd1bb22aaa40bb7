"""Why is this person in, or not: every node of a rule with its answer and the value it saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from onefold.segments.catalogue import PERSON_ID, Catalogue
from onefold.segments.clock import Clock
from onefold.segments.comparisons import definitely
from onefold.segments.config import SegmentSettings
from onefold.segments.describe import headline
from onefold.segments.predicates import matching_rows, predicate
from onefold.segments.refusals import Path
from onefold.segments.rules import AnyRowOf, Condition, InList, InSegment, Purchased, Rule, walk
from onefold.segments.scope import PERSON, Scope, column, person_scope
from onefold.segments.segments import persons
from onefold.warehouse import literal

__all__ = ["Check", "explain_person"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One node of a rule, asked of one person.

    Attributes:
        path: where the node stands in the rule's data.
        depth: how deep it stands, for indentation.
        text: the node in plain English.
        query: gives one row `holds` (BOOLEAN, never NULL) and `seen` (VARCHAR: the column's value,
            or how many rows match; NULL for a group), and no row for an unknown person.
    """

    path: Path
    depth: int
    text: str
    query: exp.Select


def explain_person(
    rule: Rule,
    catalogue: Catalogue,
    person_id: str,
    *,
    as_of: datetime,
    timezone: str,
    settings: SegmentSettings | None = None,
) -> tuple[Check, ...]:
    """Ask every node of a rule about one person, in the order they are written.

    Raises:
        RuleError: as in `compile_segment`.
    """
    clock, settings = Clock(as_of, timezone), settings or SegmentSettings()
    return tuple(
        Check(
            path=node.path,
            depth=depth,
            text=headline(node),
            query=_query(node, person_id, person_scope([node], catalogue, clock, settings)),
        )
        for depth, node in walk(rule)
    )


def _query(node: Rule, person_id: str, scope: Scope) -> exp.Select:
    holds = definitely(predicate(node, scope))
    this_person = exp.EQ(this=column(PERSON, PERSON_ID), expression=literal(person_id))
    return (
        persons(scope)
        .select(exp.alias_(holds, "holds"), exp.alias_(_seen(node, scope), "seen"), append=False)
        .where(this_person, copy=False)
    )


def _seen(node: Rule, scope: Scope) -> exp.Expr:
    match node:
        case Condition():
            return exp.cast(scope.field(node).sql, "varchar")
        case AnyRowOf() | InSegment() | InList() | Purchased():
            counted = matching_rows(node, scope).select(exp.Count(this=exp.Star()))
            return exp.cast(counted.subquery(), "varchar")
        case _:
            return exp.cast(exp.null(), "varchar")
