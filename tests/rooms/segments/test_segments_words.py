"""Words for people and for the machine: operators, periods, days, plain English, references."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

import pytest

from onefold.errors import ProjectError, UnknownReference
from onefold.segments import (
    OPERATORS,
    RULE_KEYS,
    Condition,
    Period,
    Unit,
    describe,
    order_segments,
    parse_rules,
    references,
    sentence,
    to_data,
)
from onefold.segments.clock import Clock, parse_moment
from onefold.segments.operators import find_operator
from onefold.segments.periods import parse_period

CITY = {"field": "merged_customers.city", "op": "is", "value": "Paris"}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("is exactly", "is"),
        ("IS NOT NULL", "is not null"),
        ("is  before", "before"),
        ("has", "contains"),
        ("!=", "is not"),
        ("in", "in list"),
    ],
)
def test_synonyms_name_the_same_operator(written: str, name: str) -> None:
    assert find_operator(written) is OPERATORS[name]


def test_a_synonym_in_a_file_comes_back_as_the_operator_itself() -> None:
    assert to_data(parse_rules(CITY | {"op": "Is Exactly"})) == CITY


def test_no_two_operators_share_a_spelling() -> None:
    spellings = [
        text for operator in OPERATORS.values() for text in (operator.name, *operator.synonyms)
    ]
    assert len(spellings) == len(set(spellings))
    assert all(text == text.casefold() for text in spellings)


def test_an_operator_and_its_opposite_ask_for_the_same() -> None:
    for operator in OPERATORS.values():
        if operator.negates:
            opposite = OPERATORS[operator.negates]
            assert (operator.takes, operator.families) == (opposite.takes, opposite.families)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("30 days", Period(30, Unit.DAY)),
        ("1 week", Period(1, Unit.WEEK)),
        ("6  Months", Period(6, Unit.MONTH)),
        ("0 years", Period(0, Unit.YEAR)),
        ("a month", None),
        ("30days", None),
        ("-3 days", None),
        ("1.5 days", None),
        ("", None),
    ],
)
def test_periods(text: str, period: Period | None) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    ("today", "written", "day"),
    [
        ("2026-03-31", "1 month ago", "2026-02-28"),
        ("2024-03-31", "1 month ago", "2024-02-29"),
        ("2024-02-29", "1 year ago", "2023-02-28"),
        ("2026-01-15", "1 month ago", "2025-12-15"),
        ("2026-01-31", "13 months from now", "2027-02-28"),
        ("2026-03-01", "2 WEEKS from now", "2026-03-15"),
        ("2026-03-01", "Yesterday", "2026-02-28"),
        ("2026-03-01", "0 days ago", "2026-03-01"),
    ],
)
def test_days_counted_from_today(today: str, written: str, day: str) -> None:
    clock = Clock(datetime.fromisoformat(f"{today}T12:00:00Z"), "UTC")
    assert parse_moment(written, clock) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    ["now", "ago", "days ago", "3 days", "20270115", "2027-W03-1", "2027-1-5", "15/01/2027", ""],
)
def test_texts_that_are_no_days(text: str) -> None:
    assert parse_moment(text, Clock(datetime(2026, 3, 1, tzinfo=UTC), "UTC")) is None


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("Europe/Paris", "2026-03-30", "2026-03-29T22:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),  # midnight is skipped
        ("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"),  # midnight comes twice
    ],
)
def test_a_day_starts_with_its_first_instant(zone: str, day: str, start: str) -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC), zone)
    assert clock.start_of(date.fromisoformat(day)) == datetime.fromisoformat(start)


def test_plain_english_says_everything_that_decides() -> None:
    rule = parse_rules(
        {
            "all": [
                CITY | {"op": "is not"},
                {"any": [{"in_segment": "loyal"}, {"not": {"in_list": "guests"}}]},
                {
                    "any_row_of": "visits",
                    "where": [
                        {"field": "at", "op": "between", "value": ["30 days ago", "today"]},
                        {"any": [{"field": "n", "op": ">", "value": 3}, CITY | {"field": "c"}]},
                    ],
                },
                {"purchased": {}},
                {
                    "purchased": {
                        "product_category": ["shoes", "boots"],
                        "within": "1 year",
                        "at_least": {"orders": 2, "revenue": 99.5},
                    }
                },
                {"field": "profile.tier", "op": "not in list", "value": list("abcdefg")},
                {"field": "profile.born", "op": "before", "value": date(2000, 1, 1)},
                {"field": "profile.note", "op": "is empty"},
            ]
        }
    )
    assert describe(rule).splitlines() == [
        "all of:",
        '  merged_customers.city is not "Paris" (or has no value)',
        "  any of:",
        "    in segment loyal",
        "    not:",
        "      on list guests",
        (
            "  at least one row of visits where at between 30 days ago and today"
            ' and (n > 3 or c is "Paris")'
        ),
        "  purchased anything, ever",
        (
            '  purchased product category ("shoes", "boots"), within 1 year, in at least 2 orders,'
            " for at least 99.5"
        ),
        '  profile.tier not in list ("a", "b", "c", "d", "e", and 2 more) (or has no value)',
        "  profile.born before 2000-01-01",
        "  profile.note is empty",
    ]
    assert sentence(parse_rules({"not": {"any": [CITY, {"in_segment": "loyal"}]}})) == (
        'not (merged_customers.city is "Paris" or in segment loyal)'
    )


def test_references_name_everything_once_in_lower_case() -> None:
    found = references(
        parse_rules(
            {
                "all": [
                    CITY,
                    CITY | {"field": "main.Merged_Customers.City"},
                    {"not": {"in_segment": "Loyal"}},
                    {"any": [{"in_list": "guests"}, {"in_segment": "loyal"}]},
                    {"any_row_of": "Landed.Visits", "where": {"not": CITY | {"field": "Town"}}},
                    {"purchased": {"brand": "shop", "at_least": {"orders": 2}}},
                ]
            }
        )
    )
    assert found.segments == ("loyal",)
    assert found.lists == ("guests",)
    assert found.tables == ("landed.visits", "merged_customers", "unified_itemized_transactions")
    assert found.fields == (
        "landed.visits.town",
        "merged_customers.city",
        "unified_itemized_transactions.is_cancellation",
        "unified_itemized_transactions.is_return",
        "unified_itemized_transactions.order_id",
        "unified_itemized_transactions.purchase_brand",
    )
    assert references(parse_rules({"in_list": "x"})).tables == ("merged_customers",)


def test_segments_come_after_those_they_read() -> None:
    uses = {"a": ["c", "b"], "b": ["c"], "c": [], "d": []}
    order = order_segments(uses)
    assert sorted(order) == sorted(uses)
    assert all(order.index(used) < order.index(name) for name in uses for used in uses[name])


@pytest.mark.parametrize(
    ("uses", "circle"),
    [
        ({"a": ["a"]}, "a → a"),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, "a → b → c → a"),
    ],
)
def test_a_circle_of_segments_is_named(uses: dict[str, list[str]], circle: str) -> None:
    with pytest.raises(ProjectError) as refused:
        order_segments(uses)
    named = refused.value.message.removeprefix("segments read each other in a circle: ")
    steps = named.split(" → ")
    assert steps[0] == steps[-1]
    assert set(steps) == set(circle.split(" → "))
    assert all(later in uses[earlier] for earlier, later in itertools.pairwise(steps))


def test_a_segment_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownReference, match=r"segment a reads segment lyal.*nearest: loyal"):
        order_segments({"a": ["lyal"], "loyal": []})


def test_yaml_libraries_scalars_become_plain_python() -> None:
    class Scalar(int):
        """As ruamel makes of `0x10`."""

    rule = parse_rules({"field": "merged_customers.age", "op": "is", "value": Scalar(16)})
    assert isinstance(rule, Condition)
    assert type(rule.value) is int


def test_rule_keys_are_what_a_rule_may_start_with() -> None:
    starts: list[Any] = [
        {"all": [CITY]},
        {"any": [CITY]},
        {"not": CITY},
        CITY,
        {"any_row_of": "visits", "where": {"field": "n", "op": "is", "value": 1}},
        {"in_segment": "loyal"},
        {"in_list": "guests"},
        {"purchased": {"brand": "shop"}},
    ]
    assert [next(iter(to_data(parse_rules(data)))) for data in starts] == list(RULE_KEYS)
