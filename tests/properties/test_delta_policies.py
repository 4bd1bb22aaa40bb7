"""What policies hold back, over rounds of random values: an oracle in exact decimals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.delta import (
    DeltaInput,
    DesiredRows,
    FieldPolicy,
    Held,
    MinChange,
    ScopeRule,
    compare,
    why_held_back,
)
from onefold.warehouse import Engine, EngineSettings

ZONE = ZoneInfo("Europe/Paris")
START = datetime(2027, 3, 26, 23, 30, tzinfo=UTC)  # the clocks go forward on the 28th
TYPES = {"BIGINT": pa.int64(), "DECIMAL(9,2)": pa.decimal128(9, 2), "DOUBLE": pa.float64()}
Value = Decimal | None


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        made = Engine(
            EngineSettings(
                spill_folder=Path(folder), memory_limit="300MB", threads=1, timezone=str(ZONE)
            )
        )
        yield made
        made.close()


def oracle(
    policy: FieldPolicy, old: Value, sent: datetime | None, new: Value, now: datetime
) -> Held | None:
    """Say why a change of a known value is held back."""
    if old is None or new is None or old == new:
        return None
    least, interval = policy.min_change, policy.min_interval
    if least is not None and (old > 0) == (new > 0) and (old < 0) == (new < 0):
        bound = least.amount * abs(old) if least.is_share else least.amount
        if abs(new - old) < bound:
            return Held.MIN_CHANGE
    if interval is not None and sent is not None:
        if interval % timedelta(days=1):
            soon = now - sent < interval
        else:
            days = now.astimezone(ZONE).date() - sent.astimezone(ZONE).date()
            soon = days < interval
        if soon:
            return Held.MIN_INTERVAL
    return None


def _relation(
    engine: Engine, name: str, kind: str, rows: Sequence[tuple[str, Value, datetime | None]]
) -> None:
    converted = [
        None if value is None else {"BIGINT": int, "DOUBLE": float}.get(kind, Decimal)(value)
        for _, value, _ in rows
    ]
    engine.register(
        name,
        pa.table(
            {
                "_identifier": [row[0] for row in rows],
                "_person_id": [row[0] for row in rows],
                "_refused": pa.array([None] * len(rows), pa.list_(pa.string())),
                "_unsettled": pa.array([None] * len(rows), pa.list_(pa.string())),
                "_recent": pa.array([None] * len(rows), pa.list_(pa.string())),
                "_in daily": [True] * len(rows),
                "clv": pa.array(converted, TYPES[kind]),
                "_sent_at clv": pa.array([row[2] for row in rows], pa.timestamp("us", tz="UTC")),
            }
        ),
    )


hundredths = st.integers(-30_000, 30_000).map(lambda number: Decimal(number) / 100)
near = st.sampled_from([Decimal(text) for text in ("100", "105", "104.99", "95", "0", "-1", "107")])
policies = st.builds(
    FieldPolicy,
    min_change=st.none()
    | st.builds(
        MinChange,
        amount=st.sampled_from([Decimal("0.05"), Decimal("0.07"), Decimal("0.001"), Decimal(2)]),
        is_share=st.booleans(),
    ),
    min_interval=st.none()
    | st.sampled_from([timedelta(days=1), timedelta(days=7), timedelta(hours=36)]),
)
rounds = st.lists(
    st.tuples(
        st.integers(0, 200).map(lambda hours: timedelta(hours=hours)),
        st.lists(st.none() | near | hundredths, min_size=3, max_size=3),
    ),
    min_size=2,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=policies, kind=st.sampled_from(sorted(TYPES)), wishes=rounds)
def test_what_is_held_back_is_what_the_oracle_holds_back(
    engine: Engine,
    policy: FieldPolicy,
    kind: str,
    wishes: list[tuple[timedelta, list[Value]]],
) -> None:
    people = ["p1", "p2", "p3"]
    known: dict[str, tuple[Value, datetime | None]] = dict.fromkeys(people, (None, None))
    now = START
    for passed, values in wishes:
        now += passed
        wanted = [
            value if value is None or kind != "BIGINT" else Decimal(int(value)) for value in values
        ]
        _relation(engine, "known", kind, [(one, *known[one]) for one in people])
        wishes_now = [(one, value, None) for one, value in zip(people, wanted, strict=True)]
        _relation(engine, "wish", kind, wishes_now)
        found = DeltaInput(
            desired=(DesiredRows(relation="wish", fields=("clv",), flags=("_in daily",)),),
            rules=(ScopeRule(name="daily", flag="_in daily", running=True, fields=("clv",)),),
            acknowledged="known",
            policies={"clv": policy},
            now=now,
        )
        changes = compare(engine, found)
        sent = {row[0] for row in engine.rows('SELECT _identifier FROM "changes"')}
        held: dict[Held, int] = {}
        for person, value in zip(people, wanted, strict=True):
            old, when = known[person]
            reason = oracle(policy, old, when, value, now)
            assert why_held_back(engine, found, changes, person) == (
                {"clv": reason} if reason else {}
            )
            assert (person in sent) == (value is not None and value != old and reason is None)
            if reason:
                held[reason] = held.get(reason, 0) + 1
            if person in sent:
                known[person] = (value, now)
        assert {why: number for (_, why), number in changes.held.items()} == held
