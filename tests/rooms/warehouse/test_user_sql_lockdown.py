"""The fence in the engine: what it refuses even when nobody parsed the query."""

from __future__ import annotations

from pathlib import Path

import pytest

from onefold.errors import SqlError
from onefold.warehouse import Engine, EngineSettings, lock_down


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    store = tmp_path / "store"
    store.mkdir()
    engine = Engine(EngineSettings(spill_folder=tmp_path / "spill"))
    engine.run(f"COPY (SELECT 42 AS n) TO '{store}/data.parquet' (FORMAT parquet)")
    engine.run(f"COPY (SELECT 'secret' AS s) TO '{tmp_path}/outside.parquet' (FORMAT parquet)")
    lock_down(engine, [store])
    return engine


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd', header = false)",
        "SELECT * FROM '{outside}/outside.parquet'",
        "SELECT * FROM read_parquet('{outside}/store/../outside.parquet')",
        "SELECT * FROM glob('/etc/*')",
        "ATTACH '{outside}/other.db'",
        "COPY (SELECT 1) TO '{outside}/out.csv'",
        "EXPORT DATABASE '{outside}/all'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "RESET enable_external_access",
        "SET memory_limit = '100GB'",
        "SELECT * FROM statement",
    ],
)
def test_the_outside_is_refused(engine: Engine, tmp_path: Path, statement: str) -> None:
    with pytest.raises(SqlError):
        engine.run(statement.replace("{outside}", str(tmp_path)))


def test_the_store_stays_readable(engine: Engine, tmp_path: Path) -> None:
    assert engine.scalar(f"SELECT n FROM '{tmp_path}/store/data.parquet'") == 42
    engine.table("kept", "SELECT 1 AS a")
    engine.view("named", "SELECT a FROM kept")
    assert engine.scalar("SELECT a FROM named") == 1
