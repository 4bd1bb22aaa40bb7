"""One shop for the tests here: day 1 and day 2 on disk, and an engine that has read them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from onefold.examples.shop import ShopDay, write_day

CUSTOMERS = 12_000

READERS = {  # the truth first: the others look their persons up
    "truth": "read_parquet('{data}/truth-{day}.parquet')",
    "accounts": "read_json('{data}/ecommerce/accounts-{day}.ndjson', records = true, columns = {{"
    "accountId: 'VARCHAR', customerNumber: 'VARCHAR', firstName: 'VARCHAR', lastName: 'VARCHAR', "
    "email: 'VARCHAR', phone: 'VARCHAR', gender: 'VARCHAR', birthDate: 'VARCHAR', "
    "address: 'STRUCT(street VARCHAR, complement VARCHAR, postalCode VARCHAR, city VARCHAR, "
    "country VARCHAR)', loyaltyCard: 'VARCHAR', wishlistItems: 'JSON', createdAt: 'TIMESTAMPTZ', "
    "updatedAt: 'TIMESTAMPTZ'}})",
    "pos": "read_csv('{data}/pos/customers-{day}.csv', delim = ';', all_varchar = true)",
    "loyalty": "read_parquet('{data}/loyalty/members-{day}.parquet')",
    "items": "read_parquet('{data}/orders/items-{day}.parquet')",
    "optins": "read_csv('{data}/optins/email-optins-{day}.csv.gz', all_varchar = true)",
}
KEYS = {  # each table's key, as truth has it
    "accounts": ("ecommerce_accounts", "accountId"),
    "pos": ("pos_customers", '"N° client"'),
    "loyalty": ("loyalty_members", "card_no"),
    "items": ("order_items", "order_id || '|' || line"),
    "optins": ("email_optins", "email || '|' || brand"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """The folder, what `write_day` said, and tables `accounts1`, `pos1`… of day 1, `…2` of day 2.

    Each table but the truth has `key`, `person` (NULL without a key) and `place` (its row number).
    """

    directory: Path
    days: tuple[ShopDay, ShopDay]
    engine: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.engine.execute(query).fetchall()

    def number(self, query: str) -> float:
        ((value,),) = self.engine.execute(query).fetchall()
        return float(value)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    days = (
        write_day(directory, customers=CUSTOMERS),
        write_day(directory, customers=CUSTOMERS, day=2),
    )
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        for number, day in enumerate(days, start=1):
            for table, reader in READERS.items():
                source = reader.format(data=directory / "data", day=day.day)
                engine.execute(f"CREATE TABLE raw AS FROM {source}")
                engine.execute(f"CREATE TABLE {table}{number} AS {_with_person(table, number)}")
                engine.execute("DROP TABLE raw")
        yield Shop(directory=directory, days=days, engine=engine)


def _with_person(table: str, number: int) -> str:
    if table == "truth":
        return "FROM raw"
    source, key = KEYS[table]
    return f"""
        SELECT raw.*, {key} AS key, t.true_person AS person, row_number() OVER () AS place
        FROM raw
        LEFT JOIN truth{number} AS t ON t.source = '{source}' AND t.key = {key}
    """
