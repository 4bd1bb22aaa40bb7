"""Places to send to, and an engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.contracts.places import PLACES, BrazePlace, DummyPlace, Place, Sandbox, running

from onefold.destinations import DummySettings
from onefold.destinations.braze.limits import Contract
from onefold.warehouse import Engine, EngineSettings


class Sandboxes:
    """A process a contract, started when it is first asked for, forgetting everything then."""

    def __init__(self, processes: ExitStack) -> None:
        self._processes = processes
        self._running: dict[Contract, Sandbox] = {}

    def fresh(self, contract: Contract) -> Sandbox:
        if contract not in self._running:
            self._running[contract] = self._processes.enter_context(running(contract))
        self._running[contract].call("/_sandbox/reset", {})
        return self._running[contract]


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    with ExitStack() as processes:
        yield Sandboxes(processes)


@pytest.fixture
def sandbox(sandboxes: Sandboxes) -> Sandbox:
    return sandboxes.fresh(Contract.DATA_POINTS)


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, sandboxes: Sandboxes, tmp_path: Path) -> Place:
    if request.param == "dummy":
        return DummyPlace(DummySettings(file=tmp_path / "taken.jsonl"))
    contract = Contract(request.param)
    return BrazePlace(sandboxes.fresh(contract), contract)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spill")
    engine = Engine(EngineSettings(spill_folder=folder, threads=1, memory_limit="500MB"))
    yield engine
    engine.close()
