"""Policies of attributes, from the destination's file to the rooms that keep to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from onefold.delta import FieldPolicy
from onefold.destinations import SUBSCRIPTIONS, UNSUBSCRIBED, Attribute, Merge, shape_problem
from onefold.errors import ProjectError
from onefold.model import FieldType, TypeKind
from onefold.project import Campaign, Project
from onefold.project import Destination as DestinationFile
from onefold.run.wanting import Holder

__all__ = [
    "declared_attribute",
    "field_policies",
    "membership_policies",
    "subscription_policy",
    "timed_fields",
    "timed_groups",
]

_WRITTEN = {TypeKind.STRING, TypeKind.VARCHAR, TypeKind.JSON}
_NUMBERS = {TypeKind.INTEGER, TypeKind.DECIMAL, TypeKind.FLOAT}


def declared_attribute(file: DestinationFile, name: str, held: FieldType) -> Attribute:
    """Give an attribute as the file declares it; a campaign's audience it does not know.

    Args:
        file: the destination's definition.
        name: the attribute.
        held: the type of the column that it comes from.

    Raises:
        ProjectError: a policy does not fit the type.
    """
    declared = file.attributes.get(name)
    if declared is None:
        return Attribute(name=name, type=held)
    if declared.as_ == "json" and held.kind not in _WRITTEN:
        raise ProjectError(
            f"the attribute {name}: as: json is for texts, and its column is {held}",
            hint="remove it: arrays and objects need no `as`, other values are no JSON",
            where=file.place(("attributes", name, "as")),
        )
    attribute = Attribute(
        name=name,
        type=FieldType(TypeKind.JSON) if declared.as_ == "json" else held,
        as_string=declared.as_ == "string",
        description=declared.description,
        shape=declared.shape,
        merge=Merge(declared.merge_by) if declared.merge or declared.merge_by else None,
    )
    if attribute.merge is not None and attribute.type.kind is not TypeKind.JSON:
        key = "merge_by" if declared.merge_by else "merge"
        raise ProjectError(
            f"the attribute {name}: {key} is for arrays and objects, and its column is {held}",
            hint=f"remove {key}; a text of JSON is an object with as: json",
            where=file.place(("attributes", name, key)),
        )
    problem = None if declared.shape is None else shape_problem(declared.shape, attribute.type)
    if problem is not None:
        key = "bands" if declared.bands else "round_to"
        raise ProjectError(
            f"the attribute {name}: {problem}",
            hint=f"remove {key}, or cast the column in the SQL",
            where=file.place(("attributes", name, key)),
        )
    if declared.min_change is not None and attribute.sent_type.kind not in _NUMBERS:
        raise ProjectError(
            f"the attribute {name}: min_change is for numbers, and what is sent is "
            f"{attribute.sent_type}",
            hint="remove min_change; min_interval works for every type",
            where=file.place(("attributes", name, "min_change")),
        )
    return attribute


def field_policies(file: DestinationFile) -> Mapping[str, FieldPolicy]:
    """Give the policies by which changes are held back, of the attributes that have one."""
    return {
        name: replace(
            subscription_policy(file) if name in SUBSCRIPTIONS else FieldPolicy(),
            min_change=one.min_change,
            min_interval=one.min_interval,
        )
        for name, one in file.attributes.items()
        if one.min_change is not None or one.min_interval is not None or name in SUBSCRIPTIONS
    }


def subscription_policy(file: DestinationFile) -> FieldPolicy:
    """Give the policy of what people agreed to receive: none is unsubscribed, and for good."""
    revived = file.resubscribe == "newer"
    return FieldPolicy(cleared_as=UNSUBSCRIBED, final=UNSUBSCRIBED, revived=revived)


def membership_policies(held: Iterable[Holder]) -> Mapping[str, FieldPolicy]:
    """Give the policies of campaigns' booleans that become false when a person leaves."""
    audiences = [one.definition.audience for one in held if isinstance(one.definition, Campaign)]
    return {
        audience.attribute: FieldPolicy(cleared_as=False)
        for audience in audiences
        if audience.attribute is not None and audience.on_leave is False
    }


def timed_fields(files: Iterable[DestinationFile]) -> frozenset[str]:
    """Give the fields of which a ledger must remember when they were sent."""
    return frozenset(
        name
        for file in files
        for name, one in file.attributes.items()
        if one.min_interval is not None or (name in SUBSCRIPTIONS and file.resubscribe == "newer")
    )


def timed_groups(project: Project, file: DestinationFile) -> frozenset[str]:
    """Give the subscription groups of which a ledger must remember when they were sent."""
    if file.resubscribe == "never":
        return frozenset()
    return frozenset(
        one.sends.field
        for one in project.orchestrations.values()
        if one.sends.field and project.goes_to(one, file)
    )
