"""Names of attributes that the destination would misread: errors of the project's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onefold.destinations import name_problem, shadowing
from onefold.errors import Place, ProjectError
from onefold.model import IDENTIFYING
from onefold.project import Destination as DestinationFile
from onefold.project import Notice, Project
from onefold.run.context import Walk
from onefold.run.value_sources import superfluous_identifiers, value_source

__all__ = ["identifier_notices", "misnamed_attributes"]

Places = Mapping[str, Place]
"""Where a name is written."""


def misnamed_attributes(project: Project) -> tuple[ProjectError, ...]:
    """Say which names cannot be sent: of attributes, and of campaigns' memberships."""
    found: list[ProjectError] = []
    for destination in project.workspaces.values():
        declared = {
            name: destination.place(("attributes", name)) for name in destination.attributes
        }
        memberships = {
            name: campaign.place(("audience", key))
            for campaign in project.campaigns.values()
            if project.goes_to(campaign, destination)
            for key in ("attribute", "array")
            if (name := getattr(campaign.audience, key)) is not None
        }
        found += _identifying(destination)
        found += _of_two_minds(destination, memberships)
        found += _unfit(destination, {**declared, **memberships})
        found += _twins({**declared, **memberships})
    return tuple(found)


def identifier_notices(walk: Walk) -> Iterator[Notice]:
    """Say which columns of what is sent name people otherwise than the destination does."""
    project = walk.project
    for destination in project.workspaces.values():
        names = {
            one.relation.lower()
            for one in project.orchestrations.values()
            if project.goes_to(one, destination) and one.kind.is_of_people
        }
        names |= {destination.table.lower()} if destination.table else set()
        sources = [value_source(walk, destination, name) for name in sorted(names)]
        for source, columns in superfluous_identifiers(walk, sources).items():
            yield Notice(
                message=f"{source} has {', '.join(columns)}, which {destination.id} leaves out: it "
                f"knows people by {destination.identifier}",
                hint="leave them out of the SELECT, or write another identifier",
                where=destination.place(("identifier",)),
            )


def _identifying(destination: DestinationFile) -> Iterator[ProjectError]:
    """Refuse attributes that are nothing but an identifier under another name."""
    for name in destination.attributes:
        where = destination.source_of(name)
        if where.column in {"person_id", *IDENTIFYING} and name != where.column:
            yield ProjectError(
                f"attribute {name} comes from {where.column}, and identifiers are never sent as "
                "attributes",
                hint=f"if it is meant, give the column another name in the SQL of {where.table}",
                where=destination.place(("attributes", name, "from")),
            )


def _of_two_minds(destination: DestinationFile, memberships: Places) -> Iterator[ProjectError]:
    for name, place in memberships.items():
        if name in destination.attributes:
            yield ProjectError(
                f"attribute {name} is sent by {destination.file} already, so it cannot say who "
                "is in a campaign",
                hint="give the audience an attribute of its own, such as the campaign's id",
                where=place,
            )


def _unfit(destination: DestinationFile, places: Places) -> Iterator[ProjectError]:
    for name, place in places.items():
        field = shadowing(name)
        if field is not None:
            yield _shadow(destination, name, field, place)
        elif (problem := name_problem(name)) is not None:
            yield ProjectError(problem, hint="rename it, or take it out", where=place)


def _shadow(destination: DestinationFile, name: str, field: str, place: Place) -> ProjectError:
    hint = "give the audience an attribute of its own, such as the campaign's id"
    if name in destination.attributes:
        hint = f"write  {field}: {{from: {destination.source_of(name).column}}}"
    return ProjectError(f'"{name}" would shadow Braze\'s own field {field}', hint=hint, where=place)


def _twins(places: Places) -> Iterator[ProjectError]:
    first: dict[str, str] = {}
    for name, place in places.items():
        other = first.setdefault(name.casefold(), name)
        if other != name:
            yield ProjectError(
                f"attributes {other} and {name} differ in case only; Braze keeps both",
                hint="rename one of them",
                where=place,
            )
