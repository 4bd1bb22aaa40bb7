"""Faults on request: what goes wrong, how often, and with which requests."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from braze_sandbox.answers import key_refused, rate_limited, refusal
from braze_sandbox.api import Asked
from braze_sandbox.decisions import Decisions, RefusalForm
from braze_sandbox.limits import Account, Bucket, Standing
from braze_sandbox.web import Answer


class Delivery(IntEnum):
    """How much of the answer reaches the client; of several faults the worst counts."""

    WHOLE = 0
    HALF = 1
    NOTHING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The circumstances in which a fault happens."""

    now: float
    account: Account
    decisions: Decisions
    asked: Asked


class Fault(BaseModel):
    """What all kinds share: which requests are hit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str | None = None
    next: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0

    @property
    def accepts(self) -> bool:
        """Whether the request is carried out all the same."""
        return True

    @property
    def delay_s(self) -> float:
        """How much later the answer comes."""
        return 0

    @property
    def delivery(self) -> Delivery:
        """How much of the answer arrives."""
        return Delivery.WHOLE

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - some kinds need the scene
        """The answer to give; None when nothing was decided."""
        return answer


def _carries_a_body(status: int) -> int:
    if status in (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED):
        raise ValueError("a status without a body can't be injected")
    return status


class StatusFault(Fault):
    """Another status than the true one."""

    kind: Literal["status"]
    status: Annotated[int, Field(ge=200, le=599), AfterValidator(_carries_a_body)]
    message: str = "Injected fault"
    headers: dict[str, str] = {}
    when: Literal["before", "after"] = "before"

    @property
    def accepts(self) -> bool:
        """Only if it happens afterwards."""
        return self.when == "after"

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - as above
        """This status, with its message and headers."""
        content = {"message": self.message}
        return Answer(status=self.status, content=content, headers=self.headers)


class RateLimitedFault(Fault):
    """429 without a limit having been reached."""

    kind: Literal["rate_limited"]
    headers: RefusalForm = "both"
    retry_after_s: int = Field(default=1, ge=0)

    @property
    def accepts(self) -> bool:
        """Never."""
        return False

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - as above
        """429 with the headers asked for."""
        standing = Standing(
            bucket=Bucket.TRACK,
            allowed=False,
            limit=3_000,
            remaining=0,
            remaining_lately=0,
            resets_at=math.ceil(scene.now) + self.retry_after_s,
            resets_in_s=self.retry_after_s,
            retry_after_s=self.retry_after_s,
        )
        return rate_limited(standing, scene.account, scene.decisions, self.headers)


class SlowFault(Fault):
    """The answer comes late."""

    kind: Literal["slow"]
    ms: int = Field(ge=0)

    @property
    def delay_s(self) -> float:
        """As asked."""
        return self.ms / 1000


class DropFault(Fault):
    """The connection is cut."""

    kind: Literal["drop"]
    when: Literal["before", "after"] = "before"

    @property
    def accepts(self) -> bool:
        """Only if it happens afterwards."""
        return self.when == "after"

    @property
    def delivery(self) -> Delivery:
        """None of it."""
        return Delivery.NOTHING


class TruncateFault(Fault):
    """Half of the answer, then the connection is cut."""

    kind: Literal["truncate"]

    @property
    def delivery(self) -> Delivery:
        """Half."""
        return Delivery.HALF


class KeyRefusedFault(Fault):
    """401, with the key in it: for those who log answers."""

    kind: Literal["key_refused"]

    @property
    def accepts(self) -> bool:
        """Never."""
        return False

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - as above
        """As a wrong key would be refused."""
        return key_refused(scene.asked.authorization.removeprefix("Bearer "), scene.decisions)


class LockedFault(Fault):
    """423: somebody else changes the same cohort."""

    kind: Literal["locked"]

    @property
    def accepts(self) -> bool:
        """Never."""
        return False

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - as above
        """423."""
        return refusal(HTTPStatus.LOCKED, "Locked", scene.decisions)


class QueuedFault(Fault):
    """202 while Braze is maintained: what was accepted is applied all the same."""

    kind: Literal["queued"]

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - as above
        """202 in place of any success."""
        if answer is None or answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            return answer
        return replace(answer, status=HTTPStatus.ACCEPTED, content={"message": "queued"})


class PlainErrorsFault(Fault):
    """Errors as plain strings, as in some old answers."""

    kind: Literal["plain_errors"]

    def replace(self, answer: Answer | None, scene: Scene) -> Answer | None:  # noqa: ARG002 - as above
        """The same answer with sentences for errors."""
        errors = answer.content.get("errors") if answer is not None else None
        if answer is None or not isinstance(errors, list):
            return answer
        sentences = [_sentence(error) for error in errors]
        return replace(answer, content={**answer.content, "errors": sentences})


def _sentence(error: object) -> object:
    """What an error says; those of catalogs say it elsewhere."""
    return error.get("type", error.get("message")) if isinstance(error, dict) else error


Single = (
    StatusFault
    | RateLimitedFault
    | SlowFault
    | DropFault
    | TruncateFault
    | KeyRefusedFault
    | LockedFault
    | QueuedFault
    | PlainErrorsFault
)


def _weather() -> tuple[tuple[int, Single], ...]:
    """What weather is made of, each kind with its weight; ranges of time as their ends."""
    errors: tuple[tuple[int, int], ...] = ((500, 4), (502, 4), (503, 8), (504, 4))
    forms: tuple[RefusalForm, ...] = ("both", "limits", "retry_after", "none")
    return (
        *((weight, StatusFault(kind="status", status=status)) for status, weight in errors),
        (4, StatusFault(kind="status", status=504, when="after")),
        *((4, RateLimitedFault(kind="rate_limited", headers=form)) for form in forms),
        (8, SlowFault(kind="slow", ms=300)),
        (4, SlowFault(kind="slow", ms=2_000)),
        (6, DropFault(kind="drop", when="before")),
        (6, DropFault(kind="drop", when="after")),
        (6, TruncateFault(kind="truncate")),
    )


WEATHER = _weather()
"""Faults that pass: after each of them the same request may be sent again."""


class WeatherFault(Fault):
    """A mix of all that passes, drawn by the seed."""

    kind: Literal["weather"]
    probability: float = Field(ge=0, le=1)

    def draw(self, chance: random.Random) -> Single:
        """What it is this time."""
        weights, faults = zip(*WEATHER, strict=True)
        drawn: Single = chance.choices(faults, weights)[0]
        return drawn


AnyFault = Annotated[Single | WeatherFault, Field(discriminator="kind")]


class Armed:
    """A fault that waits for its requests."""

    def __init__(self, number: int, fault: AnyFault) -> None:
        self.number = number
        self.fault = fault
        self.fired = 0
        self._random = random.Random(fault.seed)  # noqa: S311 - repeatable on purpose

    def meet(self, path: str) -> "Met | None":
        """What this request meets, if it is one of the fault's own; asking counts."""
        if not self._hits(path):
            return None
        fault = self.fault
        single = fault.draw(self._random) if isinstance(fault, WeatherFault) else fault
        return Met(self.number, single)

    def _hits(self, path: str) -> bool:
        fault = self.fault
        if fault.path not in (None, path):
            return False
        if fault.next is not None and self.fired >= fault.next:
            return False
        if fault.probability is not None and self._random.random() >= fault.probability:
            return False
        self.fired += 1
        return True

    def show(self) -> dict[str, object]:
        """The fault as it was given, with its number and how often it has hit."""
        given = self.fault.model_dump(exclude_none=True)
        return {"id": self.number, "fired": self.fired, **given}


class Met(NamedTuple):
    """A fault that a request has met, by the number of what was armed."""

    number: int
    fault: Single


class Faults:
    """All armed faults, in the order given."""

    def __init__(self, faults: Sequence[AnyFault] = ()) -> None:
        self._armed: list[Armed] = []
        self._given = 0
        self.add(faults)

    def __iter__(self) -> Iterator[Armed]:
        return iter(self._armed)

    def add(self, faults: Sequence[AnyFault]) -> None:
        """Arm some more."""
        for fault in faults:
            self._given += 1
            self._armed.append(Armed(self._given, fault))

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def meet(self, path: str) -> list[Met]:
        """The faults that this request meets."""
        return [met for armed in self._armed if (met := armed.meet(path)) is not None]
