"""Errors of every documented kind, at random places of all three arrays, land on their rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the measure is one of `benchmarks`

from benchmarks.receipts import KINDS, SANDBOX_OPTIONS, measure

from onefold.app import start_sandbox


@pytest.fixture
def url() -> Iterator[str]:
    sandbox = start_sandbox(SANDBOX_OPTIONS)
    yield sandbox.url
    sandbox.stop()


async def test_every_error_lands_on_the_row_that_caused_it(url: str) -> None:
    found = await measure(url, 400, seed=11)
    assert found["errors_injected"] == found["on_the_right_row"] == 400
    assert found["kinds"] == len(KINDS)
    wrong = ("on_a_wrong_row", "missed", "another_reason", "rows_unknown")
    assert [found[name] for name in wrong] == [0, 0, 0, 0]
