"""`segments/*.yaml`: a rule tree over the tables keyed by person.

The tree itself is read by the segments room; here it is data, with the place of each of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from onefold.errors import ProjectError
from onefold.project.kinds.base import Definition, Status
from onefold.project.values import wrong

__all__ = ["RULE_KEYS", "Rule", "Segment", "segments_named"]

RULE_KEYS = (
    "all",
    "any",
    "not",
    "field",
    "op",
    "value",
    "in_segment",
    "in_list",
    "any_row_of",
    "where",
    "purchased",
)
"""The keys that a node of a rule tree may begin with."""


def _rule(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise wrong("the rule is empty", "write a condition: {field: …, op: …, value: …}")
    return value


Rule = Annotated[dict[str, Any], AfterValidator(_rule)]


class Segment(Definition):
    """A file of `segments`: status, and the root of a rule tree at the top level."""

    what: ClassVar = "a segment"

    status: Status = Field(default="active", description="Only active segments can be used.")
    all_: Any = Field(default=None, alias="all", description="Rules that must all be true.")
    any_: Any = Field(default=None, alias="any", description="Rules of which one must be true.")
    not_: Any = Field(default=None, alias="not", description="A rule that must not be true.")
    field: Any = Field(default=None, description="The table.column that is compared.")
    op: Any = Field(default=None, description="How it is compared.")
    value: Any = Field(default=None, description="What it is compared with.")
    in_segment: Any = Field(default=None, description="Persons of another segment, by its id.")
    in_list: Any = Field(default=None, description="Persons of an imported list.")
    any_row_of: Any = Field(
        default=None, description="A table of which one row must fulfil all of `where`."
    )
    where: Any = Field(default=None, description="The conditions on that row.")
    purchased: Any = Field(default=None, description="Persons who bought something.")

    @property
    def rule(self) -> dict[str, Any]:
        """The rule tree, as written."""
        names = {info.alias or name: name for name, info in type(self).model_fields.items()}
        given = (key for key in RULE_KEYS if names[key] in self.model_fields_set)
        return {key: getattr(self, names[key]) for key in given}

    def problems(self) -> Iterator[ProjectError]:
        """Refuse a segment without a rule."""
        if not self.rule:
            yield ProjectError(
                "the segment has no rule",
                hint="write what its persons have in common under all: or any:",
                where=self.place(),
            )


def segments_named(
    rule: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every `in_segment` of a rule tree: where it stands, and the name it holds."""
    if isinstance(rule, dict):
        name = rule.get("in_segment")
        if isinstance(name, str):
            yield (*path, "in_segment"), name
        for key, value in rule.items():
            yield from segments_named(value, (*path, key))
    elif isinstance(rule, (list, tuple)):
        for at, value in enumerate(rule):
            yield from segments_named(value, (*path, at))
