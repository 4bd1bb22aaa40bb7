"""The walk: the rooms in order. Nothing else explains a run as well as `STAGES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from onefold.errors import Interrupted
from onefold.model import TableName, TableVersion
from onefold.run.activating import activate
from onefold.run.building import bind_models, build_tables
from onefold.run.context import Walk
from onefold.run.landing import Listed, land_sources
from onefold.run.resolving import OUTPUTS, bind_people, resolve

__all__ = ["STAGES", "Stage", "walk_through"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a run.

    Attributes:
        name: the word that workflows use for it.
        do: does it.
        bind: for a run that leaves it out: makes what an earlier run built readable.
    """

    name: str
    do: Callable[[Walk, Listed], None]
    bind: Callable[[Walk], None] = lambda _walk: None

    @property
    def only_reading(self) -> Stage:
        """The same stage, left out: it reads what an earlier run built."""
        return replace(self, do=lambda walk, _: self.bind(walk))


def _publish(walk: Walk, _listed: Listed) -> None:
    """Flip: what the run built becomes what everybody reads, in one commit."""
    if walk.steps.done("snapshot", "publish") is not None:
        return
    with walk.steps.step("snapshot", "publish") as step, walk.store.begin() as tx:
        walk.store.catalogue.publish(
            tx,
            uuid4().hex,
            _kept(walk),
            run_id=walk.run_id,
            created_at=walk.now(),
            as_of=walk.as_of,
        )
        walk.store.loads.make_effective(tx, walk.run_id)
        walk.steps.record(tx, step)


def _kept(walk: Walk) -> dict[TableName, TableVersion]:
    """Give the tables of the new snapshot: a table that the project no longer has is let go."""
    sources = walk.project.sources
    models = {model.name for model in walk.models}
    kept = {"landed": sources, "rejects": sources, "main": models, "stitch": OUTPUTS}
    return {
        name: version
        for name, version in walk.tables.bound.items()
        if name.name in kept.get(name.schema, ())
    }


STAGES = (
    Stage("ingest", land_sources),
    Stage("stitch", lambda walk, _: resolve(walk), bind_people),
    Stage("tables", lambda walk, _: build_tables(walk), bind_models),
    Stage("publish", _publish),
    Stage("send", lambda walk, _: activate(walk)),
)


def walk_through(walk: Walk, listed: Listed, stages: tuple[Stage, ...] = STAGES) -> None:
    """Do the stages one after the other, and stop between them when asked to.

    Raises:
        Interrupted: the user asked to stop.
    """
    for stage in stages:
        if walk.stopping():
            raise Interrupted(
                f"stopped before {stage.name}, as asked; everything done so far is kept",
                hint="`onefold run` goes on from here",
            )
        stage.do(walk, listed)
