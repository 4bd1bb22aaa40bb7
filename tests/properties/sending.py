"""A workspace that is sent to again and again: real files, store, engine and sandbox, quickly.

Everything after the tables is as in a run: guards, comparison, outbox, sending, settling. The
tables themselves are written by hand, for landing and stitching have tests of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from onefold.app.adapters import ProjectAdapters
from onefold.destinations import VirtualClock
from onefold.errors import SendError
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import IdentifierKind, ObjectKind, TableName
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
    "tables/orders.sql": "SELECT 1 AS external_id",  # the same
    "orchestrations/orders_placed.yaml": """status: active
from: orders
to: braze
as: events
event_key: [order_id]
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
ORDER_COLUMNS = {
    "external_id": pa.string(),
    "name": pa.string(),
    "order_id": pa.string(),
    "time": pa.timestamp("us", "UTC"),
}
ORDERED_AT = instant(VirtualClock()) - timedelta(days=1)
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

    def send(self, people: Mapping[str, Person], orders: Mapping[str, str]) -> bool:
        """Send what changed; give whether everything was settled, as far as anybody knows.

        Args:
            people: who is wanted, and how.
            orders: what was ordered, by whom; an event of a name of its own each.
        """
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
        rows = [{"person_id": who, "external_id": who, **person} for who, person in people.items()]
        placed = [
            {"external_id": who, "name": order, "order_id": order, "time": ORDERED_AT}
            for order, who in orders.items()
        ]
        for name, given, columns in (
            ("people", rows, COLUMNS),
            ("orders", placed, ORDER_COLUMNS),
        ):
            engine.register("given", pa.Table.from_pylist(given, schema=pa.schema(columns)))
            tables.bind(tables.write(TableName("main", name), "SELECT * FROM given"))
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

    def known_events(self, *, but_of: str) -> tuple[int, int]:
        """Count the events that arrived, as far as the ledger knows, and those nobody knows of.

        Args:
            but_of: whose events are not counted.
        """
        engine = Engine(EngineSettings(spill_folder=self.spill, threads=1))
        tables = Tables(engine, self.store.folder, {})
        (file,) = self.project.workspaces.values()
        key = LedgerKey(
            workspace=file.workspace,
            identifier=IdentifierKind.EXTERNAL_ID,
            object=str(ObjectKind.EVENTS),
            endpoint=str(file.rest_endpoint),
        )
        state = Ledger(self.store, tables, key, LedgerSettings()).state(now=instant(self.clock))
        known, unknown = 0, 0
        if state is not None:
            counts = "count(*) FILTER (WHERE {} (_unsettled IS NULL))".format
            known, unknown = engine.row(
                f"SELECT {counts('')}, {counts('NOT')} FROM {state} WHERE \"user\" <> '{but_of}'"
            )
        engine.close()
        return known, unknown

    def close(self) -> None:
        self.store.close()
