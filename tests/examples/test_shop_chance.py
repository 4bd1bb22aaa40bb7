"""Chance as a function: the draws are those of the formula, and they look drawn."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import fields
from importlib import resources
from itertools import pairwise

import duckdb
import pytest

from onefold.examples.shop import RATES
from onefold.examples.shop.engine import open_engine

PRIME = 2**31 - 1
SEED = 11
DRAWS = 20_000


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return open_engine(customers=100, day=1, seed=SEED)


def draws(engine: duckdb.DuckDBPyConnection, name: str, count: int = DRAWS) -> list[float]:
    query = f"SELECT chance('{name}', range) FROM range({count})"
    return [value for (value,) in engine.execute(query).fetchall()]


def oracle(name: str, x: int) -> float:
    """The formula of chance.sql in plain Python."""

    def coefficient(k: int) -> int:
        digest = hashlib.md5(f"{SEED}:{name}:{k}".encode()).digest()
        return int.from_bytes(digest[8:], "little") % PRIME

    return sum(coefficient(k) * pow(x, k, PRIME) for k in range(4)) % PRIME / PRIME


@pytest.mark.parametrize("name", ["gender", "pos typo", "Zoé"])
@pytest.mark.parametrize("x", [0, 1, 4_999_999, PRIME - 1])
def test_a_draw_is_a_cubic_polynomial_modulo_a_prime(
    engine: duckdb.DuckDBPyConnection, name: str, x: int
) -> None:
    ((drawn,),) = engine.execute(f"SELECT chance('{name}', {x}::BIGINT)").fetchall()
    assert drawn == oracle(name, x)


def test_draws_are_even(engine: duckdb.DuckDBPyConnection) -> None:
    values = draws(engine, "anything")
    assert min(values) >= 0
    assert max(values) < 1
    for tenth in range(10):
        hits = sum(tenth / 10 <= value < (tenth + 1) / 10 for value in values)
        assert abs(hits - DRAWS / 10) < 5 * math.sqrt(DRAWS * 0.09)


def test_draws_know_nothing_of_each_other(engine: duckdb.DuckDBPyConnection) -> None:
    values, others = draws(engine, "this"), draws(engine, "that")
    limit = 5 / math.sqrt(DRAWS)
    assert abs(correlation(list(zip(values, others, strict=True)))) < limit
    assert abs(correlation(list(pairwise(values)))) < limit


def correlation(pairs: list[tuple[float, float]]) -> float:
    """Of two even draws from [0, 1): their means are 1/2, their variances 1/12."""
    return 12 * sum((a - 0.5) * (b - 0.5) for a, b in pairs) / len(pairs)


def test_another_seed_gives_other_draws(engine: duckdb.DuckDBPyConnection) -> None:
    with open_engine(customers=100, day=1, seed=SEED + 1) as other:
        assert draws(engine, "gender", 100) != draws(other, "gender", 100)


def test_every_rate_is_used_and_every_used_rate_exists() -> None:
    folder = resources.files("onefold.examples.shop") / "sql"
    texts = [
        entry.read_text(encoding="utf-8")
        for part in folder.iterdir()
        if part.is_dir()
        for entry in part.iterdir()
    ]
    used = {pair for text in texts for pair in re.findall(r"happens\('?(\w+)'?, '(\w+)'", text)}
    declared = {
        ("source" if where.name in {"accounts", "pos", "loyalty"} else where.name, rate.name)
        for where in fields(RATES)
        for rate in fields(getattr(RATES, where.name))
    }
    assert used == declared - {("people", "new")}  # a share of the first day, counted in Python
