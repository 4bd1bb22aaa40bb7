"""`onefold plan --person`: one person in detail: the exact JSON, and why a field is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from onefold.app.asking import is_called
from onefold.delta import Held, NotSent, why_held_back
from onefold.model import IdentifierKind
from onefold.run import (
    ObjectPlan,
    OccurrencePlan,
    Walk,
)
from onefold.warehouse import column, literal, relation, select

__all__ = ["WAYS_TO_NAME", "FieldPlan", "PersonPlan", "happened_to", "people_in_detail"]

_SHORTENED = 10**12  # numbers below are told with two digits after the point
WAYS_TO_NAME = {
    IdentifierKind.EXTERNAL_ID: "an external_id",
    IdentifierKind.BRAZE_ID: "a braze_id",
    IdentifierKind.USER_ALIAS: "an alias_name, alias_label:alias_name",
}
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
    """One person: the exact JSON of its request object (None: nothing is sent), and why.

    Attributes:
        identifier: as the ledger has it.
        called: the same as people write it: an alias as `label:name`.
        person_id: the person.
        body: the JSON.
        fields: each field that is wanted or known.
    """

    identifier: str
    called: str
    person_id: str | None
    body: str | None
    fields: tuple[FieldPlan, ...]


def people_in_detail(walk: Walk, made: ObjectPlan, person: str) -> tuple[PersonPlan, ...]:
    """Show the rows of a person, by identifier or person id."""
    kind = IdentifierKind(made.file.identifier)
    asked = exp.or_(is_called(kind, person), column("_person_id").eq(literal(person)))
    query = (
        exp.select("_identifier", "_person_id").from_(relation(made.changes.desired)).where(asked)
    )
    found = walk.engine.rows(query)
    return tuple(_person(walk, made, identifier, person_id) for identifier, person_id in found)


def _person(walk: Walk, made: ObjectPlan, identifier: str, person_id: str | None) -> PersonPlan:
    desired = _one(walk, made.changes.desired, identifier)
    known = _one(walk, made.given.acknowledged, identifier)
    rows = _rows(walk, made.cut.relation, identifier)
    changed = {name for row in rows for name in row["_changed"]}
    held = why_held_back(walk.engine, made.given, made.changes, identifier)
    refused = _refused(walk, made, identifier)
    return PersonPlan(
        identifier=identifier,
        called=IdentifierKind(made.file.identifier).spoken(identifier),
        person_id=person_id,
        body="\n".join(map(_written, rows)) or None,
        fields=tuple(
            FieldPlan(
                field=name,
                desired=desired.get(name),
                acknowledged=known.get(name),
                sent=name in changed,
                why=f"refused: {refused[name]}"
                if name in refused and name not in changed
                else _why(made, name, desired, known, changed, held.get(name)),
            )
            for name in made.changes.fields
        ),
    )


def _refused(walk: Walk, made: ObjectPlan, identifier: str) -> Mapping[str, str]:
    """Say which of a person's fields cannot be sent, and why."""
    found: dict[str, str] = {}
    for source in made.given.desired:
        row = _one(walk, source.relation, identifier)
        found |= dict(zip(row.get("_refused") or (), row.get("_reasons") or (), strict=True))
    return found


def _one(walk: Walk, name: str | None, identifier: str) -> Mapping[str, Any]:
    if name is None:
        return {}
    found = _rows(walk, name, identifier)
    return found[0] if found else {}


def _rows(walk: Walk, name: str, identifier: str) -> list[Mapping[str, Any]]:
    same = column("_identifier").eq(literal(identifier))
    found: list[Mapping[str, Any]] = (
        walk.engine.arrow(exp.select("*").from_(relation(name)).where(same)).read_all().to_pylist()
    )
    return found


def _written(row: Mapping[str, Any]) -> str:
    """Write a row as it is sent: its object, and for lists the request that holds it, too."""
    if "_path" not in row:
        return str(row["_object"])
    return f"{row['_method']} {row['_path']} {row['_opening']}{row['_object']}{row['_closing']}"


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
        if policy.revived:
            return f"{policy.final} in Braze itself, and resubscribe is newer"
        return f"{known[name]} in Braze, and resubscribe is never"
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


def happened_to(walk: Walk, made: OccurrencePlan, person: str) -> tuple[PersonPlan, ...]:
    """Show what happened to a person, newest first: each with its JSON, or why it is not sent."""
    sent = select("*", "NULL AS _held", source=made.placed)
    held = select("*", source=made.unsent.held)
    kind = IdentifierKind(made.file.identifier)
    asked = exp.or_(is_called(kind, person, "user"), column("_person_id").eq(literal(person)))
    everything = exp.Union(this=sent, expression=held, distinct=False, by_name=True)
    query = exp.select("*").from_(everything.subquery("o")).where(asked)
    rows = walk.engine.arrow(query.order_by("time DESC", "_identifier")).read_all().to_pylist()
    return tuple(
        PersonPlan(
            identifier=row["user"],
            called=kind.spoken(row["user"]),
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
