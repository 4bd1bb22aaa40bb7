"""`segments/*.yaml`: a rule tree over the tables keyed by person.

The tree itself is read by the segments room; this file knows the place of each of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from onefold.errors import ProjectError
from onefold.project.kinds.base import Definition, Status
from onefold.segments import Rule, parse_rules

__all__ = ["RULE_KEYS", "Segment"]

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
    def rule_tree(self) -> Rule:
        """The rule, parsed; its paths start at the top of the file."""
        return parse_rules(self.rule)

    @property
    def rule(self) -> dict[str, Any]:
        """The rule as written."""
        names = {info.alias or name: name for name, info in type(self).model_fields.items()}
        given = (key for key in RULE_KEYS if names[key] in self.model_fields_set)
        return {key: getattr(self, names[key]) for key in given}

    def problems(self) -> Iterator[ProjectError]:
        """Refuse a segment without a rule, or with a wrong one."""
        if self.rule:
            yield from self._rule_problems(self.rule)
            return
        yield ProjectError(
            "the segment has no rule",
            hint="write what its persons have in common under all: or any:",
            where=self.place(),
        )
