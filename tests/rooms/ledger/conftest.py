"""A ledger over a real store and engine, and short ways to fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from onefold.ledger import Intent, Ledger, LedgerKey, LedgerSettings
from onefold.model import ChunkState, IdentifierKind, RowRefusal
from onefold.store import Part, Receipt, Store
from onefold.warehouse import Engine, EngineSettings, Tables, call, literal

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
KEY = LedgerKey(
    workspace="shop",
    identifier=IdentifierKind.EXTERNAL_ID,
    object="attributes",
    endpoint="https://rest.here",
)


@dataclass
class Shop:
    """A ledger with its store and engine, and the time."""

    store: Store
    engine: Engine
    tables: Tables
    settings: LedgerSettings = field(default_factory=LedgerSettings)
    now: datetime = NOW

    def ledger(self, **key: str) -> Ledger:
        """Open the ledger as a new process would: nothing is remembered but what is stored."""
        values = {name: getattr(KEY, name) for name in ("workspace", "object", "endpoint")} | key
        return Ledger(
            self.store,
            self.tables,
            LedgerKey(identifier=KEY.identifier, **values),
            self.settings,
        )

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def changes(self, rows: Sequence[str]) -> str:
        """Make a relation of changes from SELECTs, a chunk of two rows each."""
        picked = [
            f"SELECT *, {number // 2}::BIGINT AS _chunk, {number % 2}::INTEGER AS _position"
            f" FROM ({row})"
            for number, row in enumerate(rows)
        ]
        self.engine.table("cut", " UNION ALL BY NAME ".join(picked))
        return "cut"

    def intend(self, *rows: str, scopes: Mapping[str, Sequence[str]] | None = None) -> Intent:
        """Record a change set of rows."""
        selected = {
            name: (self._people(people), ("tier",)) for name, people in (scopes or {}).items()
        }
        return self.ledger().intend(
            self.changes(rows), run_id="r", now=self.now, price={"requests": 1}, scopes=selected
        )

    def answer(
        self, intent: Intent, chunk: int, state: ChunkState, *, refused: Sequence[int] = ()
    ) -> None:
        """Send a chunk now, and settle it unless it stays without an answer."""
        refusals = tuple(RowRefusal(position=row, reason="not valid") for row in refused)
        with self.store.begin() as tx:
            outbox, name = self.store.outbox, intent.change_set.id
            outbox.mark_sent(tx, name, [Part(chunk)], now=self.now)
            if state is not ChunkState.SENT:
                receipt = Receipt(
                    part=Part(chunk), state=state, sent_at=self.now, refusals=refusals
                )
                outbox.settle(tx, name, [receipt])

    def deliver(self, *rows: str) -> Intent:
        """Send a change set and have all of it acknowledged."""
        intent = self.intend(*rows)
        for chunk in range(intent.change_set.chunks):
            self.answer(intent, chunk, ChunkState.ACKNOWLEDGED)
        self.ledger().close()
        return intent

    def fold(self) -> bool:
        """Compact the ledger."""
        return self.ledger().fold(run_id="r", now=self.now)

    def hold(self, *formerly: str, **people: Sequence[str]) -> None:
        """Say whom orchestrations hold."""
        scopes = {name: (self._people(held), ("tier",)) for name, held in people.items()}
        self.ledger().hold(scopes, formerly=formerly, run_id="r", now=self.now)

    def state(self) -> list[dict[str, Any]]:
        """Read the acknowledged state, people in order."""
        name = self.ledger().state(now=self.now)
        return [] if name is None else self._read(name)

    def quarantined(self) -> list[dict[str, Any]]:
        """Read what is quarantined, people in order."""
        name = self.ledger().quarantined()
        return [] if name is None else self._read(name)

    def scopes(self) -> dict[str, list[str]]:
        """Read whom each orchestration holds."""
        return {
            name: sorted(row[0] for row in self.engine.rows(f'SELECT _identifier FROM "{view}"'))
            for name, (view, _) in self.ledger().scopes().items()
        }

    def _read(self, name: str) -> list[dict[str, Any]]:
        rows = self.engine.arrow(f'SELECT * FROM "{name}" ORDER BY _identifier').read_all()
        found: list[dict[str, Any]] = rows.to_pylist()
        return found

    def _people(self, people: Sequence[str]) -> exp.Expr:
        texts = exp.DataType.build("VARCHAR[]", dialect="duckdb")
        values = exp.cast(exp.array(*(literal(person) for person in people)), texts)
        return exp.select(call("unnest", values).as_("_identifier"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    store = Store(tmp_path / "store")
    engine = Engine(
        EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1)
    )
    yield Shop(store=store, engine=engine, tables=Tables(engine, store.folder, {}))
    engine.close()
    store.close()


@pytest.fixture
def set_cell() -> Callable[..., str]:
    """Write a row of changes: who, and each changed field with its SQL value."""

    def row(person: str, **values: str) -> str:
        named = "".join(f', {value} AS "{name}"' for name, value in values.items())
        changed = ", ".join(f"'{name}'" for name in values)
        return f"SELECT '{person}' AS _identifier, [{changed}] AS _changed{named}"

    return row
