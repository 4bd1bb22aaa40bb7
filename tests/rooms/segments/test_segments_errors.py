"""What a wrong rule says: the place in the file, what is wrong, what to write instead.

Golden: `errors/<case>.yaml` and the text in `errors/<case>.txt`;
`ONEFOLD_UPDATE_GOLDEN=1 pytest …` writes the texts again.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from onefold.errors import ProjectError, UnknownKey, UnknownReference
from onefold.segments import Catalogue, RuleError, TableShape, compile_segment, parse_rules
from onefold.segments.catalogue import Grain

ERRORS = Path(__file__).parents[2] / "golden" / "segments" / "errors"
CASES = sorted(path.stem for path in ERRORS.glob("*.yaml"))


def _refusal(data: Any, shop: Catalogue, as_of: datetime, zone: str) -> RuleError:
    with pytest.raises(RuleError) as refused:
        compile_segment(parse_rules(data), shop, as_of=as_of, timezone=zone)
    return refused.value


def _written(path: tuple[str | int, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".") or "the whole rule"


@pytest.mark.parametrize("case", CASES)
def test_the_message_says_where_what_and_how_to_mend(
    case: str, shop: Catalogue, as_of: datetime, zone: str
) -> None:
    data = YAML().load((ERRORS / f"{case}.yaml").read_text(encoding="utf-8"))
    error = _refusal(data, shop, as_of, zone)
    text = f"at {_written(error.path)}: {error}\n"
    golden = ERRORS / f"{case}.txt"
    if os.environ.get("ONEFOLD_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_path_leads_to_something_in_the_file(
    case: str, shop: Catalogue, as_of: datetime, zone: str
) -> None:
    found = data = YAML().load((ERRORS / f"{case}.yaml").read_text(encoding="utf-8"))
    for step in _refusal(data, shop, as_of, zone).path:
        found = found[step]


def test_callers_can_catch_errors_by_what_happened(
    shop: Catalogue, as_of: datetime, zone: str
) -> None:
    condition = {"field": "merged_customers.citty", "op": "is", "value": "Paris"}
    assert isinstance(_refusal(condition, shop, as_of, zone), UnknownReference)
    assert isinstance(_refusal({"al": []}, shop, as_of, zone), UnknownKey)
    assert isinstance(_refusal([], shop, as_of, zone), ProjectError)


def test_a_path_in_front_is_kept() -> None:
    with pytest.raises(RuleError) as refused:
        parse_rules({"all": [{"field": "x"}]}, path=("groups", 0, "where"))
    assert refused.value.path == ("groups", 0, "where", "all", 0, "field")


def test_keys_that_are_no_texts_are_refused() -> None:
    with pytest.raises(UnknownKey):
        parse_rules({1: []})


def test_rules_nest_forty_deep_and_no_deeper(shop: Catalogue, as_of: datetime, zone: str) -> None:
    rule: dict[str, Any] = {"in_segment": "loyalty_members"}
    for _ in range(40):
        rule = {"not": rule}
    assert compile_segment(parse_rules(rule), shop, as_of=as_of, timezone=zone).sql("duckdb")
    with pytest.raises(RuleError, match="nest deeper than 40"):
        parse_rules({"not": rule})


def test_lists_are_at_most_ten_thousand_long() -> None:
    condition = {"field": "merged_customers.age", "op": "in list", "value": list(range(10_001))}
    with pytest.raises(RuleError, match="at most 10000"):
        parse_rules(condition)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_texts_that_no_table_can_hold_are_refused(text: str) -> None:
    with pytest.raises(RuleError, match="no table can hold"):
        parse_rules({"field": "merged_customers.city", "op": "is", "value": text})


def test_a_table_of_nobody_cannot_be_offered() -> None:
    with pytest.raises(ValueError, match="person_id"):
        TableShape(columns={"city": "VARCHAR"}, grain=Grain.PERSON)


def test_a_naive_instant_is_refused(shop: Catalogue) -> None:
    rule = parse_rules({"in_segment": "loyalty_members"})
    with pytest.raises(ValueError, match="zone"):
        compile_segment(rule, shop, as_of=datetime(2026, 3, 1), timezone="UTC")  # noqa: DTZ001
