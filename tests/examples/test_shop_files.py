"""The files of a day: the same for the same arguments, reconciled with the truth, in bounds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.examples.conftest import KEYS, Shop

from onefold.errors import UsageError
from onefold.examples.shop import write_day
from onefold.examples.shop.engine import count_lives, file_batches, make_block, open_engine

TEXTS = ("ecommerce_accounts", "pos_customers", "email_optins")


def written(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_day(tmp_path / name, customers=1_500, day=2)
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    assert list(one) == list(two)
    for path in one:
        if path.endswith(".parquet"):
            assert pq.read_table(tmp_path / "one" / path) == pq.read_table(tmp_path / "two" / path)
        else:
            assert one[path] == two[path]


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    write_day(tmp_path / "one", customers=50)
    write_day(tmp_path / "two", customers=50, seed=8)
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    assert all(one[path] != two[path] for path in one)


def test_blocks_leave_no_trace() -> None:
    assert lines_in_blocks([range(400)]) == lines_in_blocks([range(132), range(132, 400)])


def lines_in_blocks(blocks: list[range]) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {name: [] for name in TEXTS}
    with open_engine(customers=400, day=1, seed=7) as engine:
        for block in blocks:
            make_block(engine, block)
            for name in TEXTS:
                lines[name] += file_batches(engine, name).read_all()["line"].to_pylist()
    return lines


def test_memory_is_that_of_a_block() -> None:
    used = []
    with open_engine(customers=20_000, day=1, seed=7) as engine:
        for start in range(0, 20_000, 5_000):
            make_block(engine, range(start, start + 5_000))
            for name in TEXTS:
                file_batches(engine, name).read_all()
            assert count_lives(engine)[0] == 5_000
            query = "SELECT sum(memory_usage_bytes) FROM duckdb_memory()"
            used.append(engine.execute(query).fetchall()[0][0])
    assert used[-1] < 1.3 * used[0]


@pytest.mark.parametrize("day", [1, 2])
@pytest.mark.parametrize("table", KEYS)
def test_every_key_is_in_the_truth_once(shop: Shop, table: str, day: int) -> None:
    source, _ = KEYS[table]
    truth = f"SELECT key FROM truth{day} WHERE source = '{source}'"
    keys = f"SELECT DISTINCT key FROM {table}{day} WHERE key IS NOT NULL"
    assert shop.rows(f"({truth}) EXCEPT ({keys})") == []
    assert shop.rows(f"({keys}) EXCEPT ({truth})") == []
    assert shop.rows(f"{truth} GROUP BY key HAVING count(*) > 1") == []


def test_every_person_has_a_profile(shop: Shop) -> None:
    named = shop.number(
        "SELECT count(DISTINCT true_person) FROM truth1 "
        "WHERE source IN ('ecommerce_accounts', 'pos_customers')"
    )
    without_key = shop.number(
        "SELECT count(*) FROM accounts1 WHERE key IS NULL"
    )  # one person each, whose only row in both sources lacks its key
    assert shop.days[0].people - without_key <= named <= shop.days[0].people


@pytest.mark.parametrize("day", [1, 2])
def test_rows_are_counted(shop: Shop, day: int) -> None:
    counted = shop.days[day - 1].rows
    for table, path in (
        ("accounts", "ecommerce/accounts-{}.ndjson"),
        ("pos", "pos/customers-{}.csv"),
        ("loyalty", "loyalty/members-{}.parquet"),
        ("items", "orders/items-{}.parquet"),
        ("optins", "optins/email-optins-{}.csv.gz"),
        ("truth", "truth-{}.parquet"),
    ):
        name = "data/" + path.format(shop.days[day - 1].day)
        assert counted[name] == shop.number(f"SELECT count(*) FROM {table}{day}")


def test_progress_ends_with_the_number_of_rows(tmp_path: Path) -> None:
    seen: dict[str, int] = {}
    made = write_day(tmp_path, customers=60, progress=seen.__setitem__)
    assert seen == made.rows


def test_the_tills_write_for_excel(shop: Shop) -> None:
    text = (shop.directory / "data/pos/customers-2026-11-02.csv").read_bytes()
    assert text.startswith("\ufeffN° client;".encode())
    assert text.count(b"\n") == text.count(b"\r\n")


def test_gzip_keeps_neither_name_nor_time(shop: Shop) -> None:
    packed = (shop.directory / "data/optins/email-optins-2026-11-02.csv.gz").read_bytes()
    assert packed[3:8] == bytes(5)  # no flags (so no name), no time
    assert gzip.decompress(packed).startswith(b"email,brand,opted_in,changed_at\n")


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    def fail(path: str, _rows: int) -> None:
        if "orders" in path:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_day(tmp_path, customers=60, progress=fail)
    assert written(tmp_path) == {}


@pytest.mark.parametrize("customers", [0, 5_000_001])
def test_customers_out_of_range(tmp_path: Path, customers: int) -> None:
    with pytest.raises(UsageError, match=f"{customers} customers"):
        write_day(tmp_path, customers=customers)


@pytest.mark.parametrize("day", [0, 64])
def test_days_out_of_range(tmp_path: Path, day: int) -> None:
    with pytest.raises(UsageError, match=f"day {day}"):
        write_day(tmp_path, customers=10, day=day)
