"""`campaigns/*.yaml`: segments, cut into groups and treatments, sent to a destination."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from onefold.errors import ProjectError
from onefold.model import element_field
from onefold.orchestrations import CONTROL, filled_in
from onefold.project.kinds.base import Definition, FrozenMap, Part, Status
from onefold.project.kinds.schedules import FollowingSchedule
from onefold.project.values import PlainName, Share, percent, wrong
from onefold.segments import Rule, parse_rules

__all__ = ["Audience", "Campaign", "Group", "Treatment"]

LONGEST_VALUE = 255  # characters: Braze drops a longer string

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDERS = ("group", "treatment")


def _long_form(value: object) -> object:
    """Read `offer_a: 90%` as `offer_a: {share: 90%}`."""
    return value if isinstance(value, dict) else {"share": value}


def _template(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in _PLACEHOLDERS:
            raise wrong(f"`{{{name}}}` means nothing here", "use {group} and {treatment}")
    return text


def _value(value: str | bool) -> str | bool:
    return value if isinstance(value, bool) else _template(value)


class Treatment(Part):
    """What a part of a group receives."""

    what: ClassVar = "a treatment"

    share: Share = Field(description="The part of the group, such as 90%.")


class Group(Part):
    """A part of the campaign's people."""

    what: ClassVar = "a group"

    name: PlainName = Field(description="The group's name; it becomes part of the value in Braze.")
    where: dict[str, Any] | None = Field(
        default=None, description="A rule as in a segment; everyone left when absent."
    )
    treatments: FrozenMap[
        PlainName, Annotated[Treatment, BeforeValidator(_long_form, Share | Treatment)]
    ] = Field(min_length=1, description="Name and percentage of each; 100% in all.")


class Audience(Part):
    """How Braze knows who is in the campaign: a custom attribute, or a cohort."""

    what: ClassVar = "the audience"

    attribute: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="The custom attribute, by its exact name in Braze."
    )
    cohort: (
        Annotated[str, AfterValidator(_template), Field(min_length=1, max_length=255)] | None
    ) = Field(
        default=None,
        description="The cohort, by its name in Braze; with {group} or {treatment} in it, one "
        "for each.",
    )
    array: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None,
        description="An array that campaigns share, by its exact name in Braze; each adds and "
        "removes its own elements.",
    )
    value: Annotated[
        Literal[True] | Annotated[str, Field(min_length=1)], AfterValidator(_value)
    ] = Field(
        default="{group}_{treatment}",
        description="The value it is given, or the element of the array; true: a boolean.",
    )
    on_leave: Literal["keep", "clear", False] = Field(
        default="clear",
        description="What becomes of it when a person leaves; false: a boolean becomes false.",
    )

    def value_for(self, group: str, treatment: str) -> str | bool:
        """Return the value that people of a group and treatment are given."""
        return self.value if self.value is True else filled_in(self.value, group, treatment)

    def cohort_for(self, group: str, treatment: str) -> str:
        """Return the cohort that people of a group and treatment are members of."""
        return filled_in(self.cohort or "", group, treatment)


class Campaign(Definition):
    """A file of `campaigns`."""

    what: ClassVar = "a campaign"

    status: Status = Field(default="draft", description="Only active ones are sent.")
    include: tuple[str, ...] = Field(min_length=1, description="Segments: people of any of them.")
    exclude: tuple[str, ...] = Field(default=(), description="Segments: people of none of them.")
    destination: str = Field(alias="to", description="The destination's id.")
    attributes: tuple[str, ...] | None = Field(
        default=None,
        description="Attributes sent along; the destination's default_attributes when absent.",
    )
    groups: tuple[Group, ...] = Field(
        min_length=1, description="The first group that matches wins."
    )
    audience: Audience = Field(description="How Braze knows who is in it.")
    schedule: FollowingSchedule = Field(
        default=None, description="after: a workflow; by hand when absent or none."
    )

    @property
    def rule_trees(self) -> tuple[Rule | None, ...]:
        """The parsed rule of each group, None for everyone left; paths start at the file's top."""
        return tuple(
            None if group.where is None else parse_rules(group.where, path=("groups", at, "where"))
            for at, group in enumerate(self.groups)
        )

    def problems(self) -> Iterator[ProjectError]:
        """Check rules, names, sums and reach of the groups."""
        names = [group.name for group in self.groups]
        for at, group in enumerate(self.groups):
            if group.name in names[:at]:
                yield self._of_group(at, f"there are two groups {group.name}", "rename one of them")
            if group.where is None and at + 1 < len(self.groups):
                message = f"group {group.name} takes everyone left, so those below stay empty"
                yield self._of_group(at, message, "give it a `where`, or move it to the end")
            if group.where is not None:
                yield from self._rule_problems(group.where, ("groups", at, "where"))
            yield from self._sum(at, group)
        yield from self._values_too_long()
        yield from self._audience_problems()

    def _sum(self, at: int, group: Group) -> Iterator[ProjectError]:
        total = sum((part.share for part in group.treatments.values()), Decimal(0))
        if total != 1:
            yield ProjectError(
                f"the treatments of group {group.name} add up to {percent(total)}, not 100%",
                hint="give the rest to control: it receives nothing"
                if total < 1
                else "lower one of them",
                where=self.place(("groups", at, "treatments")),
            )

    def _values_too_long(self) -> Iterator[ProjectError]:
        for group in self.groups:
            for treatment in group.treatments:
                if len(self._said(group.name, treatment)) > LONGEST_VALUE:
                    yield ProjectError(
                        f"the value of {group.name} and {treatment} has more than "
                        f"{LONGEST_VALUE} characters",
                        hint="shorten it: Braze keeps no more",
                        where=self.place(("audience", "value")),
                    )
                    return

    def _audience_problems(self) -> Iterator[ProjectError]:
        ways = {"attribute", "array", "cohort"} & self.audience.model_fields_set
        if len(ways) != 1:
            yield ProjectError(
                "`audience` needs an attribute, an array or a cohort, one of the three",
                hint=f"write audience: {{attribute: {self.id}}}",
                where=self.place(("audience",)),
            )
        elif self.audience.cohort is not None and "value" in self.audience.model_fields_set:
            yield ProjectError(
                "a cohort has members and no value",
                hint="write the placeholders into its name: cohort: "
                f'"{self.audience.cohort} {{group}} {{treatment}}"',
                where=self.place(("audience", "value")),
            )

        elif self.audience.value is True and self.audience.attribute is None:
            yield ProjectError(
                "an array holds texts, and true is none",
                hint=f"write the element: value: {self.id}",
                where=self.place(("audience", "value")),
            )
        elif self.audience.on_leave is False and self.audience.value is not True:
            yield ProjectError(
                "on_leave: false is for booleans",
                hint="write value: true too, or on_leave: clear",
                where=self.place(("audience", "on_leave")),
            )

    def _said(self, group: str, treatment: str) -> str:
        """Return what says of people that they are in it, as a text."""
        said = str(self.audience.value_for(group, treatment))
        named = self.audience.array is None or "value" in self.audience.model_fields_set
        return said if named else f"{self.id}_{said}"

    @property
    def elements(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The fields of its array's elements, each with its groups and treatments."""
        if self.audience.array is None:
            return {}
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for group, treatment in self._treated():
            name = element_field(self.audience.array, self._said(group, treatment))
            found[name] = (*found.get(name, ()), (group, treatment))
        return found

    def _treated(self) -> Iterator[tuple[str, str]]:
        """Give every group and treatment that receives something."""
        for group in self.groups:
            yield from ((group.name, one) for one in group.treatments if one != CONTROL)

    @property
    def cohorts(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The cohorts that it fills, each with its groups and treatments; control is in none."""
        found: dict[str, tuple[tuple[str, str], ...]] = {}
        for group, treatment in self._treated() if self.audience.cohort else ():
            name = self.audience.cohort_for(group, treatment)
            found[name] = (*found.get(name, ()), (group, treatment))
        return found

    def _of_group(self, at: int, message: str, hint: str) -> ProjectError:
        return ProjectError(message, hint=hint, where=self.place(("groups", at, "name")))
