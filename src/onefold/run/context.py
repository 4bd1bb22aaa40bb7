"""What every stage is handed: the project, the store, the engine, and what came before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from onefold.c360 import Model
from onefold.destinations import Clock, Destination
from onefold.model import Column, RecordShape, TableName, TableVersion
from onefold.project import Destination as DestinationFile
from onefold.project import Project
from onefold.run.config import RunOptions
from onefold.run.sending import instant
from onefold.run.steps import Step, Steps
from onefold.segments import TableShape
from onefold.store import LoadRecord, Store
from onefold.warehouse import Engine, Tables, Value

__all__ = ["Adapters", "Walk"]


class Adapters(Protocol):
    """The choices that only `app` makes."""

    def endpoint(self, destination: DestinationFile) -> str:
        """Give the address that a destination file means.

        Raises:
            LiveEndpointRefused: the environment is not live, and the address is not local.
        """

    def is_local(self, destination: DestinationFile) -> bool:
        """Tell whether the destination runs on this machine: a sandbox, so guards are lifted."""

    def destination(self, destination: DestinationFile) -> Destination:
        """Open a destination; no connection is made yet."""


@dataclass(kw_only=True)
class Walk:
    """One walk through the house, by a run or by a plan.

    Attributes:
        project: the definitions.
        store: where everything is kept.
        engine: where everything is computed.
        tables: the tables that this walk sees.
        clock: the time.
        adapters: what `app` chose.
        options: what was asked.
        steps: what is done.
        run_id: whose walk this is; a plan has one of its own.
        as_of: the one instant that the walk means by now.
        stopping: tells that the user asked to stop.
        still_ours: raises when the lease was lost.
        models: the customer 360's models, in order, once `models_of` has made them.
        catalogue: the tables that rules may read.
    """

    project: Project
    store: Store
    engine: Engine
    tables: Tables
    clock: Clock
    adapters: Adapters
    options: RunOptions
    steps: Steps
    run_id: str
    as_of: datetime
    stopping: Callable[[], bool] = lambda: False
    still_ours: Callable[[], None] = lambda: None
    models: tuple[Model, ...] = ()
    catalogue: dict[str, TableShape] = field(default_factory=dict)

    @property
    def shapes(self) -> tuple[RecordShape, ...]:
        """The landed tables as rooms see them."""
        return tuple(source.shape() for source in self.project.sources.values())

    @property
    def variables(self) -> Mapping[str, Value]:
        """The project's variables, for its SQL."""
        return self.project.settings.vars

    def keep(
        self, step: Step, versions: Sequence[TableVersion], loads: Sequence[LoadRecord] = ()
    ) -> None:
        """Make versions the run's own, readable from here on, and record the step: one commit."""
        with self.store.begin() as tx:
            for version in versions:
                self.store.catalogue.add_version(
                    tx, version, run_id=self.run_id, created_at=self.now()
                )
                self.store.catalogue.build(tx, version, run_id=self.run_id)
            self.store.loads.record(tx, loads)
            self.steps.record(tx, step)
        for version in versions:
            self.tables.bind(version)

    def publish_now(self, versions: Sequence[TableVersion]) -> None:
        """Make versions readable for everybody at once, beside the tables that are current.

        For what people need when a run fails: the rejected rows. They belong to no person.
        """
        current = self.store.catalogue.current()
        tables = dict(current.tables) if current else {}
        tables |= {version.table: version for version in versions}
        with self.store.begin() as tx:
            for version in versions:
                self.store.catalogue.add_version(
                    tx, version, run_id=self.run_id, created_at=self.now()
                )
            self.store.catalogue.publish(
                tx,
                uuid4().hex,
                tables,
                run_id=self.run_id,
                created_at=self.now(),
                as_of=current.as_of if current else self.as_of,
            )

    def now(self) -> datetime:
        """Give the time now."""
        return instant(self.clock)

    def columns(self, relation: str) -> tuple[Column, ...]:
        """Give a relation's columns."""
        return self.engine.relation_columns(relation)

    def columns_of(self, table: TableName) -> list[str]:
        """Give the names of a table's columns."""
        return [column.name for column in self.columns(str(table))]
