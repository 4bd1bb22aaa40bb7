"""The mess has the rates that config.py states: counted in the files, against binomial bounds."""

from __future__ import annotations

import math

import pytest
from tests.examples.conftest import Shop

from onefold.examples.shop import RATES

ACCOUNTS, POS, LOYALTY = RATES.accounts, RATES.pos, RATES.loyalty
JUNK_EMAILS = (
    "test@test.com",
    "noreply@shop.example",
    "aucun@aucun.example",
    "client@shop.example",
    "pasdemail@pasdemail.example",
    "xxx@xxx.example",
)
JUNK_PHONES = (
    "0000000000",
    "0600000000",
    "0606060606",
    "0123456789",
    "0612345678",
    "99999999",
)
FIRST_OF_KEY = "QUALIFY row_number() OVER (PARTITION BY key ORDER BY place) = 1"


def assert_rate(hits: float, trials: float, rate: float, *, slack: float = 0.0) -> None:
    """Five standard deviations; `slack` is what another rate may add or take, as a share."""
    assert trials > 100
    bound = 5 * math.sqrt(rate * (1 - rate) / trials) + slack * rate
    assert abs(hits / trials - rate) <= bound, (hits / trials, rate, bound)


@pytest.mark.parametrize(
    ("table", "condition", "rate", "slack"),
    [
        ("accounts", "email IS NULL", ACCOUNTS.missing_email, 0),
        ("accounts", "phone IS NULL", ACCOUNTS.missing_phone, 0),
        ("accounts", "address.street IS NULL", ACCOUNTS.missing_address, 0),
        ("accounts", "gender IS NULL", ACCOUNTS.missing_gender, 0),
        ("accounts", "firstName IS NULL", ACCOUNTS.missing_given_name, 0),
        ("accounts", "birthDate = '1900-01-01'", ACCOUNTS.junk_birthdate, 0),
        ("accounts", "customerNumber IS NULL", ACCOUNTS.missing_number, 0),
        ("accounts", "email LIKE '%+maisonfolde@%'", ACCOUNTS.mail_tag, 0.1),
        ("accounts", "lastName = lower(lastName)", ACCOUNTS.lower_case, 0.1),
        ("pos", '"E-mail" IS NULL', POS.missing_email, 0),
        ("pos", '"Téléphone" IS NULL', POS.missing_phone, 0),
        ("pos", "\"Date de naissance\" = '01/01/1900'", POS.junk_birthdate, 0),
        ("pos", '"Date de naissance" IS NULL', (1 - POS.junk_birthdate) * POS.missing_birthdate, 0),
        ("pos", "Nom = upper(Nom)", POS.upper_case, 0),
        (
            "pos",
            f'"E-mail" IN {JUNK_EMAILS}',
            (1 - POS.missing_email) * POS.junk_email,
            0.1,
        ),
        (
            "pos",
            f'"Téléphone" IN {JUNK_PHONES}',
            (1 - POS.missing_phone) * POS.junk_phone,
            0,
        ),
        ("loyalty", "email IS NULL", LOYALTY.missing_email, 0),
        ("loyalty", "birth_date IS NULL", LOYALTY.missing_birthdate, 0.02),
        ("optins", "email = upper(email)", RATES.optins.mail_upper, 0),
        ("optins", "opted_in = 'true'", RATES.optins.opted_in, 0),
        ("items", "is_cancellation", RATES.orders.cancelled, 0.5),  # whole orders, lines unequal
    ],
)
def test_share_of_records(
    shop: Shop, table: str, condition: str, rate: float, slack: float
) -> None:
    records = f"SELECT * FROM {table}1 WHERE key IS NOT NULL {FIRST_OF_KEY}"
    hits = shop.number(f"SELECT count(*) FROM ({records}) WHERE {condition}")
    assert_rate(hits, shop.number(f"SELECT count(*) FROM ({records})"), rate, slack=slack)


@pytest.mark.parametrize(
    ("table", "rate"),
    [
        ("accounts", ACCOUNTS.duplicate),
        ("pos", POS.duplicate),
        ("loyalty", LOYALTY.duplicate),
        ("optins", RATES.optins.duplicate),
        ("items", RATES.orders.duplicate),
    ],
)
def test_some_keys_come_twice(shop: Shop, table: str, rate: float) -> None:
    keys = f"SELECT key, count(*) AS n FROM {table}1 WHERE key IS NOT NULL GROUP BY key"
    twice = shop.number(f"SELECT count(*) FROM ({keys}) WHERE n = 2")
    assert twice > 0
    assert_rate(twice, shop.number(f"SELECT count(*) FROM ({keys})"), rate)


@pytest.mark.parametrize(
    ("source", "rate"),
    [("ecommerce_accounts", RATES.people.account), ("loyalty_members", RATES.people.member)],
)
def test_share_of_persons_in_a_source(shop: Shop, source: str, rate: float) -> None:
    there = f"SELECT count(DISTINCT true_person) FROM truth1 WHERE source = '{source}'"
    assert_rate(shop.number(there), shop.days[0].people, rate)


def test_who_has_no_account_is_known_to_the_tills(shop: Shop) -> None:
    people, rates = shop.days[0].people, RATES.people
    there = "SELECT count(DISTINCT true_person) FROM truth1 WHERE source = 'pos_customers'"
    assert_rate(shop.number(there), people, 1 - rates.account * (1 - rates.pos))


def test_members_show_their_card(shop: Shop) -> None:
    of_members = """
        SELECT a.loyaltyCard AS card FROM accounts1 AS a
        WHERE person IN (SELECT person FROM loyalty1) AND a.place = (
            SELECT min(place) FROM accounts1 AS other WHERE other.key = a.key
        )
    """
    hits = shop.number(f"SELECT count(card) FROM ({of_members})")
    assert_rate(hits, shop.number(f"SELECT count(*) FROM ({of_members})"), ACCOUNTS.card)


def test_some_accounts_bear_the_number_of_somebody_else(shop: Shop) -> None:
    numbered = """
        FROM accounts1 AS a
        JOIN truth1 AS t ON t.source = 'pos_customers' AND t.key = a.customerNumber
    """
    hits = shop.number(f"SELECT count(*) {numbered} WHERE t.true_person != a.person")
    assert hits > 0
    assert_rate(hits, shop.number(f"SELECT count(*) {numbered}"), ACCOUNTS.wrong_number)


def test_a_household_card_is_seldom_and_real(shop: Shop) -> None:
    cards = """
        FROM pos1 AS p
        JOIN truth1 AS t ON t.source = 'loyalty_members' AND t.key = p."Carte de fidélité"
    """
    share = shop.number(f"SELECT avg((t.true_person != p.person)::INTEGER) {cards}")
    assert 0 < share < POS.household_card


@pytest.mark.parametrize(
    ("value", "junk"),
    [
        ("right(regexp_replace(phone, '[^0-9]', '', 'g'), 9)", f"phone IN {JUNK_PHONES}"),
        ("lower(email)", f"email IN {JUNK_EMAILS}"),
    ],
)
def test_only_households_share_phones_and_mailboxes(shop: Shop, value: str, junk: str) -> None:
    """Neighbours in number are a household. Typing errors in junk values are apart: few share."""
    shared, furthest = shop.rows(f"""
        SELECT count(*), max(last - first) FROM (
            SELECT min(person) AS first, max(person) AS last
            FROM accounts1 WHERE NOT {junk}
            GROUP BY {value} HAVING count(DISTINCT person) BETWEEN 2 AND 4
        )
    """)[0]
    assert isinstance(shared, int)
    assert shared > 10
    assert furthest in {1, 2, 3}


def test_phones_are_written_in_many_ways(shop: Shop) -> None:
    shapes = shop.rows(
        "SELECT regexp_replace(phone, '[0-9]', '9', 'g') AS shape FROM accounts1 "
        "WHERE phone IS NOT NULL GROUP BY shape HAVING count(*) > 100"
    )
    assert len(shapes) >= 8


def test_a_long_tail_buys(shop: Shop) -> None:
    buyers = "SELECT person, count(DISTINCT order_id) AS n FROM items1 GROUP BY person"
    people = shop.number(f"SELECT count(person) FROM ({buyers})")
    assert_rate(people, shop.days[0].people, RATES.orders.buyer)
    once, most = shop.rows(f"SELECT avg((n = 1)::INTEGER), max(n) FROM ({buyers})")[0]
    assert 0.4 < float(str(once)) < 0.8
    assert most == 60


def test_few_rows_are_broken_and_only_on_day_1(shop: Shop) -> None:
    broken = {
        "accounts": "key IS NULL OR birthDate = '1985-02-30' OR wishlistItems = '\"douze\"'",
        "pos": "key IS NULL OR \"Date de naissance\" = '31/02/1979'"
        " OR \"Nombre de passages\" = 'inconnu'",
        "loyalty": "key IS NULL",
        "items": "key IS NULL",
        "optins": "key IS NULL OR opted_in = 'peut-être' OR changed_at LIKE '2026-13%'",
    }
    for table, condition in broken.items():
        count = shop.number(f"SELECT count(*) FROM {table}1 WHERE {condition}")
        rows = shop.number(f"SELECT count(*) FROM {table}1")
        assert 1 <= count <= 0.002 * rows
        assert shop.number(f"SELECT count(*) FROM {table}2 WHERE {condition}") == 0


def test_nobody_real_can_be_written_to(shop: Shop) -> None:
    addresses = """
        SELECT email FROM accounts1 UNION ALL SELECT "E-mail" FROM pos1
        UNION ALL SELECT email FROM loyalty1 UNION ALL SELECT email FROM optins1
    """
    elsewhere = shop.number(
        f"SELECT avg((lower(email) NOT LIKE '%.example')::INTEGER) FROM ({addresses}) "
        "WHERE lower(email) NOT LIKE '%test.com'"
    )
    assert elsewhere < 0.02  # typing errors
