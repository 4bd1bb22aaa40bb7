"""What would be sent of cohorts, of subscription groups, and of a catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from onefold.delta import FieldPolicy
from onefold.destinations import ITEM, SUBSCRIBED, Attribute, Channel, Destination
from onefold.model import DestinationObject, ObjectKind
from onefold.orchestrations import (
    Assigned,
    CampaignSettings,
    DesiredSource,
    FieldSource,
    ValueSource,
    desire,
)
from onefold.project import Campaign, Orchestration
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.objects import ObjectPlan, ledger_of, plan_object, sent_type, stem_of
from onefold.run.policies import subscription_policy
from onefold.run.value_sources import relation_of, value_sources
from onefold.run.wanting import Holder, orchestration_settings
from onefold.warehouse import Engine, call, column, ident, literal, relation, select

__all__ = ["Audiences", "plan_list"]

STATE = "subscription_state"  # the column of a query that says who is unsubscribed

Audiences = Mapping[str, tuple[CampaignSettings, Assigned]]
"""Each running campaign's settings and audience, by the campaign."""


def plan_list(
    walk: Walk,
    file: DestinationFile,
    destination: Destination,
    thing: DestinationObject,
    *,
    held: tuple[Holder, ...],
    audiences: Audiences,
) -> ObjectPlan:
    """Decide what would be sent of cohorts, of subscription groups, or of a catalog."""
    stem = f"{stem_of(thing)}_desired"
    running = [one for one in held if one.runs]
    name = ", ".join(one.name for one in running) or "nobody"
    with walk.steps.step("orchestrations", f"{thing} desired by {name}") as step:
        desired = (
            _people(walk, file, running, audiences, stem)
            if thing.kind.is_of_people
            else _items(walk, running, stem)
        )
        for one in desired:
            walk.engine.table(f"{one.relation}_rows", exp.select("*").from_(relation(one.relation)))
        step.rows_in = step.rows_out = sum(
            walk.engine.count(f"{one.relation}_rows") for one in desired
        )
        step.rejected = 0
    return plan_object(
        walk,
        file,
        thing,
        held=held,
        desired=desired,
        open_channel=lambda known: _open(walk, file, destination, thing, desired, known),
        policies=_policies(walk, file, thing, held),
        as_known=str if thing.kind.is_of_people else partial(items_there, walk.engine),
    )


def items_there(engine: Engine, acknowledged: str) -> str:
    """Let an item that is gone, or that nobody knows of, hold nothing; gives another relation.

    Whether it is there (`id`) and its fields may be sent apart, when a field changed too shortly
    before to be cleared with it. Such a field must be sent with all others when the item is back.
    """
    columns = {one.name: one.engine_type for one in engine.relation_columns(acknowledged)}
    fields = [name for name in columns if not name.startswith("_") and name != ITEM]
    if ITEM not in columns or not fields:
        return acknowledged
    unknown = call("list_contains", column("_unsettled"), literal(ITEM))
    gone = exp.or_(column(ITEM).is_(exp.null()), call("coalesce", unknown, exp.false()))
    held = [
        exp.alias_(
            exp.case()
            .when(gone, exp.cast(exp.null(), columns[name], dialect="duckdb"))
            .else_(column(name)),
            name,
            quoted=True,
        )
        for name in fields
    ]
    engine.view(f"{acknowledged}_there", select(exp.Star(replace=held), source=acknowledged))
    return f"{acknowledged}_there"


def _people(
    walk: Walk,
    file: DestinationFile,
    running: Sequence[Holder],
    audiences: Audiences,
    stem: str,
) -> tuple[DesiredSource, ...]:
    """Make a view of those on the lists, a source of people at a time."""
    orchestrations = [
        one.definition for one in running if isinstance(one.definition, Orchestration)
    ]
    campaigns = [
        (replace(settings, fields=(), membership=None), assigned.audience)
        for one in running
        if isinstance(one.definition, Campaign)
        for settings, assigned in [audiences[one.name]]
    ]
    own = [file.own_table] if campaigns else []
    sources = value_sources(walk, file, orchestrations, first=own)
    by_name = {source.name: source for source in sources}
    return desire(
        walk.engine,
        sources,
        [_field(walk, one, by_name[one.relation.lower()]) for one in orchestrations],
        orchestrations=orchestration_settings(walk, running),
        campaigns=campaigns,
        result=stem,
    )


def _field(walk: Walk, one: Orchestration, source: ValueSource) -> FieldSource:
    """Say what a cell of an orchestration's list holds."""
    name = str(one.sends.field)
    columns = [found.name.lower() for found in walk.columns(source.relation)]
    if one.kind is ObjectKind.SUBSCRIPTION_GROUPS and STATE in columns:
        return FieldSource(field=name, source=source.name, column=STATE)
    constant = SUBSCRIBED if one.kind is ObjectKind.SUBSCRIPTION_GROUPS else True
    return FieldSource(field=name, source=source.name, column=None, constant=constant)


def _items(walk: Walk, running: Sequence[Holder], stem: str) -> tuple[DesiredSource, ...]:
    """Make a view of a catalog's items: the one orchestration that fills it wants them all."""
    found = []
    for number, one in enumerate(running):
        assert isinstance(one.definition, Orchestration)  # noqa: S101 - campaigns fill no catalog
        name, flag = f"{stem}_{number}", f"_in {one.name}"
        columns = [
            exp.true().as_(ident(field)) if field == ITEM else column(field) for field in one.fields
        ]
        query = exp.select(
            column(ITEM).as_("_identifier"),
            exp.cast(exp.null(), "VARCHAR").as_("_person_id"),
            exp.true().as_(ident(flag)),
            *columns,
        ).from_(relation(relation_of(walk, one.definition.relation)))
        walk.engine.view(name, query)
        found.append(
            DesiredSource(
                source=one.definition.relation,
                relation=name,
                fields=one.fields,
                flags={one.name: flag},
            )
        )
    return tuple(found)


def _policies(
    walk: Walk, file: DestinationFile, thing: DestinationObject, held: Sequence[Holder]
) -> Mapping[str, FieldPolicy]:
    """Say how subscriptions are cleared, and that an unsubscription is for good."""
    if thing.kind is not ObjectKind.SUBSCRIPTION_GROUPS:
        return {}
    fields = [field for one in held for field in one.fields]
    for _, before in ledger_of(walk, file, thing).scopes().values():
        fields += before
    return dict.fromkeys(fields, subscription_policy(file))


def _open(
    walk: Walk,
    file: DestinationFile,
    destination: Destination,
    thing: DestinationObject,
    desired: Sequence[DesiredSource],
    acknowledged: str | None,
) -> Channel:
    """Open the way of all lists or fields: those desired, and those that may have to be cleared."""
    types: dict[str, str] = {}
    relations = [f"{one.relation}_rows" for one in desired]
    relations += [] if acknowledged is None else [acknowledged]
    for name in relations:
        for found in walk.columns(name):
            if not found.name.startswith("_"):
                types.setdefault(found.name, found.engine_type)
    fields = [
        Attribute(name=name, type=sent_type(file, name, engine_type))
        for name, engine_type in types.items()
    ]
    return destination.channel(thing, fields)
