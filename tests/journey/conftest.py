"""Stories are expensive and only looked at: each is lived through once, whoever runs the tests."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
from tests.journey.braze import Sandbox, running

T = TypeVar("T")


class Once(Protocol):
    """Gives a story: `once("plan", live)`; `live` is handed an empty folder."""

    def __call__(self, name: str, live: Callable[[Path], T]) -> T: ...


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Live through a story in the first of the parallel processes that asks; the others read it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def story(name: str, live: Callable[[Path], T]) -> T:
        told = folder / f"{name}.story"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not told.exists():
                found = live(tmp_path_factory.mktemp(name))
                told.write_bytes(pickle.dumps(found))
                return found
        lived: T = pickle.loads(told.read_bytes())
        return lived

    return story


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    """One sandbox for a module's tests."""
    with running("--limit", "none") as started:
        yield started


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The same, empty again."""
    running_sandbox.call("reset", {})
    return running_sandbox
