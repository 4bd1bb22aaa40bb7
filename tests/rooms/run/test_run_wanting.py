"""What orchestrations want: names that a destination would not have are refused in their files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.journey.bakery import bakery

from onefold.app import check_project

ITEMS = 'SELECT first_name AS id, loaves AS "{column}" FROM customers\n'
FILLED = "status: active\nfrom: breads\nto: braze\nas: {{catalog: {catalog}}}\n"
HINT = "the catalog's name stands behind `as:`, its fields are the columns of the SELECT"


@pytest.mark.parametrize(
    ("catalog", "column", "problem"),
    [
        ("my breads", "stock", "`my breads` is no name of a catalog"),
        ("breads", "in stock", "`in stock` is no field of a catalog"),
    ],
)
def test_a_catalog_that_braze_would_not_have(
    tmp_path: Path, catalog: str, column: str, problem: str
) -> None:
    project = bakery(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "queries").mkdir()
    project.write("queries/breads.sql", ITEMS.format(column=column))
    project.write("orchestrations/bread_catalog.yaml", FILLED.format(catalog=catalog))
    checked = check_project(tmp_path, environ=project.environ)
    (error,) = checked.errors
    assert str(error.where) == "orchestrations/bread_catalog.yaml:4:15"
    assert error.message.startswith(f"orchestration bread_catalog: {problem}")
    assert error.hint == HINT
