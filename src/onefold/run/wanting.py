"""Definitions of one destination, as the settings that orchestrations and delta take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onefold.delta import OnLeave, OnNull
from onefold.destinations import ITEM, catalog_problem
from onefold.errors import ProjectError, UnknownReference
from onefold.model import (
    ATTRIBUTES,
    COHORTS,
    DestinationObject,
    ObjectKind,
)
from onefold.orchestrations import (
    CampaignSettings,
    Group,
    OrchestrationSettings,
    Treatment,
)
from onefold.project import Campaign, Orchestration
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.selecting import group_members, select_segments
from onefold.run.value_sources import relation_of

__all__ = [
    "Holder",
    "campaign_settings",
    "holders",
    "list_holders",
    "list_things",
    "occurrence_orchestrations",
    "orchestration_settings",
    "runs_anything",
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
        exact: fields that having no value always clears: elements of arrays, cohorts.
    """

    definition: Orchestration | Campaign
    runs: bool
    ended: bool
    fields: tuple[str, ...]
    on_null: OnNull
    on_leave: OnLeave
    exact: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The id."""
        return self.definition.id


def holders(walk: Walk, destination: DestinationFile) -> tuple[Holder, ...]:
    """Give everything that sends attributes; drafts only when they may hold people still."""
    found = []
    for orchestration in _orchestrations(walk, destination, ATTRIBUTES):
        fields = _orchestration_fields(orchestration, template_of(walk, orchestration))
        found.append(_holder(walk, orchestration, fields, orchestration.leaving))
    for campaign in walk.project.campaigns.values():
        if walk.project.goes_to(campaign, destination):
            fields = _campaign_fields(campaign, template_of(walk, campaign))
            if campaign.audience.attribute:
                fields = (*fields, campaign.audience.attribute)
            found.append(_campaign(walk, campaign, fields, tuple(campaign.elements)))
    return tuple(found)


def list_things(walk: Walk, destination: DestinationFile) -> tuple[DestinationObject, ...]:
    """Give the cohorts, subscription groups and catalogs of a destination, in order of sending.

    Those that a ledger still holds somebody in are among them, though no file names them now.
    """
    found = {
        one.thing
        for one in walk.project.orchestrations.values()
        if walk.project.goes_to(one, destination)
    }
    campaigns = walk.project.campaigns.values()
    if any(one.cohorts for one in campaigns if walk.project.goes_to(one, destination)):
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
        found += [
            _campaign(walk, campaign, (), tuple(campaign.cohorts))
            for campaign in walk.project.campaigns.values()
            if walk.project.goes_to(campaign, destination) and campaign.audience.cohort
        ]
    return tuple(found)


def _orchestrations(
    walk: Walk, destination: DestinationFile, thing: DestinationObject
) -> list[Orchestration]:
    orchestrations = walk.project.orchestrations.values()
    return [
        one
        for one in orchestrations
        if one.thing == thing and walk.project.goes_to(one, destination)
    ]


def _item_fields(walk: Walk, orchestration: Orchestration) -> tuple[str, ...]:
    """Give the fields of a catalog's items: the columns, and that the item is there.

    Raises:
        UnknownReference: nothing in it says which item a row is.
        ProjectError: Braze would not have such a catalog.
    """
    columns = [one.name for one in walk.columns(relation_of(walk, orchestration.relation))]
    if ITEM not in [name.lower() for name in columns]:
        raise UnknownReference(
            f"{orchestration.relation} has no column {ITEM}, which names an item",
            hint=f"add it to the SELECT: sku AS {ITEM}",
            where=orchestration.place(("from",)),
        )
    fields = [name for name in columns if name.lower() != ITEM]
    problem = catalog_problem(orchestration.sends.catalog or "", fields)
    if problem is not None:
        raise ProjectError(
            f"orchestration {orchestration.id}: {problem}",
            hint="the catalog's name stands behind `as:`, its fields are the columns of the SELECT",
            where=orchestration.place(("as", "catalog")),
        )
    return (ITEM, *fields)


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
        if walk.project.goes_to(one, destination) and one.kind is kind and _runs(walk, one)
    )


def campaign_settings(walk: Walk, campaign: Campaign) -> CampaignSettings:
    """Compute what a campaign names (segments, groups), and give its settings."""
    template = template_of(walk, campaign)
    select_segments(walk, (*campaign.include, *campaign.exclude, *template.suppress))
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
        fields=_campaign_fields(campaign, template),
        membership=campaign.audience.attribute,
        value=campaign.audience.value,
        elements=campaign.elements,
        cohorts=campaign.cohorts,
        suppressed=_suppressed(template),
    )


def orchestration_settings(walk: Walk, held: Sequence[Holder]) -> tuple[OrchestrationSettings, ...]:
    """Compute whom the orchestrations that run now may not want, and give their settings."""
    found = []
    for one in held:
        if one.runs and isinstance(one.definition, Orchestration):
            template = template_of(walk, one.definition)
            select_segments(walk, template.suppress)
            found.append(
                OrchestrationSettings(
                    name=one.name,
                    source=one.definition.relation.lower(),
                    fields=one.fields,
                    suppressed=_suppressed(template),
                )
            )
    return tuple(found)


def template_of(walk: Walk, definition: Orchestration | Campaign) -> DestinationFile:
    """Give the destination or template that something is sent by."""
    return walk.project.destinations[definition.destination]


def _suppressed(template: DestinationFile) -> tuple[str, ...]:
    return tuple(f"segments.{name}" for name in template.suppress)


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


def _campaign(
    walk: Walk, campaign: Campaign, fields: tuple[str, ...], exact: tuple[str, ...]
) -> Holder:
    on_leave = campaign.audience.on_leave or "clear"  # false: what stands for none, see policies
    return replace(_holder(walk, campaign, (*fields, *exact), on_leave), exact=exact)


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
