"""Tables and queries whose rows become request objects: whose they are, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onefold.destinations import refuse_identifier_type
from onefold.errors import ProjectError, SqlError, UnknownReference, nearest
from onefold.model import IDENTIFYING, IdentifierKind
from onefold.orchestrations import FieldSource, ValueSource
from onefold.project import Destination as DestinationFile
from onefold.project import Orchestration, ProjectErrors
from onefold.run.context import Walk
from onefold.run.user_queries import user_query

__all__ = [
    "field_sources",
    "relation_of",
    "superfluous_identifiers",
    "value_source",
    "value_sources",
]


def value_sources(
    walk: Walk,
    destination: DestinationFile,
    orchestrations: Sequence[Orchestration],
    *,
    first: Sequence[str],
) -> tuple[ValueSource, ...]:
    """Give the relations whose rows become request objects.

    Args:
        walk: the walk.
        destination: the workspace.
        orchestrations: those that send to it.
        first: the relations that come first: campaigns' memberships go with the first of all.
    """
    wanted = [(name, destination) for name in first]
    wanted += [(one.relation, walk.project.destinations[one.destination]) for one in orchestrations]
    found = [value_source(walk, template, name) for name, template in wanted]
    return tuple({source.name: source for source in found}.values())


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
        further=tuple(destination.further_identifiers.values()),
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
        others = IDENTIFYING - {*source.identifier, *source.further}
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
    view = f"_query_{name}"
    with user_query(walk, walk.project.queries[name]) as query:
        walk.engine.view(view, query)
    return view
