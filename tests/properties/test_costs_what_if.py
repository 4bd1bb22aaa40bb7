"""What a policy would have saved: the same history, sent again by an oracle in plain Python."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from onefold.app.what_if import what_if
from onefold.delta import FieldPolicy, MinChange
from onefold.destinations import Rounding
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import ChunkState, IdentifierKind
from onefold.store import Part, Receipt, Store
from onefold.warehouse import Engine, EngineSettings, Tables

START = datetime(2027, 1, 1, 4, tzinfo=UTC)
KEY = LedgerKey(
    workspace="shop", identifier=IdentifierKind.EXTERNAL_ID, object="attributes", endpoint="x"
)
Value = Decimal | None
Day = dict[str, Value]  # what was sent to whom; a clear is None


@contextmanager
def opened(days: Sequence[Day]) -> Iterator[tuple[Store, Tables]]:
    """Send what each day holds, and have it acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        spill = Path(folder) / "spill"
        engine = Engine(EngineSettings(spill_folder=spill, memory_limit="300MB", threads=1))
        tables = Tables(engine, store.folder, {})
        for number, day in enumerate(days):
            if day:
                _send(store, tables, day, START + timedelta(days=number))
        yield store, tables
        engine.close()
        store.close()


def _send(store: Store, tables: Tables, day: Day, now: datetime) -> None:
    rows = [
        f"SELECT '{person}' AS _identifier, ['clv'] AS _changed, [1] AS _costs, 1 AS _points, "
        f"CAST({'NULL' if value is None else value} AS DECIMAL(9,2)) AS clv, "
        f"0::BIGINT AS _chunk, {at}::INTEGER AS _position"
        for at, (person, value) in enumerate(day.items())
    ]
    tables.engine.table("cut", " UNION ALL ".join(rows))
    ledger = Ledger(store, tables, KEY, LedgerSettings())
    intent = ledger.intend("cut", run_id="r", now=now, price={}, scopes={})
    with store.begin() as tx:
        store.outbox.mark_sent(tx, intent.change_set.id, [Part(0)], now=now)
        receipt = Receipt(part=Part(0), state=ChunkState.ACKNOWLEDGED, sent_at=now)
        store.outbox.settle(tx, intent.change_set.id, [receipt])
    ledger.close()


def oracle(
    days: Sequence[Day], unit: Decimal | None, policy: FieldPolicy, since: date
) -> tuple[int, int, int]:
    """Give what it cost, what it would have cost, and how many would wait."""
    held: dict[str, tuple[Value, datetime]] = {}
    wanted: dict[str, Value] = {}
    cost = would = 0
    for number, day in enumerate(days):
        now = START + timedelta(days=number)
        for person, raw in day.items():
            value = raw
            if raw is not None and unit is not None:
                value = (raw / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit
            counts = now.date() >= since
            cost += counts
            wanted[person] = value
            if person in held:
                old, before = held[person]
                if old == value or _held_back(policy, old, value, now - before):
                    continue
            held[person] = (value, now)
            would += counts
    return cost, would, sum(held[person][0] != value for person, value in wanted.items())


def _held_back(policy: FieldPolicy, old: Value, new: Value, passed: timedelta) -> bool:
    if old is None or new is None:
        return False
    least = policy.min_change
    if least is not None and (old > 0, old < 0) == (new > 0, new < 0):
        bound = least.amount * abs(old) if least.is_share else least.amount
        if abs(new - old) < bound:
            return True
    return policy.min_interval is not None and passed < policy.min_interval


values = st.none() | st.integers(-500, 3_000).map(lambda cents: Decimal(cents) / 100)
histories = st.lists(
    st.dictionaries(st.sampled_from(["ann", "ben", "cat"]), values, max_size=3),
    min_size=1,
    max_size=7,
)


@settings(max_examples=12, deadline=None)
@given(
    days=histories.filter(any),
    unit=st.none() | st.sampled_from([Decimal(5), Decimal("0.5")]),
    change=st.none() | st.just(MinChange(amount=Decimal("0.2"), is_share=True)),
    interval=st.none() | st.just(timedelta(days=2)),
    from_day=st.integers(0, 3),
)
def test_the_history_sent_again_is_what_the_oracle_sends(
    days: list[Day],
    unit: Decimal | None,
    change: MinChange | None,
    interval: timedelta | None,
    from_day: int,
) -> None:
    policy = FieldPolicy(min_change=change, min_interval=interval)
    since = (START + timedelta(days=from_day)).date()
    with opened(days) as (store, tables):
        (ledger,) = store.outbox.ledgers()
        found = what_if(
            store,
            tables,
            ledger,
            "clv",
            shape=None if unit is None else Rounding(unit),
            policy=policy,
            since=since,
            told="",
        )
    told = (found.data_points, found.would_cost, found.waiting)
    assert told == oracle(days, unit, policy, since)
