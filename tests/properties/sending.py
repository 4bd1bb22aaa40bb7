"""A workspace that is sent to again and again: real files, store, engine and sandbox, quickly.

Everything after the tables is as in a run: guards, comparison, outbox, sending, settling. The
tables themselves are written by hand, for landing and stitching have tests of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from onefold.app.adapters import ProjectAdapters
from onefold.destinations import VirtualClock
from onefold.errors import SendError
from onefold.model import TableName
from onefold.project import Project, load_project
from onefold.run import STAGES, RunOptions, Silent, Steps, Walk, instant, open_run, walk_through
from onefold.store import Store
from onefold.warehouse import Engine, EngineSettings, Tables

FILES = {
    "onefold.yaml": "name: shop\ntimezone: UTC\nenvironments:\n  dev: {store: .onefold}\n",
    "tables/people.sql": "SELECT 1 AS person_id",  # never built: the tests write the table
    "destinations/braze.yaml": """\
type: braze
rest_endpoint: {endpoint}
credential: braze_key
workspace: shop
settle: 5m
from: people
attributes:
  first_name:
  email:
  points:
  Loyalty Tier: {{from: tier}}
""",
    "orchestrations/everybody.yaml": """\
status: active
from: people
to: braze
on_null: clear
on_leave: clear
""",
}
COLUMNS = {
    "person_id": pa.string(),
    "external_id": pa.string(),
    "first_name": pa.string(),
    "email": pa.string(),
    "points": pa.int64(),
    "tier": pa.string(),
}
RUNS = count()

Person = Mapping[str, Any]


@dataclass
class Workspace:
    """A project with one destination, and the time."""

    project: Project
    store: Store
    spill: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    planned_points: int = 0

    @classmethod
    def made(cls, folder: Path, endpoint: str) -> Workspace:
        """Write the project into an empty folder."""
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            written = text.format(endpoint=endpoint) if "{endpoint}" in text else text
            path.write_text(written, encoding="utf-8")
        project = load_project(folder, environ={})
        return cls(project, Store(folder / "store"), folder / "spill")

    def wait(self, minutes: int) -> None:
        """Let time pass for onefold; who lets it pass for Braze, too, waits for the sandbox."""
        self.clock = VirtualClock(self.clock.now() + 60 * minutes)

    def send(self, people: Mapping[str, Person]) -> bool:
        """Send what changed; give whether everything was settled, as far as anybody knows."""
        now = instant(self.clock)
        run = open_run(
            self.store,
            as_of=now,
            now=now,
            randomness=next(RUNS).to_bytes(10),
            definitions_hash=str(next(RUNS)),  # never resumed: every run is its own
            inputs="",
            options=RunOptions(),
        ).run
        engine = Engine(EngineSettings(spill_folder=self.spill, memory_limit="300MB", threads=1))
        steps = Steps(run.id, lambda: instant(self.clock), Silent(), self.store)
        tables = Tables(engine, self.store.folder, {})
        tables.bind(tables.write(TableName("main", "people"), self._rows(engine, people)))
        environ = {"ONEFOLD_CREDENTIAL_BRAZE_KEY": "sandbox-key"}
        walk = Walk(
            project=self.project,
            store=self.store,
            engine=engine,
            tables=tables,
            clock=self.clock,
            adapters=ProjectAdapters(self.project, environ),
            options=RunOptions(allow_clears=True),
            steps=steps,
            run_id=run.id,
            as_of=now,
        )
        try:
            walk_through(walk, {}, STAGES[-1:])
        except SendError:
            return False
        finally:
            engine.close()
            sent = [step.result or {} for step in steps.finished if step.stage == "destinations"]
            self.planned_points += sum(result.get("data_points", 0) for result in sent)
        return True

    def close(self) -> None:
        self.store.close()

    def _rows(self, engine: Engine, people: Mapping[str, Person]) -> str:
        rows = [{"person_id": who, "external_id": who, **person} for who, person in people.items()]
        engine.register("given", pa.Table.from_pylist(rows, schema=pa.schema(COLUMNS)))
        engine.table("people_given", "SELECT * FROM given")
        return "SELECT * FROM people_given"
