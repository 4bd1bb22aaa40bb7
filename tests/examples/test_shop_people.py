"""The people themselves: households, twins, namesakes, wives, movers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import duckdb
import phonenumbers
import pytest

from onefold.examples.shop import RATES
from onefold.examples.shop.engine import make_block, open_engine

PEOPLE = 24_000


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_engine(customers=PEOPLE, day=1, seed=7) as engine:
        make_block(engine, range(PEOPLE))
        yield engine


def assert_share(
    engine: duckdb.DuckDBPyConnection, condition: str, relation: str, rate: float
) -> None:
    query = f"SELECT count(*) FILTER ({condition}), count(*) FROM {relation}"
    hits, trials = engine.execute(query).fetchall()[0]
    assert trials > 100
    assert abs(hits / trials - rate) <= 5 * math.sqrt(rate * (1 - rate) / trials)


PAIRS = """
    people AS a JOIN people AS b ON a.head = b.head AND a.role = {} AND b.role = {}
"""
FAMILY = "((SELECT born_on FROM people AS h WHERE h.i = a.head) <= DATE '2026-11-02' - 43 * 365)"


def test_households_have_up_to_four_members(engine: duckdb.DuckDBPyConnection) -> None:
    rows = engine.execute("""
        SELECT head, min(i), max(i), count(*), max(members), list_sort(list(role))
        FROM people GROUP BY head
    """).fetchall()
    for head, first, last, count, members, roles in rows:
        assert (first, last, members) == (head, head + count - 1, count)
        assert roles == list(range(count))
    assert {row[3] for row in rows} == {1, 2, 3, 4}


def test_couples(engine: duckdb.DuckDBPyConnection) -> None:
    rates = RATES.people
    pairs = PAIRS.format(0, 1)
    same_name = "a.gender != b.gender AND a.surname = b.surname"
    query = f"SELECT avg(({same_name})::INTEGER) FROM {pairs}"
    ((share,),) = engine.execute(query).fetchall()
    assert rates.couple * rates.married * 0.9 < share < rates.couple * rates.married * 1.1


def test_twins_are_born_on_one_day(engine: duckdb.DuckDBPyConnection) -> None:
    twins = "a.born_on = b.born_on AND a.gender != b.gender AND a.surname = b.surname"
    assert_share(engine, twins, f"{PAIRS.format(2, 3)} WHERE {FAMILY}", RATES.people.twins)


def test_some_sons_are_named_as_their_fathers(engine: duckdb.DuckDBPyConnection) -> None:
    pairs = f"{PAIRS.format(0, 2)} WHERE a.gender = 'M' AND b.gender = 'M' AND {FAMILY}"
    query = f"""
        SELECT avg((a.given_name = b.given_name)::INTEGER),
               min(date_diff('year', a.born_on, b.born_on)) FILTER (a.given_name = b.given_name)
        FROM {pairs} AND a.surname = b.surname
    """
    share, least_years = engine.execute(query).fetchall()[0]
    assert RATES.people.namesake / 2 < share < RATES.people.namesake * 2.5  # chance adds some
    assert least_years >= 18


def test_wives_have_a_maiden_name(engine: duckdb.DuckDBPyConnection) -> None:
    ((genders,),) = engine.execute(
        "SELECT list(DISTINCT gender) FROM people WHERE birth_surname != surname"
    ).fetchall()
    assert genders == ["F"]


def test_movers_have_an_earlier_home(engine: duckdb.DuckDBPyConnection) -> None:
    assert_share(engine, "home != old_home", "people WHERE role = 0", RATES.people.moved)


def test_family_mailboxes_are_of_whole_households(engine: duckdb.DuckDBPyConnection) -> None:
    households = """
        (SELECT head, count(DISTINCT email) AS mailboxes, count(*) AS members
         FROM people GROUP BY head HAVING members > 1)
    """
    assert_share(engine, "mailboxes = 1", households, RATES.people.family_mailbox)
    assert_share(engine, "mailboxes < members", households, RATES.people.family_mailbox)


def test_numbers_are_valid_and_ones_own(engine: duckdb.DuckDBPyConnection) -> None:
    for column, bearer in (("mobile", "i"), ("household_phone", "head")):
        ((shared,),) = engine.execute(
            f"SELECT count(*) - count(DISTINCT number) FROM (SELECT DISTINCT {bearer}, "
            f"calling_code || {column} AS number FROM people)"
        ).fetchall()
        assert shared == 0
        numbers = engine.execute(
            f"SELECT '+' || calling_code || {column} FROM people USING SAMPLE 300 (reservoir, 1)"
        ).fetchall()
        for (number,) in numbers:
            assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_mailboxes_are_ones_own(engine: duckdb.DuckDBPyConnection) -> None:
    ((foreign,),) = engine.execute("""
        SELECT count(*) FROM (
            SELECT email FROM people GROUP BY email HAVING count(DISTINCT head) > 1
        )
    """).fetchall()
    assert foreign == 0
