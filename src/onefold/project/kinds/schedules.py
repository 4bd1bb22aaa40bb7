"""When something runs."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from onefold.project.kinds.base import Part
from onefold.project.values import wrong

__all__ = ["AfterWorkflow", "CronSchedule", "FollowingSchedule"]

_CRON = re.compile(r"[0-9A-Za-z*,/#?-]+(\s+[0-9A-Za-z*,/#?-]+){4}")


def _cron(text: str) -> str:
    if not _CRON.fullmatch(text.strip()):
        raise wrong(
            f"`{text}` is not a cron line",
            'write minute, hour, day, month and weekday in quotes, such as "0 4 * * *"',
        )
    return text.strip()


def _none(value: object) -> object:
    """Read `schedule: none` as no schedule: run by hand."""
    if isinstance(value, str) and value != "none":
        raise wrong(f"`{value}` is not a schedule", "write {after: daily}, or none")
    return None if value == "none" else value


class AfterWorkflow(Part):
    """Runs whenever a workflow has run."""

    what: ClassVar = "a schedule"

    after: str = Field(description="The workflow that it follows.")


class CronSchedule(Part):
    """Runs at times of the clock, in the project's zone."""

    what: ClassVar = "the schedule of a workflow"

    cron: Annotated[str, AfterValidator(_cron)] = Field(
        description="Minute, hour, day, month and weekday."
    )
    missed: Literal["skip", "once", "all"] = Field(
        default="once", description="What becomes of runs that were missed."
    )


FollowingSchedule = Annotated[
    AfterWorkflow | None, BeforeValidator(_none, AfterWorkflow | Literal["none"] | None)
]
