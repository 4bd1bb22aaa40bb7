"""`orchestrations/*.yaml`: a table or query, sent to a destination."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from onefold.errors import ProjectError
from onefold.model import ObjectKind
from onefold.project.kinds.base import Definition, Part, Status
from onefold.project.kinds.schedules import FollowingSchedule
from onefold.project.values import Duration, GuardBound

__all__ = ["Guards", "Orchestration"]


_OF_VALUES = {"attributes", "on_null", "on_leave"}
_OF_WHAT_HAPPENS = {"event_key", "window", "on_unsettled"}


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
    sends: Literal["attributes", "events", "purchases"] = Field(
        default="attributes", alias="as", description="What the rows become in Braze."
    )
    event_key: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="The columns that tell one event or purchase from every other.",
    )
    window: Duration = Field(
        default="90d",  # validated below, written as users would
        validate_default=True,
        description="Events and purchases that are older are not sent.",
    )
    on_unsettled: Literal["hold", "resend"] = Field(
        default="hold",
        description="What becomes of events and purchases that were sent and got no answer.",
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

    @property
    def kind(self) -> ObjectKind:
        """What its rows become."""
        return ObjectKind(self.sends)

    def problems(self) -> Iterator[ProjectError]:
        """Check the keys that mean something for one kind of object alone."""
        if self.tests.rows and self.tests.rows.is_share:
            yield ProjectError(
                "`rows` takes a number, not a percentage",
                hint='write rows: ">= 1000"; change: takes percentages',
                where=self.place(("tests", "rows")),
            )
        once = self.kind.happens_once
        foreign, why = (
            (_OF_VALUES, "what happened is neither changed nor taken back")
            if once
            else (_OF_WHAT_HAPPENS, "it is about events and purchases")
        )
        for key in sorted(self.model_fields_set & foreign):
            yield ProjectError(
                f"`{key}` means nothing for {self.kind}",
                hint=f"remove it: {why}",
                where=self.place((key,)),
            )
        if once and self.event_key is None:
            yield ProjectError(
                f"{self.kind} need an event_key, or nobody could tell what was sent before",
                hint="name the columns that tell one row from every other, such as "
                "event_key: [order_id, line]",
                where=self.place(("as",)),
            )
        yield from self._repeated_keys()

    def _repeated_keys(self) -> Iterator[ProjectError]:
        names = [name.lower() for name in self.event_key or ()]
        for at, name in enumerate(names):
            if name in names[:at]:
                yield ProjectError(
                    f"{name} stands twice in the event_key",
                    hint="remove one of them",
                    where=self.place(("event_key", at)),
                )
