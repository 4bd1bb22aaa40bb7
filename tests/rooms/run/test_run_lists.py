"""Items of a catalog that are gone hold nothing, whatever was last told of their fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from onefold.run.lists import items_there
from onefold.warehouse import Engine, EngineSettings


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(EngineSettings(spill_folder=tmp_path, threads=1, memory_limit="200MB"))
    yield engine
    engine.close()


def test_what_is_gone_or_not_known_holds_nothing(engine: Engine) -> None:
    """The price of oat changed too shortly before oat left, so that it was not cleared with it."""
    engine.table(
        "known",
        """SELECT * FROM (VALUES
            ('rye', TRUE, 4, 'Rye', NULL),
            ('spelt', TRUE, 5, 'Spelt', ['price']),
            ('oat', NULL, 6, NULL, NULL),
            ('corn', TRUE, 7, 'Corn', ['id', 'name'])
        ) AS t(_identifier, id, price, name, _unsettled)""",
    )
    there = items_there(engine, "known")
    assert engine.rows(f"SELECT _identifier, id, price, name FROM {there} ORDER BY price, id") == [
        ("rye", True, 4, "Rye"),
        ("spelt", True, 5, "Spelt"),
        ("corn", True, None, None),
        ("oat", None, None, None),
    ]
    types = {one.name: one.engine_type for one in engine.relation_columns(there)}
    assert types["price"] == "INTEGER"


def test_a_catalog_without_fields_is_left_as_it_is(engine: Engine) -> None:
    engine.table("known", "SELECT 'rye' AS _identifier, TRUE AS id, NULL::VARCHAR[] AS _unsettled")
    assert items_there(engine, "known") == "known"
