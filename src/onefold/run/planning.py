"""What would be sent to one workspace: decided completely, as a value, before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from onefold.destinations import Attribute, Channel, Destination, Loaded, Request
from onefold.model import ATTRIBUTES, ObjectKind
from onefold.orchestrations import (
    DesiredSource,
    assign,
    desire,
)
from onefold.project import Campaign, Orchestration
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.identities import IdentityPlan, plan_identities
from onefold.run.lists import Audiences, plan_list
from onefold.run.objects import ObjectPlan, plan_object, sent_type
from onefold.run.occurrences import OccurrencePlan, plan_occurrences
from onefold.run.policies import declared_attribute, field_policies, membership_policies
from onefold.run.value_sources import (
    field_sources,
    superfluous_identifiers,
    value_sources,
)
from onefold.run.wanting import (
    Holder,
    campaign_settings,
    holders,
    list_holders,
    list_things,
    occurrence_orchestrations,
    orchestration_settings,
)
from onefold.warehouse import Engine, relation, scan, select

__all__ = ["Audiences", "DeliveryPlan", "Part", "WorkspacePlan", "plan_workspace"]

HAPPENING = (ObjectKind.EVENTS, ObjectKind.PURCHASES)


Part = ObjectPlan | OccurrencePlan


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryPlan:
    """What travels together: the parts whose rows share requests, by the numbers of their chunks.

    Attributes:
        parts: one for each object.
        chunks: how many requests it takes.
        read: writes the requests of a range of chunks, the last one included, from an engine where
            a relation for each array of a request has the rows with their places.
        preludes: what must be said before the first of them.
    """

    parts: tuple[Part, ...]
    chunks: int
    read: Callable[[Engine, Mapping[str, str], int, int], Mapping[int, Request]]
    preludes: tuple[Request, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkspacePlan:
    """What would be sent to one workspace.

    Attributes:
        file: the destination's definition.
        destination: the destination.
        audiences: of the campaigns that run.
        deliveries: what is sent, one after the other.
        identities: identifiers that changed, of which the destination is told first; None when
            nothing was ever sent.
    """

    file: DestinationFile
    destination: Destination
    audiences: Audiences
    deliveries: tuple[DeliveryPlan, ...]
    identities: IdentityPlan | None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The objects, in the order in which they are sent."""
        return tuple(part for delivery in self.deliveries for part in delivery.parts)


def plan_workspace(walk: Walk, file: DestinationFile) -> WorkspacePlan | None:
    """Decide what would be sent to a destination; None when nothing of it runs now.

    It reads and computes, and changes nothing outside the engine.
    """
    held = holders(walk, file)
    lists = {thing: list_holders(walk, file, thing) for thing in list_things(walk, file)}
    happening = {kind: occurrence_orchestrations(walk, file, kind) for kind in HAPPENING}
    holding = any(one.runs or one.ended for one in held)
    filled = [
        thing for thing, ones in lists.items() if not ones or any(o.runs or o.ended for o in ones)
    ]
    if not (holding or filled or any(happening.values())):
        return None
    audiences = _audiences(walk, held)
    destination = walk.adapters.destination(file)
    attributes = _plan_attributes(walk, file, destination, held, audiences) if holding else None
    deliveries = []
    if attributes is not None or any(happening.values()):
        deliveries.append(_to_profiles(walk, file, destination, attributes, happening))
    for thing in filled:
        part = plan_list(walk, file, destination, thing, held=lists[thing], audiences=audiences)
        deliveries.append(_alone(walk, part))
    return WorkspacePlan(
        file=file,
        destination=destination,
        audiences=audiences,
        deliveries=tuple(deliveries),
        identities=None if attributes is None else plan_identities(walk, attributes),
    )


def _to_profiles(
    walk: Walk,
    file: DestinationFile,
    destination: Destination,
    attributes: ObjectPlan | None,
    happening: Mapping[ObjectKind, tuple[Orchestration, ...]],
) -> DeliveryPlan:
    """Put what goes to profiles into one delivery: attributes, events and purchases."""
    if not any(happening.values()):
        assert attributes is not None  # noqa: S101 - something runs
        return _alone(walk, attributes)
    channel = destination.occurrences()
    parts: list[Part] = [] if attributes is None else [attributes]
    parts += [
        plan_occurrences(walk, file, kind, running, channel)
        for kind, running in happening.items()
        if running
    ]
    dealt, chunks = channel.deal(
        walk.engine,
        [
            Loaded(array=part.array, relation=part.placed)
            if isinstance(part, ObjectPlan)
            else Loaded(array=part.array, relation=part.placed, person="user", moment="time")
            for part in parts
        ],
    )
    return DeliveryPlan(
        parts=tuple(_in_requests(walk, part, dealt[part.array]) for part in parts),
        chunks=chunks,
        read=channel.requests,
    )


def _alone(walk: Walk, part: ObjectPlan) -> DeliveryPlan:
    return DeliveryPlan(
        parts=(part,),
        chunks=part.price.requests,
        preludes=tuple(part.channel.preludes(part.price, now=walk.now())),
        read=lambda engine, placed, first, last: part.channel.requests(
            engine, placed[part.array], first, last
        ),
    )


def _in_requests(walk: Walk, part: Part, dealt: str) -> Part:
    """Give a part its rows with their places in shared requests."""
    requests = walk.engine.scalar(select("count(DISTINCT _chunk)", source=dealt))
    price = replace(part.price, requests=requests)
    if isinstance(part, ObjectPlan):
        return replace(part, cut=replace(part.cut, relation=dealt), price=price)
    return replace(part, placed=dealt, price=price)


def _plan_attributes(
    walk: Walk,
    file: DestinationFile,
    destination: Destination,
    held: tuple[Holder, ...],
    audiences: Audiences,
) -> ObjectPlan:
    desired = _desired(walk, file, held, audiences)
    return plan_object(
        walk,
        file,
        ATTRIBUTES,
        held=held,
        desired=desired,
        open_channel=lambda known: _open(walk, file, destination, desired, known),
        policies={**field_policies(file), **membership_policies(held)},
    )


def _audiences(walk: Walk, held: Sequence[Holder]) -> Audiences:
    audiences = {}
    for one in held:
        if not (one.runs and isinstance(one.definition, Campaign)):
            continue
        settings = campaign_settings(walk, one.definition)
        with walk.steps.step("orchestrations", one.name) as step:
            assigned = assign(
                walk.engine,
                settings,
                kept=_kept(walk, one.definition),
                aliases="stitch.aliases",
                result=f"_audience_{one.name}",
            )
            step.rows_in = assigned.members
            step.rows_out = assigned.members - assigned.control
            step.rejected = 0
            step.result = {"control": assigned.control, "assigned": assigned.assigned}
        audiences[one.name] = (settings, assigned)
    return audiences


def _kept(walk: Walk, campaign: Campaign) -> str | None:
    """Make a view of a campaign's assignments so far, under its name now or its former one."""
    names = [name for name in (campaign.id, campaign.formerly) if name is not None]
    found = (walk.store.outbox.assignments(name) for name in names)
    version_id = next((version for version in found if version is not None), None)
    if version_id is None:
        return None
    version = walk.store.catalogue.version(version_id)
    view = f"_kept_{campaign.id}"
    walk.engine.view(view, scan(walk.tables.folder, version.files, version.columns))
    return view


def _desired(
    walk: Walk,
    file: DestinationFile,
    held: Sequence[Holder],
    audiences: Audiences,
) -> tuple[DesiredSource, ...]:
    orchestrations = [one.definition for one in held if isinstance(one.definition, Orchestration)]
    own = [file.own_table] if file.table or not orchestrations else []
    sources = value_sources(walk, file, orchestrations, first=own)
    running = [one for one in held if one.runs]
    name = ", ".join(one.name for one in running) or "nobody"
    with walk.steps.step("orchestrations", f"desired by {name}") as step:
        desired = desire(
            walk.engine,
            sources,
            field_sources(walk, file, sources),
            orchestrations=orchestration_settings(walk, running),
            campaigns=[
                (replace(settings, cohorts=settings.elements), assigned.audience)
                for settings, assigned in audiences.values()
            ],
        )
        for one in desired:
            walk.engine.table(f"{one.relation}_rows", exp.select("*").from_(relation(one.relation)))
        step.rows_in = sum(walk.engine.count(source.relation) for source in sources)
        step.rows_out = sum(walk.engine.count(f"{one.relation}_rows") for one in desired)
        step.rejected = 0
        step.result = {"superfluous": superfluous_identifiers(walk, sources)}
    return desired


def _open(
    walk: Walk,
    file: DestinationFile,
    destination: Destination,
    desired: Sequence[DesiredSource],
    acknowledged: str | None,
) -> Channel:
    """Open the way of all fields: those desired, and those that may have to be cleared."""
    attributes = []
    for source in desired:
        types = {found.name: found.engine_type for found in walk.columns(f"{source.relation}_rows")}
        for name in source.fields:
            held = sent_type(file, name, types[name])
            attributes.append(declared_attribute(file, name, held))
    names = {attribute.name for attribute in attributes}
    before = () if acknowledged is None else walk.columns(acknowledged)
    attributes += [
        Attribute(name=found.name, type=sent_type(file, found.name, found.engine_type))
        for found in before
        if not found.name.startswith("_") and found.name not in names
    ]
    return destination.channel(ATTRIBUTES, attributes)
