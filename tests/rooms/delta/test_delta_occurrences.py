"""Golden cases of events and purchases, and an oracle in plain Python.

`happened.csv` is what the tables hold, `known.csv` what Braze was sent before, and `result.csv`,
written by hand, says of each purchase whether it is sent (`send`) or why not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from onefold.delta import NotSent, OccurrenceInput, find_unsent
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "occurrences"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.yaml"))
TEXT, TEXTS, FLAG = pa.string(), pa.list_(pa.string()), pa.bool_()
INSTANT = pa.timestamp("us", tz="UTC")
OCCURRENCES = pa.schema(
    [
        ("_identifier", TEXT),
        ("row", TEXT),
        ("user", TEXT),
        ("time", INSTANT),
        ("hash", TEXT),
        ("_since", INSTANT),
        ("_resend", FLAG),
    ]
)
KNOWN = pa.schema([("_identifier", TEXT), ("row", TEXT), ("hash", TEXT), ("_unsettled", TEXTS)])
REFUSED = pa.schema([("_identifier", TEXT), ("user", TEXT), ("hash", TEXT)])
PEOPLE = pa.schema([("_identifier", TEXT)])
Record = dict[str, Any]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    made = Engine(EngineSettings(spill_folder=folder, memory_limit="300MB", threads=1))
    yield made
    made.close()


def load(engine: Engine, name: str, rows: list[Record], schema: pa.Schema) -> str | None:
    engine.register("arriving", pa.Table.from_pylist(rows, schema=schema))
    engine.table(name, "FROM arriving")
    engine.unregister("arriving")
    return name if rows else None


def outcome(
    engine: Engine,
    *,
    as_of: datetime,
    happened: list[Record],
    known: list[Record],
    refused: list[Record],
    waiting: list[Record],
) -> dict[str, str]:
    """Give what becomes of each event, and check that the counts say the same."""
    load(engine, "occurrences", happened, OCCURRENCES)
    unsent = find_unsent(
        engine,
        OccurrenceInput(
            occurrences="occurrences",
            as_of=as_of,
            acknowledged=load(engine, "known", known, KNOWN),
            quarantined=load(engine, "refused", refused, REFUSED),
            waiting=load(engine, "waiting", waiting, PEOPLE),
        ),
    )
    sent = engine.rows(f"SELECT _identifier, 'send' FROM {unsent.relation}")
    held = engine.rows(f"SELECT _identifier, _held FROM {unsent.held}")
    assert unsent.rows == len(sent)
    reasons = [reason for _, reason in held]
    assert unsent.reasons == {reason: reasons.count(reason) for reason in set(reasons)}
    assert len(sent) + len(held) == len(happened)
    return dict(sent + held)


def read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("case", CASES)
def test_golden(engine: Engine, case: str) -> None:
    folder = GOLDEN / case
    rules = YAML(typ="safe").load((folder / "case.yaml").read_text("utf-8"))
    as_of = rules["as_of"].replace(tzinfo=UTC)
    orchestration = {
        "_since": as_of - timedelta(days=int(rules["window"].removesuffix("d"))),
        "_resend": rules["on_unsettled"] == "resend",
    }
    happened = [
        {
            "_identifier": row["purchase"],
            "row": row["order line"],
            "user": row["customer"],
            "time": datetime.fromisoformat(row["time"]),
            "hash": row["says"],
        }
        | orchestration
        for row in read(folder / "happened.csv")
    ]
    known = [
        {
            "_identifier": row["purchase"],
            "row": row["order line"],
            "hash": row["says"],
            "_unsettled": ["time"] if row["unsettled"] else None,
        }
        for row in read(folder / "known.csv")
    ]
    refused = [
        {"_identifier": row["purchase"], "user": row["customer"], "hash": row["says"]}
        for row in read(folder / "refused.csv")
    ]
    waiting = [{"_identifier": row["customer"]} for row in read(folder / "waiting.csv")]
    found = outcome(
        engine, as_of=as_of, happened=happened, known=known, refused=refused, waiting=waiting
    )
    assert found == {row["purchase"]: row["result"] for row in read(folder / "result.csv")}


def test_there_are_cases() -> None:
    assert len(CASES) >= 8
    shown = {row["result"] for case in CASES for row in read(GOLDEN / case / "result.csv")}
    assert shown == {"send", *NotSent}


NOW = datetime(2026, 6, 30, tzinfo=UTC)
ids = st.sampled_from(["a", "b", "b-2", "c"])
says = st.sampled_from(["x", "y"])
people = st.sampled_from(["anna", "ben"])
times = st.integers(-4, 1).map(lambda days: NOW + timedelta(days=days))


def occurrence(name: str) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries(
        {
            "_identifier": st.just(name),
            "row": st.just(name[0]),
            "user": people,
            "time": times,
            "hash": says,
            "_since": st.sampled_from([NOW - timedelta(days=2), NOW - timedelta(days=3)]),
            "_resend": st.booleans(),
        }
    )


def knowledge(name: str, said: str) -> st.SearchStrategy[Record]:
    unsettled = st.sampled_from([None, ["hash"]])
    return unsettled.map(
        lambda lost: {"_identifier": name, "row": name[0], "hash": said, "_unsettled": lost}
    )


happenings = st.sets(ids).flatmap(lambda names: st.tuples(*map(occurrence, sorted(names))))
# All objects of a row were sent as the row said then.
knowledges = st.tuples(st.sets(ids), says).flatmap(
    lambda drawn: st.tuples(*(knowledge(name, drawn[1]) for name in sorted(drawn[0])))
)
refusals = st.lists(
    st.fixed_dictionaries({"_identifier": ids, "user": people, "hash": says}), max_size=3
)


def judged(one: Record, known: list[Record], refused: list[Record], waiting: set[str]) -> str:
    """The oracle: the rules as a person would tell them; the first that holds."""
    own = [other for other in known if other["_identifier"] == one["_identifier"]]
    said = [other["hash"] for other in known if other["row"] == one["row"]]
    nobody_knows = any(other["_unsettled"] for other in own)
    rules = {
        "unsettled": nobody_knows and not one["_resend"],
        "changed": bool(said) and one["hash"] not in said,
        "sent": bool(own) and not nobody_knows,
        "too_old": one["time"] < one["_since"],
        "not_yet_due": one["time"] > NOW,
        "quarantined": {key: one[key] for key in ("_identifier", "user", "hash")} in refused,
        "waiting": one["user"] in waiting,
        "send": True,
    }
    return next(rule for rule, holds in rules.items() if holds)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happened=happenings, known=knowledges, refused=refusals, waiting=st.sets(people))
def test_as_the_oracle_says(
    engine: Engine,
    happened: tuple[Record, ...],
    known: tuple[Record, ...],
    refused: list[Record],
    waiting: set[str],
) -> None:
    found = outcome(
        engine,
        as_of=NOW,
        happened=list(happened),
        known=list(known),
        refused=refused,
        waiting=[{"_identifier": name} for name in sorted(waiting)],
    )
    assert found == {
        one["_identifier"]: judged(one, list(known), refused, waiting) for one in happened
    }
