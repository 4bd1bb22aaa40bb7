"""`orchestrations/*.yaml`: a table or query, sent to a destination."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from onefold.errors import ProjectError
from onefold.project.kinds.base import Definition, Part, Status
from onefold.project.kinds.schedules import FollowingSchedule
from onefold.project.values import GuardBound

__all__ = ["Guards", "Orchestration"]


class Guards(Part):
    """The `tests` of an orchestration: bounds that must hold before anything is sent."""

    what: ClassVar = "tests"

    rows: GuardBound | None = Field(
        default=None, description="The number of rows, such as >= 1000."
    )
    change: GuardBound | None = Field(
        default=None, description="The share of people with changes, such as <= 50%."
    )
    clears: GuardBound = Field(
        default="<= 5%",  # validated below, written as users would
        validate_default=True,
        description="The share of people who lose a value.",
    )
    on_fail: Literal["stop"] = Field(
        default="stop", description="stop: nothing is sent when a bound does not hold."
    )


class Orchestration(Definition):
    """A file of `orchestrations`."""

    what: ClassVar = "an orchestration"

    status: Status = Field(default="draft", description="Only active ones are sent.")
    relation: str = Field(alias="from", description="A table, or a query of queries/*.sql.")
    destination: str = Field(alias="to", description="The destination's id.")
    sends: Literal["attributes"] = Field(
        default="attributes", alias="as", description="What the rows become in Braze."
    )
    attributes: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Narrows it to these; all attributes that come from `from` when absent.",
    )
    on_null: Literal["keep", "clear"] = Field(
        default="keep", description="What an empty value does to the value in Braze."
    )
    on_leave: Literal["keep", "clear"] = Field(
        default="keep", description="What becomes of the values of people who left the result."
    )
    tests: Guards = Field(
        default_factory=Guards, description="Bounds that must hold before sending."
    )
    schedule: FollowingSchedule = Field(
        default=None, description="after: a workflow; by hand when absent or none."
    )

    def problems(self) -> Iterator[ProjectError]:
        """Refuse a share of rows: nothing says of what."""
        if self.tests.rows and self.tests.rows.is_share:
            yield ProjectError(
                "`rows` takes a number, not a percentage",
                hint='write rows: ">= 1000"; change: takes percentages',
                where=self.place(("tests", "rows")),
            )
