"""Day 2: who is new, changed or gone, and what that does to the files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tests.examples.conftest import CUSTOMERS, KEYS, Shop

from onefold.examples.shop import FIRST_DAY, RATES, write_day

OLD = f"true_person < {CUSTOMERS}"
TOUCHED = """
    SELECT DISTINCT true_person FROM truth2
    WHERE source IN ('ecommerce_accounts', 'pos_customers')
"""


def near(count: float, expected: float) -> bool:
    return abs(count - expected) <= 5 * math.sqrt(expected)


def test_the_counts_follow_the_rates(shop: Shop) -> None:
    first, second = shop.days
    assert (first.day, (second.day - first.day).days) == (FIRST_DAY, 1)
    assert (first.changed, first.joined, first.gone) == (0, 0, 0)
    assert second.joined == int(CUSTOMERS * RATES.people.new)
    assert near(second.changed, CUSTOMERS * RATES.people.changed)
    assert near(second.gone, CUSTOMERS * RATES.people.gone)
    assert second.people == first.people + second.joined - second.gone


def test_upserted_files_hold_those_who_are_new_or_changed(shop: Shop) -> None:
    second = shop.days[1]
    assert shop.number(f"SELECT count(*) FROM ({TOUCHED}) WHERE {OLD}") == second.changed
    assert shop.number(f"SELECT count(*) FROM ({TOUCHED}) WHERE NOT {OLD}") == second.joined


def test_whoever_is_new_or_changed_shows_it(shop: Shop) -> None:
    """Of every such person a row of some file differs from day 1, times apart."""
    differing = [
        f"SELECT person FROM (SELECT * EXCLUDE ({times}, place) FROM {table}2 "
        f"EXCEPT SELECT * EXCLUDE ({times}, place) FROM {table}1)"
        for table, times in (
            ("accounts", "createdAt, updatedAt"),
            ("pos", '"Date de création", "Modifié le"'),
            ("loyalty", "joined_on, updated_at"),
            ("optins", "changed_at"),
        )
    ]
    persons = " UNION ".join(differing)
    assert (
        shop.number(f"SELECT count(*) FROM ({persons}) WHERE person IN ({TOUCHED})")
        == shop.days[1].changed + shop.days[1].joined
    )


@pytest.mark.parametrize("table", ["loyalty", "optins"])
def test_replaced_files_lose_those_who_are_gone(shop: Shop, table: str) -> None:
    """Who is missing on day 2 is gone, but for a mailbox that changed its address."""
    source, _ = KEYS[table]
    lost = shop.number(f"""
        SELECT count(DISTINCT true_person) FROM truth1
        WHERE source = '{source}' AND true_person NOT IN (
            SELECT true_person FROM truth2 WHERE source = '{source}'
        )
    """)
    persons = shop.number(
        f"SELECT count(DISTINCT true_person) FROM truth1 WHERE source = '{source}'"
    )
    assert lost > 0
    assert near(lost, persons * RATES.people.gone)


def test_members_who_did_not_change_stay_as_they_are(shop: Shop) -> None:
    rows = f"SELECT * EXCLUDE (place) FROM loyalty{{}} WHERE person NOT IN ({TOUCHED})"
    surplus = f"{rows.format(2)} EXCEPT {rows.format(1)}"
    # the card without a number on day 1 has it on day 2
    assert shop.number(f"SELECT count(*) FROM ({surplus})") == shop.number(
        "SELECT count(*) FROM loyalty1 WHERE key IS NULL"
    )


def test_a_key_belongs_to_one_person_for_ever(shop: Shop) -> None:
    moved = shop.number("""
        SELECT count(*) FROM truth1 AS a JOIN truth2 AS b USING (source, key)
        WHERE a.true_person != b.true_person
    """)
    assert moved == 0


def test_orders_of_day_2_are_new_or_just_cancelled(shop: Shop) -> None:
    known = "SELECT key FROM items1"
    new = f"SELECT * FROM items2 WHERE key NOT IN ({known} WHERE key IS NOT NULL)"
    buyers = shop.number(f"SELECT count(DISTINCT person) FROM ({new})")
    assert near(buyers, shop.days[1].people * RATES.orders.daily)
    dates = shop.rows(f"SELECT DISTINCT order_datetime::DATE FROM ({new})")
    assert dates == [(FIRST_DAY,)]  # the file of a day tells of the day before
    again = shop.rows(f"""
        SELECT DISTINCT is_cancellation, updated_at::DATE FROM items2 WHERE key IN ({known})
    """)
    assert again == [(True, FIRST_DAY)]


def test_times_grow_with_every_change(shop: Shop) -> None:
    for table, updated in (
        ("accounts", "updatedAt"),
        ("pos", "strptime(\"Modifié le\", '%d/%m/%Y %H:%M:%S')"),
        ("items", "updated_at"),
    ):
        latest = f"SELECT key, max({updated}) AS at FROM {table}{{}} GROUP BY key"
        backwards = shop.number(f"""
            SELECT count(*) FROM ({latest.format(1)}) AS a
            JOIN ({latest.format(2)}) AS b USING (key) WHERE b.at <= a.at
        """)
        assert backwards == 0


def test_a_third_day_needs_neither_of_the_others(tmp_path: Path) -> None:
    made = write_day(tmp_path, customers=1_000, day=3)
    assert (made.day - FIRST_DAY).days == 2
    assert made.joined == 5
    assert made.people <= 1_000 + 2 * made.joined
