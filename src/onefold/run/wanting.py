"""Definitions of one destination, as the settings that orchestrations and delta take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onefold.delta import OnLeave, OnNull
from onefold.destinations import ITEM, refuse_identifier_type
from onefold.errors import ProjectError, SqlError, UnknownReference, nearest
from onefold.model import (
    ATTRIBUTES,
    COHORTS,
    IDENTIFYING,
    DestinationObject,
    IdentifierKind,
    ObjectKind,
)
from onefold.orchestrations import (
    CampaignSettings,
    FieldSource,
    Group,
    OrchestrationSettings,
    Treatment,
    ValueSource,
)
from onefold.project import Campaign, Orchestration, ProjectErrors
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.selecting import group_members, select_segments
from onefold.warehouse import bind, explain_sql_error, parse_user_sql

__all__ = [
    "Holder",
    "campaign_settings",
    "field_sources",
    "holders",
    "list_holders",
    "list_things",
    "occurrence_orchestrations",
    "orchestration_settings",
    "relation_of",
    "runs_anything",
    "superfluous_identifiers",
    "value_source",
    "value_sources",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """An orchestration or campaign of a destination, and what it does in this walk.

    Attributes:
        definition: the file.
        runs: whether it wants people now; one that ended wants nobody, and lets everybody go.
        ended: whether its status is `ended`.
        fields: the attributes that it holds, its membership attribute among them.
        on_null: what a desired NULL means.
        on_leave: what leaving means.
    """

    definition: Orchestration | Campaign
    runs: bool
    ended: bool
    fields: tuple[str, ...]
    on_null: OnNull
    on_leave: OnLeave

    @property
    def name(self) -> str:
        """The id."""
        return self.definition.id


def holders(walk: Walk, destination: DestinationFile) -> tuple[Holder, ...]:
    """Give everything that sends attributes; drafts only when they may hold people still."""
    found = []
    for orchestration in _orchestrations(walk, destination, ATTRIBUTES):
        fields = _orchestration_fields(orchestration, destination)
        found.append(_holder(walk, orchestration, fields, orchestration.leaving))
    for campaign in walk.project.campaigns.values():
        if campaign.destination == destination.id:
            fields = _campaign_fields(campaign, destination)
            if campaign.audience.attribute:
                fields = (*fields, campaign.audience.attribute)
            found.append(_holder(walk, campaign, fields, campaign.audience.on_leave))
    return tuple(found)


def list_things(walk: Walk, destination: DestinationFile) -> tuple[DestinationObject, ...]:
    """Give the cohorts, subscription groups and catalogs of a destination, in order of sending.

    Those that a ledger still holds somebody in are among them, though no file names them now.
    """
    found = {
        one.thing
        for one in walk.project.orchestrations.values()
        if one.destination == destination.id
    }
    campaigns = walk.project.campaigns.values()
    if any(one.cohorts for one in campaigns if one.destination == destination.id):
        found.add(COHORTS)
    found |= {
        DestinationObject.of(ledger.object)
        for ledger in walk.store.outbox.ledgers()
        if ledger.workspace == destination.workspace and walk.store.outbox.scopes(ledger.id)
    }
    order = list(ObjectKind)
    lists = [one for one in found if one.kind.is_list or one.kind is ObjectKind.CATALOG]
    return tuple(sorted(lists, key=lambda one: (order.index(one.kind), one.name)))


def list_holders(
    walk: Walk, destination: DestinationFile, thing: DestinationObject
) -> tuple[Holder, ...]:
    """Give everything that fills a destination's cohorts, subscription groups, or a catalog."""
    found = []
    for one in _orchestrations(walk, destination, thing):
        fields = (one.sends.field,) if one.sends.field else _item_fields(walk, one)
        found.append(_holder(walk, one, fields, one.leaving))
    if thing == COHORTS:
        for campaign in walk.project.campaigns.values():
            if campaign.destination == destination.id and campaign.audience.cohort:
                cohorts = tuple(campaign.cohorts)
                found.append(_holder(walk, campaign, cohorts, campaign.audience.on_leave))
    return tuple(found)


def _orchestrations(
    walk: Walk, destination: DestinationFile, thing: DestinationObject
) -> list[Orchestration]:
    orchestrations = walk.project.orchestrations.values()
    return [
        one for one in orchestrations if one.destination == destination.id and one.thing == thing
    ]


def _item_fields(walk: Walk, orchestration: Orchestration) -> tuple[str, ...]:
    """Give the fields of a catalog's items: the columns, and that the item is there.

    Raises:
        UnknownReference: nothing in it says which item a row is.
    """
    columns = [one.name for one in walk.columns(relation_of(walk, orchestration.relation))]
    if ITEM not in [name.lower() for name in columns]:
        raise UnknownReference(
            f"{orchestration.relation} has no column {ITEM}, which names an item",
            hint=f"add it to the SELECT: sku AS {ITEM}",
            where=orchestration.place(("from",)),
        )
    return (ITEM, *(name for name in columns if name.lower() != ITEM))


def runs_anything(walk: Walk, destination: DestinationFile) -> bool:
    """Tell whether anything of a destination runs now, or lets its people go."""
    held = [
        *holders(walk, destination),
        *(
            one
            for thing in list_things(walk, destination)
            for one in list_holders(walk, destination, thing)
        ),
    ]
    return any(one.runs or one.ended for one in held) or any(
        occurrence_orchestrations(walk, destination, kind)
        for kind in ObjectKind
        if kind.happens_once
    )


def occurrence_orchestrations(
    walk: Walk, destination: DestinationFile, kind: ObjectKind
) -> tuple[Orchestration, ...]:
    """Give the orchestrations that send events, or purchases, to a destination now."""
    return tuple(
        one
        for one in walk.project.orchestrations.values()
        if one.destination == destination.id and one.kind is kind and _runs(walk, one)
    )


def value_sources(
    walk: Walk, destination: DestinationFile, held: Sequence[Holder]
) -> tuple[ValueSource, ...]:
    """Give the relations whose rows become request objects; the destination's own is first."""
    names = [destination.table] if destination.table else []
    names += [one.definition.relation for one in held if isinstance(one.definition, Orchestration)]
    return tuple(value_source(walk, destination, name) for name in dict.fromkeys(names))


def field_sources(
    walk: Walk, destination: DestinationFile, sources: Sequence[ValueSource]
) -> tuple[FieldSource, ...]:
    """Say where each attribute comes from: a source of values, or a table joined to the first.

    Raises:
        ProjectErrors: attributes name columns that do not exist.
    """
    by_name = {source.name: source for source in sources}
    fields: list[FieldSource] = []
    errors: list[ProjectError] = []
    for name in destination.attributes:
        where = destination.source_of(name)
        joined = where.table not in by_name
        relation = f"main.{where.table}" if joined else by_name[where.table].relation
        columns = [column.name.lower() for column in walk.columns(relation)]
        if where.column not in columns:
            errors.append(_no_column(destination, name, columns))
        elif joined and "person_id" not in columns:
            errors.append(_no_person(destination, name))
        fields.append(
            FieldSource(
                field=name,
                source=sources[0].name if joined else where.table,
                column=where.column,
                table=relation if joined else None,
            )
        )
    if errors:
        raise ProjectErrors(errors)
    return tuple(fields)


def campaign_settings(
    walk: Walk, campaign: Campaign, destination: DestinationFile
) -> CampaignSettings:
    """Compute what a campaign names (segments, groups), and give its settings."""
    select_segments(walk, (*campaign.include, *campaign.exclude))
    members = group_members(walk, campaign)
    groups = [
        Group(
            name=group.name,
            members=members.get(group.name),
            treatments=tuple(
                Treatment(name=name, share=treatment.share)
                for name, treatment in group.treatments.items()
            ),
        )
        for group in campaign.groups
    ]
    return CampaignSettings(
        name=campaign.id,
        include=tuple(f"segments.{name}" for name in campaign.include),
        exclude=tuple(f"segments.{name}" for name in campaign.exclude),
        groups=tuple(groups),
        fields=_campaign_fields(campaign, destination),
        membership=campaign.audience.attribute,
        value=campaign.audience.value,
        cohorts=campaign.cohorts,
    )


def orchestration_settings(
    held: Sequence[Holder],
) -> tuple[OrchestrationSettings, ...]:
    """Give the settings of the orchestrations that run now."""
    return tuple(
        OrchestrationSettings(
            name=one.name, source=one.definition.relation.lower(), fields=one.fields
        )
        for one in held
        if one.runs and isinstance(one.definition, Orchestration)
    )


def _holder(
    walk: Walk, definition: Orchestration | Campaign, fields: tuple[str, ...], on_leave: str
) -> Holder:
    ended = definition.status == "ended"
    on_null = definition.on_null if isinstance(definition, Orchestration) else OnNull.KEEP
    return Holder(
        definition=definition,
        runs=_runs(walk, definition),
        ended=ended and _asked_for(walk, definition),
        fields=fields,
        on_null=OnNull(on_null),
        on_leave=OnLeave(on_leave),
    )


def _runs(walk: Walk, definition: Orchestration | Campaign) -> bool:
    """Tell whether a definition wants people now: a plan may name a draft, a run never does."""
    if definition.status == "draft":
        return walk.options.drafts and definition.id in walk.options.names
    return definition.status == "active" and _asked_for(walk, definition)


def _asked_for(walk: Walk, definition: Orchestration | Campaign) -> bool:
    """Tell whether this walk is about a definition: all active ones, or those named."""
    names = walk.options.names
    if not names or definition.id in names:
        return True
    return definition.schedule is not None and definition.schedule.after in names


def _orchestration_fields(
    orchestration: Orchestration, destination: DestinationFile
) -> tuple[str, ...]:
    own = [
        name
        for name in destination.attributes
        if destination.source_of(name).table == orchestration.relation.lower()
    ]
    if orchestration.attributes is None:
        if not own:
            raise ProjectError(
                f"no attribute of {destination.id} comes from {orchestration.relation}, "
                "so there is nothing to send",
                hint=f"say so there: attribute: {{from: {orchestration.relation}.column}}",
                where=orchestration.place(("from",)),
            )
        return tuple(own)
    for number, name in enumerate(orchestration.attributes):
        if name not in own:
            raise ProjectError(
                f"`{name}` does not come from {orchestration.relation}, so this orchestration "
                "cannot send it",
                hint="an attribute has one source; send it by an orchestration `from:` that one",
                where=orchestration.place(("attributes", number)),
            )
    return tuple(orchestration.attributes)


def _campaign_fields(campaign: Campaign, destination: DestinationFile) -> tuple[str, ...]:
    given = campaign.attributes
    return tuple(destination.default_attributes if given is None else given)


def value_source(walk: Walk, destination: DestinationFile, name: str) -> ValueSource:
    """Give a table or query whose rows become request objects.

    Raises:
        UnknownReference: nothing in it says whose a row is.
        ProjectError: nobody in it could be suppressed.
    """
    name = name.lower()
    relation = relation_of(walk, name)
    columns = [column.name.lower() for column in walk.columns(relation)]
    _check_identifier(walk, destination, name, relation)
    if destination.suppress and "person_id" not in columns:
        raise ProjectError(
            f"{name} has no column person_id, so nobody in it could be suppressed",
            hint=f"add person_id to its SELECT: {destination.id} keeps people of "
            f"{', '.join(destination.suppress)} out",
            where=destination.place(("suppress",)),
        )
    return ValueSource(
        name=name,
        relation=relation,
        identifier=IdentifierKind(destination.identifier).columns,
        has_person="person_id" in columns,
    )


def relation_of(walk: Walk, name: str) -> str:
    """Give the relation of a table or query in the engine."""
    name = name.lower()
    return _query_view(walk, name) if name in walk.project.queries else f"main.{name}"


def _check_identifier(walk: Walk, destination: DestinationFile, name: str, relation: str) -> None:
    """Refuse a source whose rows do not say whose they are, or not exactly."""
    parts = IdentifierKind(destination.identifier).columns
    columns = walk.columns(relation)
    where = destination.place(("identifier",))
    for part in parts:
        known = [one.name.lower() for one in columns]
        if part not in known:
            close = nearest(part, known)
            example = "coalesce(customer_no, person_id)" if part == "external_id" else "…"
            raise UnknownReference(
                f"{name} has no column {part}, by which {destination.id} knows people"
                + (f"; nearest: {close}" if close else ""),
                hint=f"add it to the SELECT: {example} AS {part}",
                where=where,
            )
    try:
        refuse_identifier_type(columns, parts)
    except SqlError as error:
        error.where = where
        raise


def superfluous_identifiers(
    walk: Walk, sources: Sequence[ValueSource]
) -> Mapping[str, tuple[str, ...]]:
    """Give the columns that name people in another way, by the source: they are left out."""
    found = {}
    for source in sources:
        names = [one.name.lower() for one in walk.columns(source.relation)]
        others = IDENTIFYING - set(source.identifier)
        superfluous = [name for name in names if name in others]
        if superfluous:
            found[source.name] = tuple(superfluous)
    return found


def _no_column(destination: DestinationFile, name: str, columns: Sequence[str]) -> UnknownReference:
    where = destination.source_of(name)
    close = nearest(where.column, columns)
    return UnknownReference(
        f"{where.table} has no column {where.column}, from which the attribute {name} would come",
        hint=f"nearest: {close}; write  {name}: {{from: {close}}}"
        if close
        else f"add it to the SELECT, or say which column it is:  {name}: {{from: column}}",
        where=destination.place(("attributes", name, "from")),
    )


def _no_person(destination: DestinationFile, name: str) -> ProjectError:
    table = destination.source_of(name).table
    return ProjectError(
        f"{table} has no column person_id, so nobody knows whose {name} it holds",
        hint="add person_id to its SELECT, one row a person",
        where=destination.place(("attributes", name, "from")),
    )


def _query_view(walk: Walk, name: str) -> str:
    file = walk.project.queries[name]
    sql = parse_user_sql(file.text, file=file.file, dialect=walk.project.settings.dialect)
    query = bind(
        sql,
        as_of=walk.as_of,
        timezone=walk.project.timezone,
        variables=walk.variables,
        tables=str,
    )
    view = f"_query_{name}"
    try:
        walk.engine.view(view, query)
    except SqlError as error:
        raise explain_sql_error(error, sql, walk.columns_of) from error.__cause__
    return view
