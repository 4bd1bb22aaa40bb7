"""`orchestrations/*.yaml`: a table or query, sent to a destination."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from onefold.errors import ProjectError
from onefold.model import DestinationObject, ObjectKind
from onefold.project.kinds.base import Definition, Part, Status
from onefold.project.kinds.schedules import FollowingSchedule
from onefold.project.values import Duration, GuardBound, wrong
from onefold.project.variables import is_unresolved

__all__ = ["Guards", "Orchestration"]


Word = Literal["attributes", "events", "purchases"]

_OF_VALUES = {"attributes", "on_null", "on_leave"}
_OF_WHAT_HAPPENS = {"event_key", "window", "on_unsettled"}


def _long_form(value: object) -> object:
    """Read `as: events` as `as: {word: events}`."""
    return {"word": value} if isinstance(value, str) else value


def _uuid(text: str) -> str:
    if is_unresolved(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise wrong(
            f"`{text}` is not the id of a subscription group",
            "copy it from Audience > Subscription groups in Braze",
        ) from None


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


class Sends(Part):
    """What rows become: a word, or a list or catalog by its name."""

    what: ClassVar = "what rows become"

    word: Word | None = Field(
        default=None, description="`as: events` is short for `as: {word: events}`."
    )
    cohort: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Members of this cohort, by its name in Braze."
    )
    subscription_group: Annotated[str, AfterValidator(_uuid)] | None = Field(
        default=None, description="Subscribed to the group of this id."
    )
    catalog: str | None = Field(default=None, description="Items of the catalog of this name.")

    @property
    def kind(self) -> ObjectKind:
        """The kind of object."""
        if self.cohort is not None:
            return ObjectKind.COHORTS
        if self.subscription_group is not None:
            return ObjectKind.SUBSCRIPTION_GROUPS
        if self.catalog is not None:
            return ObjectKind.CATALOG
        return ObjectKind(self.word or "attributes")

    @property
    def field(self) -> str | None:
        """The field of a ledger of lists that it fills: the list."""
        return self.cohort or self.subscription_group

    def problems_of(self, owner: Definition) -> Iterator[ProjectError]:
        """Refuse two answers, and none."""
        if len(self.model_fields_set) != 1 and owner.model_fields_set & {"sends"}:
            yield ProjectError(
                "`as` needs one answer",
                hint="write as: attributes, events or purchases, or as: {cohort: VIPs}, "
                "{subscription_group: ID}, {catalog: products}",
                where=owner.place(("as",)),
            )


class Orchestration(Definition):
    """A file of `orchestrations`."""

    what: ClassVar = "an orchestration"

    status: Status = Field(default="draft", description="Only active ones are sent.")
    relation: str = Field(alias="from", description="A table, or a query of queries/*.sql.")
    destination: str = Field(alias="to", description="The destination's id.")
    sends: Annotated[
        Sends, BeforeValidator(_long_form, Literal["attributes", "events", "purchases"] | Sends)
    ] = Field(
        default_factory=lambda: Sends(word="attributes"),
        alias="as",
        description="What the rows become in Braze; attributes when absent.",
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
    on_leave: Literal["keep", "clear", "unsubscribe"] | None = Field(
        default=None,
        description="What becomes of the values of people who left the result; keep when absent, "
        "but clear for a cohort.",
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
        return self.sends.kind

    @property
    def thing(self) -> DestinationObject:
        """The object that they are rows of."""
        return DestinationObject(self.kind, self.sends.catalog or "")

    @property
    def leaving(self) -> Literal["keep", "clear"]:
        """What leaving means; to be unsubscribed is how a subscription is cleared."""
        if self.on_leave is None:
            return "clear" if self.kind is ObjectKind.COHORTS else "keep"
        return "keep" if self.on_leave == "keep" else "clear"

    def problems(self) -> Iterator[ProjectError]:
        """Check the keys that mean something for one kind of object alone."""
        yield from self.sends.problems_of(self)
        lists = not self.kind.happens_once and self.kind is not ObjectKind.ATTRIBUTES
        if lists and self.attributes is not None:
            yield ProjectError(
                f"`attributes` means nothing for {self.thing}",
                hint="remove it: the rows alone say who, or which items",
                where=self.place(("attributes",)),
            )
        if self.on_leave == "unsubscribe" and self.kind is not ObjectKind.SUBSCRIPTION_GROUPS:
            yield ProjectError(
                "`on_leave: unsubscribe` is for subscription groups",
                hint="write keep or clear",
                where=self.place(("on_leave",)),
            )
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
