from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from onefold.destinations import Dummy, DummySettings, Request, Retrying, Undelivered, VirtualClock
from onefold.errors import Final

BODY = b'{"rows":[{"id":"ada","n":1},{"id":"bea","n":2,"t":"x"}]}'


async def send(dummy: Dummy, *bodies: bytes, seed: int = 1) -> list[object]:
    async with dummy.sender(clock=VirtualClock(), seed=seed) as sender:
        return list(
            await asyncio.gather(
                *(sender.send(Request(path="/", body=body, arrays={"rows": 2})) for body in bodies),
                return_exceptions=True,
            )
        )


async def test_a_file_remembers(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    await send(Dummy(DummySettings(file=file)), BODY)
    await send(Dummy(DummySettings(file=file)), b'{"rows":[{"id":"bea","t":null,"n":3}]}')
    expected = {"ada": {"n": 1}, "bea": {"n": 3}}
    assert Dummy(DummySettings(file=file)).people == expected
    assert len(file.read_bytes().splitlines()) == 3


async def test_faults_come_by_seed() -> None:
    settings = DummySettings(
        fail_prob=0.1, retry_prob=0.3, drop_prob=0.2, refuse_prob=0.2, retrying=Retrying(tries=2)
    )
    outcomes = [
        [repr(outcome) for outcome in await send(Dummy(settings), *[BODY] * 60, seed=seed)]
        for seed in (3, 3, 4)
    ]
    assert outcomes[0] == outcomes[1] != outcomes[2]
    kinds = {outcome.split("(")[0] for outcome in outcomes[0]}
    assert kinds == {"Answer", "Final", "Undelivered"}


@pytest.mark.parametrize(
    ("settings", "error"),
    [(DummySettings(fail_prob=1), Final), (DummySettings(drop_prob=1), Undelivered)],
)
async def test_certain_faults(settings: DummySettings, error: type[Exception]) -> None:
    (outcome,) = await send(Dummy(settings), BODY)
    assert isinstance(outcome, error)
