"""The engine: bounded memory, durable files, names quoted, errors that say what to do."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from onefold.errors import Interrupted, SqlError, StoreFull
from onefold.warehouse import Engine, EngineSettings, column, ident, relation, select

ROW_GROUP = 122_880  # DuckDB's; the least a file holds
AWKWARD = ['a"b', "two words", "select", "é'", "a.b", "%s{0}"]


def open_engine(
    spill: Path,
    *,
    memory_limit: str = "500MB",
    timezone: str = "UTC",
    rows_per_file: int = 2_000_000,
) -> Engine:
    return Engine(
        EngineSettings(
            spill_folder=spill,
            memory_limit=memory_limit,
            threads=2,
            timezone=timezone,
            rows_per_file=rows_per_file,
        )
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(tmp_path / "spill")
    yield made
    made.close()


# --- files ----------------------------------------------------------------------------------------


def test_files_hold_every_row_once_and_about_rows_per_file_each(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill", rows_per_file=ROW_GROUP)
    rows = 3 * ROW_GROUP + 17
    files = engine.write(f"SELECT i FROM range({rows}) t(i)", tmp_path / "data")
    engine.close()
    held = [pq.read_table(file.path)["i"].to_pylist() for file in files]
    assert sorted(value for values in held for value in values) == list(range(rows))
    assert [file.rows for file in files] == [len(values) for values in held]
    assert [file.size_bytes for file in files] == [Path(file.path).stat().st_size for file in files]
    assert len(files) >= 3
    assert max(file.rows for file in files) <= 2 * ROW_GROUP


def test_nothing_but_finished_files_stays_in_the_folder(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = engine.write("SELECT 1 AS a", folder)
    second = engine.write("SELECT 2 AS a", folder)
    assert {str(path) for path in folder.iterdir()} == {file.path for file in first + second}


def test_no_rows_make_no_files(engine: Engine, tmp_path: Path) -> None:
    assert engine.write("SELECT 1 AS a WHERE false", tmp_path / "data") == []
    assert list((tmp_path / "data").iterdir()) == []


def test_a_query_that_fails_on_its_way_leaves_nothing_behind(
    engine: Engine, tmp_path: Path
) -> None:
    text = "CASE WHEN i < 2000000 THEN '1' ELSE 'one' END"
    with pytest.raises(SqlError, match="one"):
        engine.write(f"SELECT CAST({text} AS INT) AS a FROM range(2000001) t(i)", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_rows_lie_in_the_order_asked_for(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill", rows_per_file=ROW_GROUP)
    query = f"SELECT hash(i) AS h, i % 7 AS day FROM range({2 * ROW_GROUP}) t(i)"
    files = engine.write(query, tmp_path / "data", order_by=("day", "h"))
    engine.close()
    held = [pq.read_table(file.path).to_pylist() for file in files]
    keys = [[(row["day"], row["h"]) for row in rows] for rows in held]
    assert all(part == sorted(part) for part in keys)
    ends = sorted((part[0], part[-1]) for part in keys)
    assert all(before[1] <= after[0] for before, after in pairwise(ends))


# --- memory ---------------------------------------------------------------------------------------


def test_a_sort_larger_than_memory_spills_and_gives_the_disk_back(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    engine = open_engine(spill, memory_limit="300MB")
    rows = 2_500_000  # of about 200 bytes: well beyond the limit
    wide = f"SELECT hash(i) AS h, repeat(md5(i::VARCHAR), 6) AS text FROM range({rows}) t(i)"
    files = engine.write(wide, tmp_path / "data", order_by=("h",))
    assert sum(file.rows for file in files) == rows
    assert engine.scalar("SELECT coalesce(sum(size), 0) FROM duckdb_temporary_files()") == 0
    engine.close()
    assert not spill.exists() or list(spill.iterdir()) == []


def test_without_room_to_spill_the_error_says_what_to_free(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill", memory_limit="40MB")
    engine.run("SET max_temp_directory_size = '1MB'")
    with pytest.raises(StoreFull, match=r"(?s)full|neither memory nor spill.*hint: .*space"):
        engine.table("big", "SELECT repeat(md5(i::VARCHAR), 8) AS t FROM range(1000000) t(i)")
    engine.close()


def test_arrow_streams_instead_of_holding_the_result(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill", memory_limit="1GB")
    process = psutil.Process()
    before = process.memory_info().rss
    rows, peak = 0, 0
    query = "SELECT i, repeat(md5(i::VARCHAR), 4) AS text FROM range(3000000) t(i)"  # 400 MB
    for batch in engine.arrow(query, batch=50_000):
        rows += batch.num_rows
        peak = max(peak, process.memory_info().rss)
    engine.close()
    assert rows == 3_000_000
    assert peak - before < 150e6


# --- relations ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AWKWARD)
def test_any_name_works_for_columns_and_relations(engine: Engine, name: str) -> None:
    plain = name.replace(".", "_")  # the dot of a relation's name parts schema and table
    assert engine.table(plain, exp.select(exp.convert(1).as_(ident(name)))) == 1
    assert [found.name for found in engine.relation_columns(plain)] == [name]
    assert engine.rows(select(column(name), source=plain)) == [(1,)]
    assert engine.rows(select(column(name, "x"), source=plain).from_(relation(plain, "x"))) == [
        (1,)
    ]
    engine.view(f"some schema.{plain}", select("*", source=plain))
    assert engine.count(f"some schema.{plain}") == 1
    engine.drop(plain)
    with pytest.raises(SqlError):
        engine.count(plain)


def test_scratch_tables_are_gone_also_after_an_error(engine: Engine) -> None:
    def fail() -> None:
        with engine.scratch("a", "b") as (first, second):
            engine.table(first, "SELECT 1 AS x")
            engine.view(second, "SELECT 1 AS x")
            engine.run("SELECT nothing")

    with pytest.raises(SqlError):
        fail()
    assert engine.rows("SELECT table_name FROM information_schema.tables") == []


def test_drop_knows_temporary_relations_only(engine: Engine) -> None:
    engine.view("stitch.people", "SELECT 1 AS a")
    engine.table("people", "SELECT 2 AS a")
    engine.drop("people", "unknown")
    engine.drop("people")
    assert engine.rows("SELECT a FROM stitch.people") == [(1,)]


def test_arrow_goes_in_and_out_with_bound_values(engine: Engine) -> None:
    data = pa.table({"person": ["a", None, "b"], "n": [1, 2, 3]})
    engine.register("given", data)
    out = engine.arrow("SELECT * FROM given WHERE n >= $least ORDER BY n", {"least": 2}).read_all()
    engine.unregister("given")
    assert out.to_pylist() == data.to_pylist()[1:]
    with pytest.raises(SqlError, match="given"):
        engine.rows("SELECT * FROM given")


def test_a_python_variable_is_not_a_table(engine: Engine) -> None:
    people = pa.table({"n": [1]})
    with pytest.raises(SqlError, match="people"):
        engine.rows("SELECT * FROM people")
    assert people.num_rows == 1


def test_casts_of_naive_times_mean_the_engines_zone(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill", timezone="Europe/Paris")
    local = datetime(2026, 7, 1, 0, 30, tzinfo=ZoneInfo("Europe/Paris"))
    seconds = engine.scalar("SELECT epoch(CAST(TIMESTAMP '2026-07-01 00:30:00' AS TIMESTAMPTZ))")
    engine.close()
    assert seconds == local.timestamp()


# --- errors ---------------------------------------------------------------------------------------

LATE = "SELECT CAST(CASE WHEN i < 900000 THEN '1' ELSE 'one' END AS INT) FROM range(1000000) t(i)"


def test_an_error_in_the_first_row_or_the_last_is_ours(engine: Engine) -> None:
    for query in ("SELECT CAST('one' AS INT)", LATE):
        with pytest.raises(SqlError, match="one"):
            engine.rows(query)
        with pytest.raises(SqlError, match="one"):
            engine.arrow(query).read_all()
        with pytest.raises(SqlError, match="one"):
            engine.run(query)


def test_a_message_is_one_line(engine: Engine) -> None:
    with pytest.raises(SqlError) as caught:
        engine.rows("SELECT unknown\nFROM range(3) t(i)")
    assert "unknown" in caught.value.message
    assert "\n" not in caught.value.message


LONG = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a, b) = 1"


def test_interrupt_ends_a_long_query(engine: Engine) -> None:
    timer = threading.Timer(0.2, engine.interrupt)
    timer.start()
    with pytest.raises(Interrupted):
        engine.rows(LONG)
    timer.join()
    assert engine.rows("SELECT 1") == [(1,)]


def test_a_signal_whose_handler_raises_ends_a_query_as_interrupted(engine: Engine) -> None:
    """DuckDB swallows what the handler of Ctrl-C raised, and tells it as an error of its own."""

    def raise_interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, raise_interrupt)
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(Interrupted):
            engine.rows("SELECT count(*) FROM range(8000000) t(i) WHERE md5(i::VARCHAR) = ''")
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    assert engine.rows("SELECT 1") == [(1,)]


# --- memory ---------------------------------------------------------------------------------------


def held_mib(engine: Engine) -> tuple[float, float]:
    """What tables hold in memory, and what of them was spilled."""
    row = engine.row(
        "SELECT sum(memory_usage_bytes), sum(temporary_storage_bytes) FROM duckdb_memory()"
    )
    return row[0] / 2**20, row[1] / 2**20


def test_a_resting_engine_holds_little_and_forgets_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill")
    engine.table("filled", "SELECT i, md5(i::VARCHAR) AS text FROM range(2_000_000) t(i)")
    before, spilled = held_mib(engine)
    assert before > 80
    assert spilled == 0
    with engine.resting("40MB"):
        inside, spilled = held_mib(engine)
        assert inside <= 40
        assert spilled > 0
        assert engine.count("filled") == 2_000_000
    assert engine.row("SELECT count(DISTINCT text), max(i) FROM filled") == (2_000_000, 1_999_999)
    assert engine.scalar("SELECT current_setting('memory_limit')") == "476.8 MiB"
    engine.close()


def test_resting_never_gives_more_than_there_was(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "spill", memory_limit="100MiB")
    with engine.resting("104MB"), engine.resting("105MB"):
        assert engine.scalar("SELECT current_setting('memory_limit')") == "99.1 MiB"
    assert engine.scalar("SELECT current_setting('memory_limit')") == "100.0 MiB"
    engine.close()


@pytest.mark.parametrize("rows", [0, 1, 25_000])
def test_rows_from_elsewhere_fill_a_table(engine: Engine, rows: int) -> None:
    schema = pa.schema({"number": pa.int64(), "text": pa.string()})
    for _ in range(2):  # the second time it is replaced
        engine.fill("copied", schema, ((n, f"t{n}") for n in range(rows)))
    found = engine.row("SELECT count(*), count(DISTINCT number || text), max(number) FROM copied")
    assert found == (rows, rows, rows - 1 if rows else None)
    assert [one.engine_type for one in engine.relation_columns("copied")] == ["BIGINT", "VARCHAR"]
