"""An engine, and the documented rule of treatments in plain Python."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from onefold.warehouse import Engine, EngineSettings


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


@pytest.fixture
def by_share() -> Callable[[str, str, Mapping[str, Fraction]], str]:
    """Choose a treatment from campaign, person and shares, with exact fractions."""

    def choose(campaign: str, person: str, shares: Mapping[str, Fraction]) -> str:
        digits = hashlib.md5(f"{campaign}/{person}".encode()).hexdigest()[:12]
        place = Fraction(int(digits, 16), 2**48)
        end = Fraction(0)
        for treatment, share in shares.items():
            end += share
            if place < end:
                return treatment
        raise AssertionError(shares)

    return choose
