"""Templates joined to the destinations that they extend, and destinations to workspaces."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from onefold.errors import ProjectError, UnknownReference
from onefold.project.kinds import Attribute, ColumnRef, Definition, Destination, Template
from onefold.project.values import nearest_hint

__all__ = ["join_templates", "workspaces_of"]


def join_templates(
    definitions: Mapping[str, Definition], destinations: Collection[str]
) -> tuple[dict[str, Definition], list[ProjectError]]:
    """Make a destination of every template.

    Args:
        definitions: those that could be read, by id.
        destinations: the ids of all files of destinations.

    Returns:
        The definitions, with destinations for templates; and what is wrong with templates.
    """
    joined, errors = dict(definitions), list[ProjectError]()
    for name, template in definitions.items():
        if not isinstance(template, Template):
            continue
        del joined[name]
        base = definitions.get(template.extends)
        problems = list(_problems(template, base, destinations))
        errors += problems
        if isinstance(base, Destination) and not problems:
            joined[name] = _joined(template, base)
    return joined, errors


def workspaces_of(destinations: Iterable[Destination]) -> Mapping[str, Destination]:
    """Give each workspace as one destination, which has the attributes of all its templates."""
    destinations = tuple(destinations)
    found = {one.workspace: one for one in destinations if one.extends is None}
    for name, base in found.items():
        templates = [one for one in destinations if one.workspace == name and one.extends]
        if templates:
            found[name] = _whole(base, templates)
    return MappingProxyType(found)


def _whole(base: Destination, templates: list[Destination]) -> Destination:
    attributes: dict[str, Attribute] = {}
    for template in templates:
        attributes = {**template.attributes, **attributes}
    tables = [one.table for one in (base, *templates) if one.table]
    return base.sharing(
        templates,
        attributes=MappingProxyType({**attributes, **base.attributes}),
        table=tables[0] if tables else None,
    )


def _joined(template: Template, base: Destination) -> Destination:
    names = base.attributes if template.attributes is None else template.attributes
    attributes = {name: _definition(name, template, base) for name in names}
    defaults = template.default_attributes
    if defaults is None:
        defaults = tuple(name for name in base.default_attributes if name in attributes)
    return base.sharing(
        [base],
        of=template,
        extends=base.id,
        title=template.title,
        description=template.description,
        tags=template.tags,
        formerly=template.formerly,
        table=template.table or base.table,
        attributes=MappingProxyType(attributes),
        default_attributes=defaults,
        suppress=tuple(dict.fromkeys([*base.suppress, *template.suppress])),
    )


def _definition(name: str, template: Template, base: Destination) -> Attribute:
    """Give an attribute as the base or, if it has none, the template defines it: with its table."""
    if name in base.attributes:
        defined, where = base.attributes[name], base.source_of(name)
    else:
        defined = (template.attributes or {})[name]
        where = _source(name, defined, template, base)
    return defined.model_copy(update={"column": f"{where.table}.{where.column}"})


def _source(name: str, own: Attribute, template: Template, base: Destination) -> ColumnRef:
    written = own.column or name
    table, _, column = written.rpartition(".") if own.column else ("", "", name)
    return ColumnRef(
        table=(table or template.table or base.table or "").lower(), column=column.lower()
    )


def _problems(
    template: Template, base: Definition | None, destinations: Collection[str]
) -> Iterator[ProjectError]:
    where = template.place(("extends",))
    if template.extends not in destinations:
        yield UnknownReference(
            f"there is no destination `{template.extends}`",
            hint=nearest_hint(template.extends, [one for one in destinations if one != template.id])
            or "the project has no destination yet",
            where=where,
        )
    elif isinstance(base, Template):
        yield ProjectError(
            f"{template.extends} is a template itself",
            hint=f"write extends: {base.extends}",
            where=where,
        )
    if isinstance(base, Destination):
        yield from _attribute_problems(template, base)


def _attribute_problems(template: Template, base: Destination) -> Iterator[ProjectError]:
    for name, own in (template.attributes or {}).items():
        where = template.place(("attributes", name))
        if name not in base.attributes:
            if not _source(name, own, template, base).table:
                yield ProjectError(
                    f"nothing says where the attribute {name} comes from",
                    hint="give the template a `from: table`, or the attribute a "
                    "`from: table.column`",
                    where=where,
                )
        elif own.model_fields_set and not _is_the_same(name, own, template, base):
            source = base.source_of(name)
            yield ProjectError(
                f"the attribute {name} comes from {source.table}.{source.column} by {base.file}, "
                "and a field of a workspace has one definition",
                hint=f"write `{name}:` with nothing behind it, or give this one another name",
                where=where,
            )
    known = base.attributes if template.attributes is None else template.attributes
    for at, name in enumerate(template.default_attributes or ()):
        if name not in known:
            yield ProjectError(
                f"`{name}` is not one of the template's attributes",
                hint=nearest_hint(name, list(known)),
                where=template.place(("default_attributes", at)),
            )


def _is_the_same(name: str, own: Attribute, template: Template, base: Destination) -> bool:
    """Tell whether a template says nothing else of an attribute than the base does."""
    theirs = base.attributes[name]
    source = base.source_of(name) if own.column is None else _source(name, own, template, base)
    plain = {"column": None, "description": ""}
    alike = own.model_copy(update=plain) == theirs.model_copy(update=plain)
    return alike and source == base.source_of(name)
