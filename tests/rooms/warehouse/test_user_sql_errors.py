"""The engine's errors, brought back to the line and column that the person wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from onefold.errors import SqlError
from onefold.model import TableName
from onefold.warehouse import Engine, EngineSettings, bind, explain_sql_error, parse_user_sql

CASES = Path(__file__).parents[2] / "golden" / "c360" / "user_sql" / "engine_errors.sql"
TABLES = {TableName("main", name): f"{name}_v1" for name in ("merged_customers", "orders")}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(EngineSettings(spill_folder=tmp_path_factory.mktemp("spill")))
    engine.table(
        "merged_customers_v1",
        "SELECT 'p1' AS person_id, 'Paris' AS city, 'gold' AS loyalty_tier,"
        " DATE '1990-01-02' AS born",
    )
    engine.table(
        "orders_v1",
        "SELECT 'p1' AS person_id, 9.5 AS revenue, TIMESTAMP '2026-01-01' AS ordered_at",
    )
    return engine


def explained(engine: Engine, query: str) -> str:
    sql = parse_user_sql(query, file="tables/x.sql")
    as_of = datetime(2026, 1, 15, tzinfo=UTC)
    bound = bind(sql, as_of=as_of, timezone="UTC", variables={}, tables=TABLES)
    with pytest.raises(SqlError) as caught:
        engine.table("result", bound)
    return str(explain_sql_error(caught.value, sql)).replace("\n  hint", "\nhint")


@pytest.mark.parametrize("block", CASES.read_text(encoding="utf-8").split("----\n"))
def test_errors_point_at_what_was_written(engine: Engine, block: str) -> None:
    lines = block.strip("\n").split("\n")
    query = "\n".join(line for line in lines if not line.startswith("--> "))
    expected = "\n".join(line.removeprefix("--> ") for line in lines if line.startswith("--> "))
    found = explained(engine, query)
    if duckdb.__version__ < "2":  # other words, the same places
        found, expected = (text.split(": ", 1)[0] for text in (found, expected))
    assert found == expected


def test_values_of_rows_stay_out_of_messages(engine: Engine) -> None:
    message = explained(engine, "SELECT CAST(city AS INTEGER) AS n FROM merged_customers")
    assert "Paris" not in message
