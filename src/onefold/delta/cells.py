"""The comparison of cells: what is desired against what was acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta.config import DeltaInput, Held, OnNull
from onefold.delta.holding import holds, is_final, stands
from onefold.delta.leavers import clearable, clears_flag
from onefold.delta.names import named
from onefold.model import stored_alike
from onefold.warehouse import Engine, any_of, call, column, count_if, ident, literal, relation

__all__ = ["HeldBack", "cells", "held_back"]

DEFERRED = "deferred"


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """Cells that differ and are not sent now.

    Attributes:
        deferred: sent a moment ago with another value.
        by_policy: held back by the policy of their field: field and reason to cells, none with 0.
    """

    deferred: int
    by_policy: Mapping[tuple[str, Held], int]


def cells(
    engine: Engine,
    given: DeltaInput,
    desired: str,
    leavers: str,
    fields: tuple[str, ...],
    *,
    result: str,
) -> HeldBack:
    """Make the table `result` of changed rows; its columns are those of `Changes.relation`.

    Returns:
        How many cells differ and are held back.
    """
    types = _types(engine, given, desired)
    present = tuple(field for field in fields if field in types)
    comparison = _Comparison(engine, given, desired, leavers, types)
    marked = comparison.marked(present)
    changed = named(present, [column(_mark(field)) for field in present])
    query = (
        exp.select(
            column("_identifier"),
            column("_person_id"),
            changed.as_("_changed"),
            *(
                exp.case().when(column(_mark(field)), column(field)).as_(ident(field))
                for field in present
            ),
        )
        .from_(marked.subquery("marked"))
        .where(any_of(column(_mark(field)) for field in present))
    )
    missing = [
        exp.cast(exp.null(), "VARCHAR").as_(ident(field)) for field in fields if field not in types
    ]
    engine.table(result, query.select(*missing))
    return comparison.held_back(present)


def held_back(
    engine: Engine, given: DeltaInput, desired: str, leavers: str, identifier: str
) -> Mapping[str, str]:
    """Say which fields of one person differ and are held back: the field to the reason.

    The reason is a policy's (`Held`), or `deferred`. `desired` and `leavers` are those of
    `Changes`.
    """
    types = _types(engine, given, desired)
    comparison = _Comparison(engine, given, desired, leavers, types)
    reasons = comparison.reasons(tuple(types), identifier)
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _mark(field: str) -> str:
    """Name the BOOLEAN column that says that a field changed."""
    return f"_changes {field}"


def _types(engine: Engine, given: DeltaInput, desired: str) -> Mapping[str, str]:
    """Give the engine's type of every field: as desired, else as acknowledged."""
    found: dict[str, str] = {}
    if given.acknowledged is not None:
        found |= {c.name: c.engine_type for c in engine.relation_columns(given.acknowledged)}
    found |= {c.name: c.engine_type for c in engine.relation_columns(desired)}
    return {name: kind for name, kind in found.items() if not name.startswith("_")}


class _Comparison:
    """Builds the joined query; one object so that its parts agree on aliases d, l and a."""

    def __init__(
        self,
        engine: Engine,
        given: DeltaInput,
        desired: str,
        leavers: str,
        types: Mapping[str, str],
    ) -> None:
        self._engine = engine
        self._given = given
        self._types = types
        self._desired = {column.name for column in engine.relation_columns(desired)}
        self._known = self._acknowledged_types()
        self._leaving = bool(engine.count(leavers))
        self._clearable = set(clearable(given)) if self._leaving else set()
        self._recent = given.acknowledged is not None and self._has_recent()
        self._source = self._joined(desired, leavers)

    def marked(self, fields: tuple[str, ...]) -> exp.Select:
        """Select every row with, for each field, its target value and whether it changes."""
        columns: list[exp.Expr] = [
            self._either("_identifier").as_("_identifier"),
            column("_person_id", "d").as_("_person_id"),
        ]
        for field in fields:
            columns.append(self._target(field).as_(ident(field)))
            columns.append(self._sent_now(field).as_(ident(_mark(field))))
        return self._source.copy().select(*columns)

    def held_back(self, fields: tuple[str, ...]) -> HeldBack:
        """Count the cells that change and are held back, each for the first reason that holds."""
        cases = [(field, why, when) for field in fields for why, when in self._holds(field).items()]
        if not cases:
            return HeldBack(deferred=0, by_policy={})
        counts = self._engine.row(self._source.copy().select(*(count_if(one[2]) for one in cases)))
        counted = [(field, why, n) for (field, why, _), n in zip(cases, counts, strict=True)]
        return HeldBack(
            deferred=sum(n for _, why, n in counted if why == DEFERRED),
            by_policy={(field, Held(why)): n for field, why, n in counted if n and why != DEFERRED},
        )

    def reasons(self, fields: tuple[str, ...], identifier: str) -> Mapping[str, str | None]:
        """Give for one person why each field is held back; None: it is not."""
        told = []
        for field in fields:
            case = exp.case()
            for why, when in self._holds(field).items():
                case = case.when(when, literal(why))
            told.append(case.else_(exp.null()) if case.args.get("ifs") else exp.null())
        asked = self._either("_identifier").eq(literal(identifier))
        rows = self._engine.rows(self._source.copy().select(*told).where(asked))
        return dict(zip(fields, rows[0], strict=True)) if rows else {}

    def _sent_now(self, field: str) -> exp.Expr:
        """Tell whether a field changes and nothing holds the change back."""
        changes = self._changes(field)
        if not (self._recent or self._policies(field)):
            return changes
        held = any_of([*self._policies(field).values(), *self._recent_now(field)])
        return exp.and_(changes, exp.not_(held))

    def _holds(self, field: str) -> Mapping[str, exp.Expr]:
        """Give the conditions, of which one at most is true, that a cell is held back."""
        found: dict[str, exp.Expr] = {}
        before: list[exp.Expr] = []
        named = [(str(why), when) for why, when in self._policies(field).items()]
        for why, when in [*named, *((DEFERRED, when) for when in self._recent_now(field))]:
            others = [exp.not_(one.copy()) for one in before]
            found[why] = exp.and_(self._changes(field), when, *others)
            before.append(when)
        return found

    def _recent_now(self, field: str) -> list[exp.Expr]:
        return [self._is_recent(field)] if self._recent else []

    def _policies(self, field: str) -> Mapping[Held, exp.Expr]:
        """Give the conditions by which the field's policy holds a set back.

        What nobody knows for sure, or another type, is sent whatever its policy says.
        """
        policy = self._given.policies.get(field)
        if policy is None or field not in self._desired or field not in self._known:
            return {}
        desired, known = self._types[field], self._known[field]
        if not stored_alike(desired, known):
            return {}
        is_set = exp.not_(column(field, "d").is_(exp.null()))
        wanted = exp.and_(self._wanted(field), is_set)
        sure = exp.and_(wanted, exp.not_(self._is_unsettled(field)))
        now = self._given.now
        moment = now and exp.cast(literal(now.isoformat()), "TIMESTAMPTZ", dialect="duckdb")
        found = holds(field, policy, desired=desired, known=self._known, now=moment or None)
        held = {why: exp.and_(sure.copy(), when) for why, when in found.items()}
        if policy.final is not None:  # also while nobody knows whether it arrived
            ended = is_final(field, policy, self._known)
            held[Held.FINAL] = exp.and_(wanted.copy(), call("coalesce", ended, exp.false()))
        return held

    def _acknowledged_types(self) -> Mapping[str, str]:
        if self._given.acknowledged is None:
            return {}
        columns = self._engine.relation_columns(self._given.acknowledged)
        return {column.name: column.engine_type for column in columns}

    def _has_recent(self) -> bool:
        query = exp.select(call("count", exp.Star())).from_(relation(str(self._given.acknowledged)))
        return bool(self._engine.scalar(query.where(exp.not_(column("_recent").is_(exp.null())))))

    def _joined(self, desired: str, leavers: str) -> exp.Select:
        query = exp.select().from_(relation(desired, "d"))
        if self._leaving:
            same = column("_identifier", "l").eq(column("_identifier", "d"))
            query = query.join(relation(leavers, "l"), on=same, join_type="full")
        if self._given.acknowledged is not None:
            same = column("_identifier", "a").eq(self._either("_identifier"))
            acknowledged = relation(self._given.acknowledged, "a")
            query = query.join(acknowledged, on=same, join_type="left")
        return query

    def _either(self, name: str) -> exp.Expr:
        if not self._leaving:
            return column(name, "d")
        return exp.func("coalesce", column(name, "d"), column(name, "l"))

    def _target(self, field: str) -> exp.Expr:
        """Give the new value: the desired one where it is wanted, else none (a clear)."""
        none = exp.cast(self._none(field), self._types[field], dialect="duckdb")
        if field not in self._desired:
            return none
        wanted = call("coalesce", column(field, "d"), none.copy())
        return exp.case().when(self._wanted(field), wanted).else_(none)

    def _none(self, field: str) -> exp.Expr:
        policy = self._given.policies.get(field)
        if policy is None or policy.cleared_as is None:
            return exp.null()
        return literal(policy.cleared_as)

    def _wanted(self, field: str) -> exp.Expr:
        flags = any_of(self._flags(field, None))
        refused = call("list_contains", column("_refused", "d"), literal(field))
        return exp.and_(flags, exp.not_(call("coalesce", refused, exp.false())))

    def _flags(self, field: str, on_null: OnNull | None) -> list[exp.Expr]:
        return [
            call("coalesce", column(rule.flag, "d"), exp.false())
            for rule in self._given.rules
            if rule.running
            and rule.flag is not None
            and field in rule.fields
            and (on_null in (None, rule.on_null) or field in rule.exact)
        ]

    def _changes(self, field: str) -> exp.Expr:
        conditions: list[exp.Expr] = []
        if field in self._desired:
            value = column(field, "d")
            is_null = value.copy().is_(exp.null())
            refused = call("list_contains", column("_refused", "d"), literal(field))
            not_refused = exp.not_(call("coalesce", refused, exp.false()))
            wants_set = exp.and_(any_of(self._flags(field, None)), exp.not_(is_null))
            conditions.append(exp.and_(wants_set, not_refused, self._differs(field)))
            wants_clear = exp.and_(any_of(self._flags(field, OnNull.CLEAR)), is_null.copy())
            conditions.append(exp.and_(wants_clear, not_refused.copy(), self._is_held(field)))
        if field in self._clearable:
            lost = call("coalesce", column(clears_flag(field), "l"), exp.false())
            conditions.append(exp.and_(lost, self._is_held(field)))
        return any_of(conditions)

    def _differs(self, field: str) -> exp.Expr:
        """Tell whether the desired value differs from the acknowledged, or that is unknown."""
        if field not in self._known:
            return exp.true()
        if not stored_alike(self._types[field], self._known[field]):
            return exp.true()  # another type in the destination: everybody is sent anew
        other = exp.NullSafeNEQ(this=column(field, "d"), expression=column(field, "a"))
        return exp.or_(other, self._is_unsettled(field))

    def _is_held(self, field: str) -> exp.Expr:
        """Tell whether the destination holds a value, or may hold one."""
        if field not in self._known:
            return exp.false()
        return exp.or_(stands(field, self._given.policies, "a"), self._is_unsettled(field))

    def _is_unsettled(self, field: str) -> exp.Expr:
        listed = call("list_contains", column("_unsettled", "a"), literal(field))
        return call("coalesce", listed, exp.false())

    def _is_recent(self, field: str) -> exp.Expr:
        listed = call("list_contains", column("_recent", "a"), literal(field))
        return call("coalesce", listed, exp.false())
