"""Settings of orchestrations and campaigns, with the names of the relations that they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = [
    "CONTROL",
    "CampaignSettings",
    "FieldSource",
    "Group",
    "OrchestrationSettings",
    "Treatment",
    "ValueSource",
    "filled_in",
]

CONTROL = "control"  # the treatment that receives nothing


def filled_in(text: str, group: str, treatment: str) -> str:
    """Put names where a text says `{group}` and `{treatment}`; other braces are braces."""
    return text.replace("{group}", group).replace("{treatment}", treatment)


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """A treatment and its share of the group, from 0 to 1."""

    name: str
    share: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group of a campaign: first match wins.

    Attributes:
        name: the group.
        members: the relation (`person_id`) of those it takes, or None for everyone left.
        treatments: shares that add up to 1.
    """

    name: str
    members: str | None
    treatments: tuple[Treatment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignSettings:
    """A campaign.

    Attributes:
        name: its id; assignments belong to it.
        include: relations (`person_id`); whoever stands in one of them is in the audience…
        exclude: …unless in one of these.
        groups: in order; the first that takes a person has the person.
        fields: the attributes that its people receive.
        membership: the attribute that says who is in it, or None.
        value: what it says, with `{group}` and `{treatment}` filled in; or true.
        elements: the fields of its elements in an array, each with its groups and treatments.
        cohorts: the lists that its people are on, each with the groups and treatments of it.
        suppressed: relations (`person_id`) of people whom it may not want.
    """

    name: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    groups: tuple[Group, ...]
    fields: tuple[str, ...]
    membership: str | None
    value: str | bool = "{group}_{treatment}"
    elements: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    cohorts: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    suppressed: tuple[str, ...] = ()

    def says(self, group: str, treatment: str) -> str | bool:
        """Give the value of the membership for people of a group and treatment."""
        if isinstance(self.value, bool):
            return self.value
        return filled_in(self.value, group, treatment)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrchestrationSettings:
    """An orchestration: everybody in `source` receives these attributes.

    Attributes:
        name: its id.
        source: the source of values that it is about.
        fields: the attributes.
        suppressed: relations (`person_id`) of people whom it may not want.
    """

    name: str
    source: str
    fields: tuple[str, ...]
    suppressed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldSource:
    """Where an attribute's value comes from.

    Attributes:
        field: the attribute's name at the destination.
        source: the source of values that its rows come from.
        column: the column; or None, and every row has the constant.
        table: another table keyed by `person_id` that has the column, joined to the source.
    """

    field: str
    source: str
    column: str | None
    table: str | None = None
    constant: bool | str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueSource:
    """A relation whose rows become request objects.

    Attributes:
        name: as orchestrations call it.
        relation: its name in the engine.
        identifier: the columns that hold the destination's identifier; several are packed as
            members of one JSON text, in this order.
        has_person: whether it has a column `person_id`.
        further: the columns with what people are called besides.
    """

    name: str
    relation: str
    identifier: tuple[str, ...]
    has_person: bool
    further: tuple[str, ...] = ()
