"""Reading back: what the destination holds of a sample of people, against the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from onefold.delta import Drift, find_drift
from onefold.destinations import Destination, ReadsBack, Sender
from onefold.model import Column
from onefold.run.context import Walk
from onefold.warehouse import column, literal, relation

__all__ = ["Sample", "read_back"]

REQUESTS_TOGETHER = 200  # whose answers are in memory at once; some 20 MB


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Whom to ask for.

    Attributes:
        requests: the most requests.
        seed: which people; another seed, other people.
    """

    requests: int
    seed: int


async def read_back(
    walk: Walk,
    destination: Destination,
    reader: ReadsBack,
    acknowledged: str,
    fields: Sequence[Column],
    sample: Sample,
) -> Drift:
    """Look a sample of people up and compare what is there with what was acknowledged.

    Args:
        walk: the walk.
        destination: opens the connections.
        reader: the same, as what asks and reads.
        acknowledged: the ledger's state.
        fields: what to compare; see `ReadsBack.readable`.
        sample: whom to ask for.
    """
    groups = _groups(walk, acknowledged, sample, reader.most_looked_up)
    held: list[str] = []
    with walk.steps.step("destinations", "read back", total=sum(map(len, groups))) as step:
        async with destination.sender(
            clock=walk.clock, seed=sample.seed, turns=walk.store.turns
        ) as sender:
            for first in range(0, len(groups), REQUESTS_TOGETHER):
                together = groups[first : first + REQUESTS_TOGETHER]
                bodies = await asyncio.gather(*(_ask(sender, reader, one) for one in together))
                held.append(_read(walk, reader, together, bodies, fields, number=len(held)))
                step.advanced(sum(map(len, together)))
        step.rows_in = step.rows_out = sum(map(len, groups))
        step.rejected = 0
    walk.engine.view("_held", _stacked(held, fields))
    return find_drift(walk.engine, acknowledged, "_held", [field.name for field in fields])


def _groups(walk: Walk, acknowledged: str, sample: Sample, size: int) -> list[list[str]]:
    """Pick people by chance that the seed repeats, as many as the requests can ask for."""
    chance = exp.func("hash", column("_identifier"), literal(sample.seed))
    alive = exp.func("coalesce", column("_person_id"), literal("?"))
    picked = (
        exp.select(column("_identifier"))
        .from_(relation(acknowledged))
        .where(exp.NEQ(this=alive, expression=literal("")))  # '' stands for nobody's any more
        .order_by(chance)
        .limit(sample.requests * size)
    )
    found = [row[0] for row in walk.engine.rows(picked)]
    return [found[first : first + size] for first in range(0, len(found), size)]


async def _ask(sender: Sender, reader: ReadsBack, identifiers: Sequence[str]) -> bytes:
    answer = await sender.send(reader.look_up(identifiers))
    return answer.content


def _read(
    walk: Walk,
    reader: ReadsBack,
    groups: Sequence[Sequence[str]],
    bodies: Sequence[bytes],
    fields: Sequence[Column],
    *,
    number: int,
) -> str:
    """Read answers into a table, and give its name."""
    answers, result = "_answers", f"_held_{number}"
    texts = pa.array([body.decode() for body in bodies], pa.string())
    walk.engine.register(answers, pa.table({"asked": list(groups), "body": texts}))
    reader.read_back(walk.engine, answers, fields, result=result)
    walk.engine.unregister(answers)
    return result


def _stacked(names: Sequence[str], fields: Sequence[Column]) -> exp.Query:
    if not names:
        texts = exp.DataType.build("VARCHAR[]", dialect="duckdb")
        nothing = {"_identifier": "VARCHAR", "_found": "BOOLEAN"} | {
            field.name: field.engine_type for field in fields
        }
        return exp.select(
            *(
                exp.cast(exp.null(), type_, dialect="duckdb").as_(name, quoted=True)
                for name, type_ in nothing.items()
            ),
            exp.cast(exp.null(), texts).as_("_unreadable"),
        ).where(exp.false())
    parts = [exp.select("*").from_(relation(name)) for name in names]
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
