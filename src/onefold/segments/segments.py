"""Rules in, one SELECT of persons out.

::

    data  → parse_rules     → Rule            (a rule tree, every key and operator known)
    Rule  → compile_segment → exp.Select      (one column person_id, each person once)
    Rules → compile_predicates → exp.Select   (person_id, and one boolean a rule)
    Rule  → explain_person  → checks          (each condition of one person, with what it saw)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlglot import exp

from onefold.segments.catalogue import PERSON_ID, Catalogue
from onefold.segments.clock import Clock
from onefold.segments.comparisons import definitely
from onefold.segments.config import SegmentSettings
from onefold.segments.predicates import predicate
from onefold.segments.rules import Rule
from onefold.segments.scope import PERSON, Scope, column, person_scope, relation
from onefold.warehouse import ident

__all__ = ["compile_predicates", "compile_segment", "persons"]


def compile_segment(
    rule: Rule,
    catalogue: Catalogue,
    *,
    as_of: datetime,
    timezone: str,
    settings: SegmentSettings | None = None,
) -> exp.Select:
    """Compile a rule to one SELECT of `person_id` from the universe, each person once.

    Person-grain tables are joined once each; tables of rows, segments, lists and purchases become
    EXISTS, which the engine runs as hash semi-joins.

    Args:
        rule: what persons must fulfil.
        catalogue: the tables that rules may read.
        as_of: the run's instant, aware: what relative days count from.
        timezone: the project's zone, an IANA name: where its days begin.
        settings: names of the universe and its fellows.

    Raises:
        RuleError: a column, segment or list does not exist, or a value is not of its type.
    """
    scope = person_scope([rule], catalogue, Clock(as_of, timezone), settings or SegmentSettings())
    return persons(scope).where(predicate(rule, scope), copy=False)


def compile_predicates(
    rules: Mapping[str, Rule],
    catalogue: Catalogue,
    *,
    as_of: datetime,
    timezone: str,
    settings: SegmentSettings | None = None,
) -> exp.Select:
    """Compile several rules to one SELECT: every person once, and a boolean column a rule.

    The columns are named by the mapping's keys, in its order, and never NULL. This is what a
    campaign's groups need: over this relation, first match is one CASE in the order of the groups
    (``CASE WHEN high_value THEN … WHEN …``), every table is joined once for all groups, and a room
    that knows nothing of rules can compute it.

    Raises:
        RuleError: as in `compile_segment`.
        ValueError: two keys differ in case only, or one is `person_id`.
    """
    if len({PERSON_ID, *(name.lower() for name in rules)}) != len(rules) + 1:
        raise ValueError(f"column names are not unique: {PERSON_ID}, {', '.join(rules)}")
    scope = person_scope(
        rules.values(), catalogue, Clock(as_of, timezone), settings or SegmentSettings()
    )
    columns = (_flag(name, predicate(rule, scope)) for name, rule in rules.items())
    return persons(scope).select(*columns, copy=False)


def persons(scope: Scope) -> exp.Select:
    """Select every person's id, with the scope's person-grain tables joined."""
    query = exp.select(column(PERSON, PERSON_ID)).from_(relation(scope.settings.universe, PERSON))
    for table, alias in scope.aliases.items():
        if alias != PERSON:
            query.join(
                relation(table, alias), using=[ident(PERSON_ID)], join_type="left", copy=False
            )
    return query


def _flag(name: str, condition: exp.Expr) -> exp.Expr:
    return exp.alias_(definitely(condition), ident(name))
