"""`onefold plan`: what would be sent, from the tables that are current; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from onefold.app.adapters import limits_of
from onefold.app.costing import ColumnCost, holder_costs, ranked
from onefold.app.house import House
from onefold.app.identities import list_identities
from onefold.delta import Held, NotSent, why_held_back
from onefold.errors import BudgetExceeded, OnefoldError, Refused
from onefold.model import ATTRIBUTES
from onefold.run import (
    IdentityPlan,
    ObjectPlan,
    OccurrencePlan,
    RunOptions,
    Walk,
    WorkspacePlan,
    bind_models,
    bind_people,
    check_budget,
    check_guards,
    check_identities,
    plan_workspace,
    standing,
)
from onefold.warehouse import column, literal, relation, select

__all__ = ["DestinationPlan", "FieldPlan", "PersonPlan", "plan"]

_SHORTENED = 10**12  # numbers below are told with two digits after the point
WHY_NOT_SENT = {
    NotSent.SENT: "acknowledged before",
    NotSent.UNSETTLED: "sent before, and nobody knows whether it arrived",
    NotSent.CHANGED: "sent before, when its row said something else",
    NotSent.TOO_OLD: "before the window",
    NotSent.NOT_YET_DUE: "it has not happened yet",
    NotSent.QUARANTINED: "refused before with these values",
    NotSent.WAITING: "the profile was sent to a moment ago",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldPlan:
    """One field of one person: what is wanted, what the destination has, and what follows."""

    field: str
    desired: Any
    acknowledged: Any
    sent: bool
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonPlan:
    """One person: the exact JSON of its request object (None: nothing is sent), and why."""

    identifier: str
    person_id: str | None
    body: str | None
    fields: tuple[FieldPlan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DestinationPlan:
    """What would be sent of one object to one destination.

    Attributes:
        destination: the destination's id.
        workspace: whose ledger it is.
        object: what is sent: attributes, cohorts…; each has a ledger of its own.
        people: people with at least one change; of events and purchases, how many are sent.
        wanted: people whom something wants there; of events and purchases, how many happened.
        sets: fields set, by name.
        clears: fields cleared, by name.
        data_points: what it costs.
        columns: each field that costs something, the costliest first: field, data points, share.
        orchestrations: what each orchestration and campaign would cost; what two of them send
            together counts in both.
        budgets: how each limit of the destination's budget stands before all objects are sent.
        requests: how many requests.
        minutes: how long they take at the contract's limit.
        left: people who leave, by orchestration.
        deferred: fields put off because they were sent a moment ago.
        held: fields held back by their policy: field, reason (`min_change`…) and cells; events and
            purchases that are not sent, and were not acknowledged as they are: reason and number.
        quarantined: people held back because the same values were refused before.
        refusals: rows and fields that cannot be sent, with the reason.
        identity_changes: identifiers that changed since the last send, by what became of them.
        identities: the first of them in the order in which Braze is told: what, from, to, person,
            and whether this destination is told of it.
        refused_by: what a run would stop for, if anything.
        definitions_hash, snapshot_id, ledger_number: the state that it was made from.
        people_shown: the people asked for with `--person`.
    """

    destination: str
    workspace: str
    object: str
    people: int
    wanted: int
    sets: Mapping[str, int]
    clears: Mapping[str, int]
    data_points: int
    columns: tuple[ColumnCost, ...] = ()
    orchestrations: Mapping[str, int] = field(default_factory=dict)
    budgets: tuple[Mapping[str, Any], ...] = ()
    requests: int
    minutes: float
    left: Mapping[str, int]
    deferred: int
    held: tuple[Mapping[str, Any], ...]
    quarantined: int
    refusals: tuple[Mapping[str, Any], ...]
    refused_by: str | None
    definitions_hash: str
    snapshot_id: str
    ledger_number: int
    identity_changes: Mapping[str, int] = field(default_factory=dict)
    identities: tuple[Mapping[str, Any], ...] = ()
    people_shown: tuple[PersonPlan, ...] = ()


def plan(
    house: House, names: Sequence[str] = (), *, person: str | None = None
) -> tuple[DestinationPlan, ...]:
    """Decide what would be sent now, for all destinations or for what is named.

    Args:
        house: the project.
        names: orchestrations and campaigns; empty means all that are active.
        person: an identifier or a person id, to see one person in detail.
    """
    snapshot = house.snapshot()
    with house.reading(RunOptions(names=tuple(names), drafts=True)) as walk:
        bind_people(walk)
        bind_models(walk)
        return tuple(_plans(walk, snapshot.id, person))


def _plans(walk: Walk, snapshot_id: str, person: str | None) -> Iterator[DestinationPlan]:
    for file in walk.project.destinations.values():
        workspace = plan_workspace(walk, file)
        if workspace is None:
            continue
        budgets = tuple(one.told() for one in standing(walk, workspace))
        over = _over_budget(walk, workspace)
        for made in workspace.parts:
            if isinstance(made, ObjectPlan):
                told = workspace.identities if made.thing == ATTRIBUTES else None
                one = _plan(walk, made, told, snapshot_id, person)
            else:
                one = _plan_occurrences(walk, made, snapshot_id, person)
            yield replace(one, budgets=budgets, refused_by=one.refused_by or over)


def _plan(
    walk: Walk,
    made: ObjectPlan,
    identities: IdentityPlan | None,
    snapshot_id: str,
    person: str | None,
) -> DestinationPlan:
    file, price = made.file, made.price
    return DestinationPlan(
        destination=file.id,
        workspace=file.workspace,
        object=str(made.thing),
        people=made.changes.rows,
        wanted=made.changes.wanted,
        sets=dict(made.changes.sets),
        clears=dict(made.changes.clears),
        data_points=price.data_points,
        columns=ranked(price.points),
        orchestrations=holder_costs(walk, made),
        requests=price.requests,
        minutes=round(_minutes(made), 2),
        left=dict(made.changes.left),
        deferred=made.changes.deferred,
        held=tuple(
            {"field": field, "reason": str(reason), "cells": cells}
            for (field, reason), cells in made.changes.held.items()
        ),
        quarantined=made.changes.quarantined,
        refusals=tuple(
            {"field": field, "reason": reason, "rows": rows}
            for (field, reason), rows in made.refusals.items()
        ),
        identity_changes={str(k): n for k, n in identities.found.items()} if identities else {},
        identities=list_identities(walk, identities) if identities else (),
        refused_by=_refused_by(walk, made, identities),
        definitions_hash=walk.project.definitions_hash,
        snapshot_id=snapshot_id,
        ledger_number=made.ledger_number,
        people_shown=() if person is None else _people(walk, made, person),
    )


def _plan_occurrences(
    walk: Walk, made: OccurrencePlan, snapshot_id: str, person: str | None
) -> DestinationPlan:
    file, price, thing = made.file, made.price, str(made.thing)
    quarantined = made.held.get(NotSent.QUARANTINED, 0)
    return DestinationPlan(
        destination=file.id,
        workspace=file.workspace,
        object=thing,
        people=made.rows,
        wanted=made.prepared.rows,
        sets={},
        clears={},
        data_points=price.data_points,
        requests=price.requests,
        minutes=round(_minutes(made), 2),
        left={},
        deferred=made.held.get(NotSent.WAITING, 0),
        held=tuple(
            {"field": thing, "reason": str(why), "cells": rows} for why, rows in made.held.items()
        ),
        quarantined=quarantined,
        refusals=tuple(
            {"field": field, "reason": reason, "rows": rows}
            for (field, reason), rows in made.refusals.items()
        ),
        refused_by=_refused_by(walk, made),
        definitions_hash=walk.project.definitions_hash,
        snapshot_id=snapshot_id,
        ledger_number=made.ledger_number,
        people_shown=() if person is None else _happened_to(walk, made, person),
    )


def _happened_to(walk: Walk, made: OccurrencePlan, person: str) -> tuple[PersonPlan, ...]:
    """Show what happened to a person, newest first: each with its JSON, or why it is not sent."""
    sent = select("*", "NULL AS _held", source=made.placed)
    held = select("*", source=made.unsent.held)
    asked = exp.or_(column("user").eq(literal(person)), column("_person_id").eq(literal(person)))
    everything = exp.Union(this=sent, expression=held, distinct=False, by_name=True)
    query = exp.select("*").from_(everything.subquery("o")).where(asked)
    rows = walk.engine.arrow(query.order_by("time DESC", "_identifier")).read_all().to_pylist()
    return tuple(
        PersonPlan(
            identifier=row["user"],
            person_id=row["_person_id"],
            body=None if row["_held"] else row["_object"],
            fields=(
                FieldPlan(
                    field=f"{made.thing} {row['_identifier']}",
                    desired=row["time"],
                    acknowledged=None,
                    sent=row["_held"] is None,
                    why=WHY_NOT_SENT[NotSent(row["_held"])] if row["_held"] else "not sent yet",
                ),
            ),
        )
        for row in rows
    )


def _minutes(made: ObjectPlan | OccurrencePlan) -> float:
    """How long the requests take at the limits of the contract."""
    limits = limits_of(made.file)
    per_minute = limits.per_minute * limits.use_at_most
    return made.price.requests / per_minute


def _refused_by(
    walk: Walk, made: ObjectPlan | OccurrencePlan, identities: IdentityPlan | None = None
) -> str | None:
    try:
        if identities is not None:
            check_identities(walk, identities)
        check_guards(walk, made)
    except (Refused, OnefoldError) as error:
        return str(error)
    return None


def _over_budget(walk: Walk, workspace: WorkspacePlan) -> str | None:
    try:
        check_budget(walk, workspace)
    except BudgetExceeded as error:
        return str(error)
    return None


def _people(walk: Walk, made: ObjectPlan, person: str) -> tuple[PersonPlan, ...]:
    """Show the rows of a person, by identifier or person id."""
    asked = literal(person)
    query = (
        exp.select("_identifier", "_person_id")
        .from_(relation(made.changes.desired))
        .where(exp.or_(column("_identifier").eq(asked), column("_person_id").eq(asked.copy())))
    )
    found = walk.engine.rows(query)
    if not found:
        raise OnefoldError(
            f"nothing wants anybody called {person} at {made.file.id}",
            hint=f"give an {made.file.identifier} or a person_id; look somebody up with: "
            "onefold explain EMAIL",
        )
    return tuple(_person(walk, made, identifier, person_id) for identifier, person_id in found)


def _person(walk: Walk, made: ObjectPlan, identifier: str, person_id: str | None) -> PersonPlan:
    desired = _one(walk, made.changes.desired, identifier)
    known = _one(walk, made.given.acknowledged, identifier)
    change = _one(walk, made.cut.relation, identifier)
    changed = set(change.get("_changed") or ())
    held = why_held_back(walk.engine, made.given, made.changes, identifier)
    return PersonPlan(
        identifier=identifier,
        person_id=person_id,
        body=change.get("_object"),
        fields=tuple(
            FieldPlan(
                field=name,
                desired=desired.get(name),
                acknowledged=known.get(name),
                sent=name in changed,
                why=_why(made, name, desired, known, changed, held.get(name)),
            )
            for name in made.changes.fields
        ),
    )


def _one(walk: Walk, name: str | None, identifier: str) -> Mapping[str, Any]:
    if name is None:
        return {}
    same = column("_identifier").eq(literal(identifier))
    rows = walk.engine.arrow(exp.select("*").from_(relation(name)).where(same)).read_all()
    found = rows.to_pylist()
    return found[0] if found else {}


def _why(
    made: ObjectPlan,
    name: str,
    desired: Mapping[str, Any],
    known: Mapping[str, Any],
    changed: set[str],
    held: str | None,
) -> str:
    """Say in a few words why a field is sent, or why not."""
    wanting = [
        rule.name
        for rule in made.given.rules
        if name in rule.fields and rule.flag is not None and desired.get(rule.flag)
    ]
    if name in changed:
        return "cleared" if desired.get(name) is None else "new or changed"
    if name in (desired.get("_refused") or ()):
        reasons = dict(zip(desired["_refused"], desired.get("_reasons") or (), strict=False))
        return f"refused: {reasons.get(name, 'not valid')}"
    if not wanting:
        return "nothing wants it for this person"
    if desired.get(name) is None:
        return "empty, and on_null is keep" if known.get(name) is not None else "empty"
    return _why_the_same(made, name, desired, known, held)


def _why_the_same(
    made: ObjectPlan,
    name: str,
    desired: Mapping[str, Any],
    known: Mapping[str, Any],
    held: str | None,
) -> str:
    """Say why a wanted value is not sent."""
    if held is not None:
        return _why_held(made, name, desired, known, held)
    if made.changes.quarantined and desired.get(name) != known.get(name):
        return "held back: refused before with these values"
    return "unchanged since the last acknowledged send"


def _why_held(
    made: ObjectPlan, name: str, desired: Mapping[str, Any], known: Mapping[str, Any], held: str
) -> str:
    """Say why a change is not sent now: `min_change 5%: 102 → 104 is 2%`."""
    policy = made.given.policies.get(name)
    if policy is None or held not in set(Held):
        return "held back: sent a moment ago"
    if held == Held.FINAL:
        return f"{policy.final} in Braze, and resubscribe is never"
    if held == Held.MIN_CHANGE and policy.min_change is not None:
        old, new = (Decimal(str(values[name])) for values in (known, desired))
        change = abs(new - old)
        told = _number(100 * change / abs(old)) + "%" if policy.min_change.is_share else change
        return f"min_change {policy.min_change}: {_number(old)} → {_number(new)} is {told}"
    sent_at = known.get(f"_sent_at {name}")
    return f"min_interval {_duration(policy.min_interval)}: sent at {sent_at:%Y-%m-%d %H:%M}"


def _number(value: Decimal) -> str:
    """Write a number with two digits after the point at most, and no zeros for nothing."""
    rounded = value.quantize(Decimal("0.01")) if abs(value) < _SHORTENED else value
    return f"{rounded.normalize():f}"


def _duration(length: timedelta | None) -> str:
    """Write a duration as project files do, in its largest whole unit."""
    minutes = 0 if length is None else length // timedelta(minutes=1)
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
