"""`workflows/*.yaml`: the stages that run together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, get_args

from pydantic import Field

from onefold.errors import ProjectError
from onefold.project.kinds.base import Definition
from onefold.project.kinds.schedules import CronSchedule

__all__ = ["STAGES", "Stage", "Workflow"]

Stage = Literal["ingest", "stitch", "tables"]
STAGES: tuple[Stage, ...] = get_args(Stage)


class Workflow(Definition):
    """A file of `workflows`. What is active and follows it runs after its stages."""

    what: ClassVar = "a workflow"

    run: tuple[Stage, ...] = Field(
        default=STAGES, min_length=1, description="The stages: ingest, stitch, tables."
    )
    schedule: CronSchedule | None = Field(
        default=None, description="When it runs; by hand when absent."
    )

    def problems(self) -> Iterator[ProjectError]:
        """Refuse stages in another order than the rows walk."""
        if list(self.run) != [stage for stage in STAGES if stage in self.run]:
            yield ProjectError(
                "stages run in one order, each once",
                hint=f"write run: [{', '.join(s for s in STAGES if s in self.run)}]",
                where=self.place(("run",)),
            )
