"""Names that one file uses and another defines: every one must exist, and fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from onefold.c360 import standard_models
from onefold.errors import Place, ProjectError, UnknownReference
from onefold.model import IdentifierKind, ObjectKind
from onefold.project.documents import Path
from onefold.project.files import Kind
from onefold.project.kinds import Campaign, Definition, Destination, Orchestration, Segment
from onefold.project.values import nearest_hint
from onefold.segments import InSegment, Rule, walk

__all__ = ["Names", "broken_references"]

Wanted = TypeVar("Wanted", bound=Definition)


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Everything that bears a name.

    Attributes:
        ids: by kind the ids of all files, those with errors too: these are reported already.
        definitions: those that could be read, by id.
    """

    ids: Mapping[Kind, Collection[str]]
    definitions: Mapping[str, Definition]

    @property
    def relations(self) -> list[str]:
        """What values can come from: tables and queries, without a schema."""
        return [*self.ids[Kind.TABLE], *self.ids[Kind.QUERY], *_standard_tables()]

    def all_of(self, wanted: type[Wanted]) -> list[Wanted]:
        """Return the definitions of one kind that could be read."""
        return [item for item in self.definitions.values() if isinstance(item, wanted)]

    def one(self, wanted: type[Wanted], name: str) -> Wanted | None:
        """Return a definition that could be read, or None."""
        found = self.definitions.get(name)
        return found if isinstance(found, wanted) else None


@cache
def _standard_tables() -> tuple[str, ...]:
    """Return the tables that every project has without a file; what sources add is no name."""
    return tuple(model.name for model in standard_models(()))


def broken_references(names: Names) -> Iterator[ProjectError]:
    """Yield an error for every name that does not exist, and for what does not fit together."""
    yield from _renames(names)
    for segment in names.all_of(Segment):
        yield from _rule_segments(segment, segment.rule_tree, names)
    for destination in names.all_of(Destination):
        yield from _destination(destination, names)
    for orchestration in names.all_of(Orchestration):
        yield from _orchestration(orchestration, names)
    for campaign in names.all_of(Campaign):
        yield from _campaign(campaign, names)
    yield from _segment_circles(names.all_of(Segment))
    yield from _shared_workspaces(names.all_of(Destination))
    yield from _shared_attributes(names.all_of(Destination))
    yield from _shared_audiences(names)
    yield from _shared_lists(names)


def _renames(names: Names) -> Iterator[ProjectError]:
    existing = {name for ids in names.ids.values() for name in ids}
    heirs: dict[str, str] = {}
    for definition in names.all_of(Definition):
        former, where = definition.formerly, definition.place(("formerly",))
        if former is None:
            continue
        heir = heirs.setdefault(former, definition.file)
        if former in existing:
            hint = "delete the old file, or remove this line"
            yield ProjectError(f"{former} still exists", hint=hint, where=where)
        elif heir != definition.file:
            hint = "one definition can go on with a history; remove the other line"
            yield ProjectError(f"{heir} was formerly {former} too", hint=hint, where=where)


def _destination(destination: Destination, names: Names) -> Iterator[ProjectError]:
    if destination.table is not None:
        yield from _relation(destination, ("from",), destination.table, names)
    for name, attribute in destination.attributes.items():
        if attribute.column and "." in attribute.column:
            table = destination.source_of(name).table
            yield from _relation(destination, ("attributes", name, "from"), table, names)
    yield from _segments(destination, "suppress", destination.suppress, names, active=True)


def _orchestration(orchestration: Orchestration, names: Names) -> Iterator[ProjectError]:
    yield from _relation(orchestration, ("from",), orchestration.relation, names)
    yield from _known(orchestration, ("to",), orchestration.destination, Kind.DESTINATION, names)
    if orchestration.schedule:
        after = orchestration.schedule.after
        yield from _known(orchestration, ("schedule", "after"), after, Kind.WORKFLOW, names)
    destination = names.one(Destination, orchestration.destination)
    if destination is not None:
        where = orchestration.place(("as",))
        yield from _takes_people_so(orchestration.kind, destination, where)
        yield from _keys_that_last(orchestration, destination)
    if destination is not None and orchestration.kind is ObjectKind.COHORTS:
        yield from _partner(orchestration, ("as", "cohort"), destination)
    if destination is None or orchestration.kind is not ObjectKind.ATTRIBUTES:
        return
    yield from _attributes(orchestration, orchestration.attributes, destination)
    if orchestration.relation.lower() in names.relations:
        yield from _sources(orchestration, destination)


def _keys_that_last(
    orchestration: Orchestration, destination: Destination
) -> Iterator[ProjectError]:
    """Refuse to know what happened by an identifier that changes when users are renamed."""
    if destination.on_identity_change == "report":
        return
    identifying = {"person_id", *IdentifierKind(destination.identifier).columns}
    for at, name in enumerate(orchestration.event_key or ()):
        if name.lower() in identifying:
            yield ProjectError(
                f"{name} may change by on_identity_change of {destination.id}, and then the same "
                f"{orchestration.kind} would be sent once more",
                hint="name columns that tell one row from every other without the person, such as "
                "order_id; or write on_identity_change: report",
                where=orchestration.place(("event_key", at)),
            )


def _sources(orchestration: Orchestration, destination: Destination) -> Iterator[ProjectError]:
    """Refuse attributes whose values come from elsewhere: each has one source."""
    relation = orchestration.relation.lower()
    sources = {name: destination.source_of(name).table for name in destination.attributes}
    if relation not in sources.values():
        yield ProjectError(
            f"no attribute of {destination.id} comes from {relation}, so nothing would be sent",
            hint=f"sources of its attributes: {', '.join(sorted(set(sources.values())))}",
            where=orchestration.place(("from",)),
        )
        return
    for at, name in enumerate(orchestration.attributes or ()):
        if sources.get(name, relation) != relation:
            yield ProjectError(
                f"the attribute {name} comes from {sources[name]}, not from {relation}",
                hint=f"remove it, or make an orchestration from {sources[name]}",
                where=orchestration.place(("attributes", at)),
            )


def _campaign(campaign: Campaign, names: Names) -> Iterator[ProjectError]:
    is_active = campaign.status == "active"
    yield from _segments(campaign, "include", campaign.include, names, active=is_active)
    yield from _segments(campaign, "exclude", campaign.exclude, names, active=is_active)
    for rule in campaign.rule_trees:
        if rule is not None:
            yield from _rule_segments(campaign, rule, names)
    yield from _known(campaign, ("to",), campaign.destination, Kind.DESTINATION, names)
    if campaign.schedule:
        after = campaign.schedule.after
        yield from _known(campaign, ("schedule", "after"), after, Kind.WORKFLOW, names)
    destination = names.one(Destination, campaign.destination)
    if destination is not None:
        yield from _attributes(campaign, campaign.attributes, destination)
        yield from _membership(campaign, destination)


def _membership(campaign: Campaign, destination: Destination) -> Iterator[ProjectError]:
    attribute = campaign.audience.attribute
    if campaign.audience.cohort is not None:
        yield from _partner(campaign, ("audience", "cohort"), destination)
        where = campaign.place(("audience", "cohort"))
        yield from _takes_people_so(ObjectKind.COHORTS, destination, where)
    for key, name in (("attribute", attribute), ("array", campaign.audience.array)):
        if name in destination.attributes:
            yield ProjectError(
                f"{name} is an attribute of {destination.id}, and cannot be the audience too",
                hint=f"give the audience an {key} of its own, such as the campaign's id",
                where=campaign.place(("audience", key)),
            )


_NAMING_PEOPLE = {
    ObjectKind.COHORTS: ("external_id", "user_alias"),
    ObjectKind.SUBSCRIPTION_GROUPS: ("external_id",),
}


def _takes_people_so(
    kind: ObjectKind, destination: Destination, where: Place
) -> Iterator[ProjectError]:
    """Refuse lists whose endpoint does not know people by the destination's identifier."""
    ways = _NAMING_PEOPLE.get(kind)
    if ways is not None and destination.identifier not in ways:
        yield ProjectError(
            f"Braze takes people of {str(kind).replace('_', ' ')} by {' or '.join(ways)}, and "
            f"{destination.id} knows them by {destination.identifier}",
            hint="send it to a destination of another workspace name with another identifier",
            where=where,
        )


def _partner(
    definition: Definition, path: Path, destination: Destination
) -> Iterator[ProjectError]:
    if destination.cohorts is None:
        yield ProjectError(
            f"{destination.id} takes no cohorts: its file does not say as which partner",
            hint="write  cohorts: {partner: NAME, credential: NAME}  there",
            where=definition.place(path),
        )


def _shared_lists(names: Names) -> Iterator[ProjectError]:
    """Refuse a cohort, subscription group or catalog of a workspace that two definitions fill."""
    owners: dict[tuple[str, str, str], Definition] = {}
    for destination, kind, name, definition, path in _filled_lists(names):
        owner = owners.setdefault((_workspace(names, destination), kind, name), definition)
        if owner is not definition:
            yield ProjectError(
                f"{owner.file} fills {kind} {name} already",
                hint="one definition says who is in it; make one query of both",
                where=definition.place(path),
            )


def _filled_lists(names: Names) -> Iterator[tuple[str, str, str, Definition, Path]]:
    for one in names.all_of(Orchestration):
        if one.sends.field is not None:
            yield one.destination, str(one.kind), one.sends.field, one, ("as",)
        elif one.sends.catalog is not None:
            yield one.destination, str(one.kind), one.sends.catalog, one, ("as",)
    for campaign in names.all_of(Campaign):
        for name in campaign.cohorts:
            path = ("audience", "cohort")
            yield campaign.destination, str(ObjectKind.COHORTS), name, campaign, path
        for name in campaign.elements:
            yield campaign.destination, "the element", name, campaign, ("audience", "array")


def _attributes(
    definition: Definition, chosen: Collection[str] | None, destination: Destination
) -> Iterator[ProjectError]:
    for at, name in enumerate(chosen or ()):
        if name not in destination.attributes:
            yield UnknownReference(
                f"`{name}` is not an attribute of destination {destination.id}",
                hint=nearest_hint(name, list(destination.attributes)),
                where=definition.place(("attributes", at)),
            )


def _segments(
    definition: Definition, key: str, chosen: tuple[str, ...], names: Names, *, active: bool
) -> Iterator[ProjectError]:
    for at, name in enumerate(chosen):
        yield from _known(definition, (key, at), name, Kind.SEGMENT, names)
        segment = names.one(Segment, name)
        if active and segment is not None and segment.status != "active":
            yield ProjectError(
                f"the segment {name} is {segment.status}, so it cannot be used here",
                hint=f"set status: active in {segment.file}, or remove the name",
                where=definition.place((key, at)),
            )


def _rule_segments(definition: Definition, rule: Rule, names: Names) -> Iterator[ProjectError]:
    for path, name in _read_by(rule):
        yield from _known(definition, path, name, Kind.SEGMENT, names)


def _read_by(rule: Rule) -> Iterator[tuple[Path, str]]:
    for _, node in walk(rule):
        if isinstance(node, InSegment):
            yield (*node.path, "in_segment"), node.segment


def _known(
    definition: Definition, path: Path, name: str, kind: Kind, names: Names
) -> Iterator[ProjectError]:
    known = list(names.ids[kind])
    if name not in known:
        heirs = [one.id for one in names.all_of(Definition) if one.formerly == name]
        renamed = f"it is named {heirs[0]} now" if heirs else ""
        yield UnknownReference(
            f"there is no {kind} `{name}`",
            hint=renamed or nearest_hint(name, known) or f"the project has no {kind} yet",
            where=definition.place(path),
        )


def _relation(
    definition: Definition, path: Path, name: str, names: Names
) -> Iterator[ProjectError]:
    if name.lower() not in names.relations:
        yield UnknownReference(
            f"there is no table or query `{name}`",
            hint=nearest_hint(name, names.relations),
            where=definition.place(path),
        )


def _segment_circles(segments: list[Segment]) -> Iterator[ProjectError]:
    """Yield an error when a segment is defined by way of itself."""
    by_id = {segment.id: segment for segment in segments}
    uses = {item.id: sorted({name for _, name in _read_by(item.rule_tree)}) for item in segments}
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))  # graphlib walks from the read to the reader
        yield ProjectError(
            f"segments read each other in a circle: {' → '.join(circle)}",
            hint="take one in_segment out of the circle",
            where=by_id[circle[0]].place(),
        )


def _shared_workspaces(destinations: list[Destination]) -> Iterator[ProjectError]:
    owners: dict[str, Destination] = {}
    for destination in destinations:
        if destination.extends is not None:
            continue
        owner = owners.setdefault(destination.workspace, destination)
        if owner is not destination:
            yield ProjectError(
                f"the workspace {destination.workspace} is {owner.file}'s already",
                hint=f"write extends: {owner.id} instead of the workspace and its endpoint, or put "
                "the attributes together",
                where=destination.place(("workspace",)),
            )


def _shared_attributes(destinations: list[Destination]) -> Iterator[ProjectError]:
    """Refuse two templates that define one field of a workspace differently."""
    owners: dict[tuple[str, str], Destination] = {}
    for template in (one for one in destinations if one.extends):
        for name, attribute in template.attributes.items():
            owner = owners.setdefault((template.workspace, name), template)
            if owner.attributes[name] != attribute:
                yield ProjectError(
                    f"the attribute {name} is defined otherwise by {owner.file}, and a field of a "
                    "workspace has one definition",
                    hint=f"define it in {template.extends}, and write `{name}:` here",
                    where=template.place(("attributes", name)),
                )


def _shared_audiences(names: Names) -> Iterator[ProjectError]:
    owners: dict[tuple[str, str], Campaign] = {}
    for campaign in names.all_of(Campaign):  # an array has many owners, and no single one
        if campaign.audience.array is not None:
            workspace = _workspace(names, campaign.destination)
            owners.setdefault((workspace, campaign.audience.array), campaign)
    for campaign in names.all_of(Campaign):
        attribute = campaign.audience.attribute
        if attribute is None:
            continue
        workspace = _workspace(names, campaign.destination)
        owner = owners.setdefault((workspace, attribute), campaign)
        if owner is not campaign:
            yield ProjectError(
                f"{attribute} is the audience of {owner.file} already",
                hint="give each campaign an attribute of its own",
                where=campaign.place(("audience", "attribute")),
            )


def _workspace(names: Names, destination: str) -> str:
    found = names.one(Destination, destination)
    return found.workspace if found else destination
