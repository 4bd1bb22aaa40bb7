"""What SQL written by people may say, and what it may not: two corpora, read as data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from onefold.errors import OnefoldError
from onefold.model import TableName
from onefold.warehouse import Engine, EngineSettings, bind, parse_user_sql
from onefold.warehouse.user_sql.fence import allowed_functions

AS_OF = datetime(2026, 1, 15, 9, tzinfo=UTC)
BORN = date(1990, 2, 3)
EMAIL = "a@shop.example"
CORPUS = Path(__file__).parents[2] / "golden" / "c360" / "user_sql"
TABLES = {
    TableName("main", "merged_customers"): "mc_relation",
    TableName("main", "unified_transactions"): "ut_relation",
    TableName("segments", "vips"): "segments.vips",
}


def blocks(name: str) -> list[str]:
    text = (CORPUS / name).read_text(encoding="utf-8")
    return [block.strip("\n") for block in text.split("----\n")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(EngineSettings(spill_folder=tmp_path_factory.mktemp("spill")))
    engine.view(
        "mc_relation",
        f"SELECT 'p1' AS person_id, '{EMAIL}' AS email, 'FR' AS country, DATE '{BORN}' AS born",
    )
    engine.view(
        "ut_relation",
        "SELECT 'p1' AS person_id, 'o1' AS order_id, 12.5 AS order_revenue,"
        " TIMESTAMPTZ '2026-01-05 10:00:00+00' AS order_datetime",
    )
    engine.view("segments.vips", "SELECT 'p1' AS person_id")
    return engine


@pytest.mark.parametrize("query", blocks("allowed.sql"))
def test_allowed_queries_run(query: str, engine: Engine) -> None:
    sql = parse_user_sql(query, file="q.sql")
    bound = bind(
        sql,
        as_of=AS_OF,
        timezone="Europe/Paris",
        variables={"vip_revenue": 500},
        tables=TABLES,
    )
    engine.table("result", bound)
    engine.view("named", bound)


@pytest.mark.parametrize("block", blocks("refused.sql"))
def test_refused_queries_say_where_and_why(block: str) -> None:
    lines = block.split("\n")
    query = "\n".join(line for line in lines if not line.startswith("--> "))
    expected = "\n".join(line.removeprefix("--> ") for line in lines if line.startswith("--> "))
    with pytest.raises(OnefoldError) as caught:
        parse_user_sql(query, file="q.sql")
    if duckdb.__version__ >= "2" or "'HOME'.getenv" not in query:  # DuckDB 1 cannot even parse that
        assert str(caught.value).replace("\n  hint", "\nhint") == expected


def test_every_allowed_function_depends_on_its_arguments_alone() -> None:
    known = duckdb.connect().execute(
        "SELECT lower(function_name), function_type, stability FROM duckdb_functions()"
    )
    scalar = {"scalar", "aggregate", "macro", "window"}
    functions = [row for row in known.fetchall() if row[1] in scalar]
    wavering = {name for name, _, stability in functions if stability not in {"CONSISTENT", None}}
    assert wavering & allowed_functions() == set()


def test_no_view_of_the_engine_is_a_table() -> None:
    views = duckdb.connect().execute(
        "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE internal"
    )
    for (name,) in views.fetchall():
        with pytest.raises(OnefoldError, match="belongs to the engine"):
            parse_user_sql(f"SELECT * FROM {name}", file="q.sql")


def test_the_list_of_functions_is_of_functions_that_exist() -> None:
    known = duckdb.connect().execute("SELECT lower(function_name) FROM duckdb_functions()")
    names = {name for (name,) in known.fetchall()}
    made_by_the_parser = {"unnest"}
    if duckdb.__version__ < "2":
        pytest.skip("the list is of DuckDB 2")
    assert allowed_functions() - names - made_by_the_parser == set()


@pytest.mark.parametrize(
    ("dialect", "query", "expected"),
    [
        ("spark", "SELECT `person_id`, nvl(email, '') AS e FROM merged_customers", ("p1", EMAIL)),
        ("presto", "SELECT approx_distinct(person_id) AS n FROM merged_customers", (1,)),
        (
            "presto",
            "SELECT date_diff('day', born, current_date) AS days FROM merged_customers",
            ((AS_OF.date() - BORN).days,),
        ),
        ("snowflake", "SELECT iff(email IS NULL, 0, 1) AS known FROM merged_customers", (1,)),
        ("bigquery", "SELECT safe_cast(country AS INT64) AS n FROM merged_customers", (None,)),
    ],
)
def test_sql_brought_along_is_transpiled(
    dialect: str, query: str, expected: tuple[object, ...], engine: Engine
) -> None:
    sql = parse_user_sql(query, file="q.sql", dialect=dialect)
    bound = bind(sql, as_of=AS_OF, timezone="UTC", variables={}, tables=TABLES)
    assert engine.row(bound) == expected


def test_chance_of_another_dialect_is_refused() -> None:
    with pytest.raises(OnefoldError, match=r"^q\.sql:2:3: random is refused"):
        parse_user_sql("SELECT\n  rand() AS r", file="q.sql", dialect="spark")


def test_lines_count_from_where_the_text_stands_in_its_file() -> None:
    with pytest.raises(OnefoldError, match=r"^q\.yaml:12:5: uuid is refused"):
        parse_user_sql("SELECT\n    uuid() AS u", file="q.yaml", first_line=11)
