from __future__ import annotations

import pytest
from sqlglot import parse_one

from onefold.destinations.formulas import formula


@pytest.mark.parametrize(
    ("template", "part", "written"),
    [
        ("NOT :x", "a OR b", "NOT (a OR b)"),
        ("NOT :x", "a AND b", "NOT (a AND b)"),
        (":x || 'z'", "a + b", "(a + b) || 'z'"),
        (":x IS NULL", "CASE WHEN a THEN b END", "CASE WHEN a THEN b END IS NULL"),
        ("upper(:x)", '"a b"', 'UPPER("a b")'),
        ("-:x", "-a", "-(-a)"),
    ],
)
def test_parts_stay_whole(template: str, part: str, written: str) -> None:
    tree = formula(template, x=parse_one(part, dialect="duckdb"))
    assert tree.sql("duckdb") == written


def test_parts_are_not_filled_again() -> None:
    tree = formula(":x + :y", x=parse_one("f(:y)", dialect="duckdb"), y=parse_one("1"))
    assert tree.sql("duckdb") == "F($y) + 1"
