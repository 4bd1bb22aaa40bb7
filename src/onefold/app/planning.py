"""`onefold plan`: what would be sent, from the tables that are current; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from onefold.app.adapters import limits_of
from onefold.app.costing import ColumnCost, holder_costs, ranked
from onefold.app.house import House
from onefold.app.identities import list_identities
from onefold.app.planned_people import (
    WAYS_TO_NAME,
    FieldPlan,
    PersonPlan,
    happened_to,
    people_in_detail,
)
from onefold.delta import NotSent
from onefold.errors import BudgetExceeded, OnefoldError, Refused
from onefold.model import ATTRIBUTES, IdentifierKind
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

__all__ = ["DestinationPlan", "FieldPlan", "PersonPlan", "plan"]


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
        remarks: what is worth a look in what is sent: field, remark and the number of values.
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
    remarks: tuple[Mapping[str, Any], ...] = ()
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
    for file in walk.project.workspaces.values():
        workspace = plan_workspace(walk, file)
        if workspace is None:
            continue
        budgets = tuple(one.told() for one in standing(walk, workspace))
        over = _over_budget(walk, workspace)
        made = []
        for part in workspace.parts:
            if isinstance(part, ObjectPlan):
                told = workspace.identities if part.thing == ATTRIBUTES else None
                one = _plan(walk, part, told, snapshot_id, person)
            else:
                one = _plan_occurrences(walk, part, snapshot_id, person)
            made.append(replace(one, budgets=budgets, refused_by=one.refused_by or over))
        if person is not None and not any(one.people_shown for one in made):
            kind = IdentifierKind(file.identifier)
            raise OnefoldError(
                f"nothing wants anybody called {person} at {file.id}",
                hint=f"give {WAYS_TO_NAME[kind]} or a person_id; look somebody up with: "
                "onefold explain EMAIL",
            )
        yield from made


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
        remarks=tuple(
            {"field": field, "remark": remark, "values": values}
            for (field, remark), values in made.remarks.items()
        ),
        identity_changes={str(k): n for k, n in identities.found.items()} if identities else {},
        identities=list_identities(walk, identities) if identities else (),
        refused_by=_refused_by(walk, made, identities),
        definitions_hash=walk.project.definitions_hash,
        snapshot_id=snapshot_id,
        ledger_number=made.ledger_number,
        people_shown=() if person is None else people_in_detail(walk, made, person),
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
        people_shown=() if person is None else happened_to(walk, made, person),
    )


def _minutes(made: ObjectPlan | OccurrencePlan) -> float:
    """How long the requests take at the limit of what they are about."""
    return made.price.requests / limits_of(made.file).per_minute(made.thing.kind)


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
