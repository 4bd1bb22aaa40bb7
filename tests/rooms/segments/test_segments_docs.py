"""`docs/reference/segment-rules.md` and the code say the same, and every example in it works."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from onefold.segments import (
    OPERATORS,
    RULE_KEYS,
    Catalogue,
    Family,
    TableShape,
    compile_segment,
    operators_of,
    parse_rules,
    to_data,
)
from onefold.segments.operators import find_operator
from onefold.segments.purchases import FILTERS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "segment-rules.md").read_text("utf-8")
SECTIONS = {
    "Texts": [Family.STRING],
    "Numbers": [Family.NUMBER],
    "Dates and datetimes": [Family.DATE, Family.DATETIME],
    "Booleans": [Family.BOOLEAN],
    "Other types": [Family.OTHER],
}
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def _section(title: str) -> str:
    return PAGE.split(f"\n### {title}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def _rows(title: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", _section(title), re.MULTILINE)


@pytest.fixture
def everything(shop: Catalogue) -> Catalogue:
    """The shop's tables with every column that the page names."""
    items = shop["unified_itemized_transactions"]
    more = dict.fromkeys(FILTERS.values(), "VARCHAR")
    wider = TableShape(columns={**items.columns, **more}, grain=items.grain)
    return {**shop, "unified_itemized_transactions": wider}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_operator_of_a_type_is_documented_and_no_other(title: str) -> None:
    documented = [operator for operator, _ in _rows(title)]
    for family in SECTIONS[title]:
        assert sorted(documented) == sorted(operators_of(family))


def test_every_type_has_its_section() -> None:
    assert {family for families in SECTIONS.values() for family in families} == set(Family)


@pytest.mark.parametrize("title", SECTIONS)
def test_every_operators_example_compiles_and_is_of_its_type(
    title: str, everything: Catalogue, as_of: datetime, zone: str
) -> None:
    for operator, written in _rows(title):
        data: Any = YAML().load(written)
        assert data["op"] == operator
        rule = parse_rules(data)
        assert compile_segment(rule, everything, as_of=as_of, timezone=zone).sql("duckdb")
        table, _, column = data["field"].rpartition(".")
        assert Family.of(everything[table].type_of(column)) in SECTIONS[title]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_example_compiles(
    number: int, everything: Catalogue, as_of: datetime, zone: str
) -> None:
    data = YAML().load(BLOCKS[number])
    rule = parse_rules(data)
    assert compile_segment(rule, everything, as_of=as_of, timezone=zone).sql("duckdb")
    assert to_data(rule) == data


def test_every_kind_of_rule_is_documented() -> None:
    kinds = PAGE.split("## Kinds of rules", 1)[1].split("###", 1)[0]
    assert re.findall(r"^\| `(\w+)` \|", kinds, re.MULTILINE) == list(RULE_KEYS)


def test_every_filter_of_purchases_is_documented() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `product_category`"))
    assert re.findall(r"`(\w+)`", row.split("|")[1]) == list(FILTERS)


def test_operators_that_include_people_without_a_value_are_named() -> None:
    paragraph = next(line for line in PAGE.splitlines() if line.startswith("- What is **negated**"))
    for operator in OPERATORS.values():
        assert (f"`{operator.name}`" in paragraph) == bool(operator.negates)


def test_the_spellings_that_amperity_uses_are_read() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("- Its spellings"))
    spellings = re.findall(r"`([^`]+)`", line)
    assert spellings
    assert all(find_operator(spelling) for spelling in spellings)
