"""Whatever the rule and the tables: the compiled SQL says what plain Python says of each person.

The oracle reads the rule's *data*, not the parsed tree, and decides person by person. Days it
compares as local dates, where the SQL compares instants. No third truth value exists in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from onefold.segments import (
    OPERATORS,
    PERSONS,
    Catalogue,
    Grain,
    Rule,
    TableShape,
    compile_predicates,
    compile_segment,
    explain_person,
    parse_rules,
    to_data,
    walk,
)
from onefold.warehouse import Engine, EngineSettings

Row = dict[str, Any]
Data = dict[str, Any]
INSTANT = pa.timestamp("us", tz="UTC")
COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "person_id": (pa.string(), "VARCHAR"),
    "word": (pa.string(), "VARCHAR"),
    "whole": (pa.int64(), "BIGINT"),
    "money": (pa.decimal128(12, 2), "DECIMAL(12,2)"),
    "ratio": (pa.float64(), "DOUBLE"),
    "flag": (pa.bool_(), "BOOLEAN"),
    "day": (pa.date32(), "DATE"),
    "moment": (INSTANT, "TIMESTAMP WITH TIME ZONE"),
    "wall": (pa.timestamp("us"), "TIMESTAMP"),
}
ITEMS: dict[str, tuple[pa.DataType, str]] = {
    "person_id": (pa.string(), "VARCHAR"),
    "order_id": (pa.string(), "VARCHAR"),
    "purchase_brand": (pa.string(), "VARCHAR"),
    "store_id": (pa.string(), "VARCHAR"),
    "order_datetime": (INSTANT, "TIMESTAMP WITH TIME ZONE"),
    "item_revenue": (pa.decimal128(12, 2), "DECIMAL(12,2)"),
    "is_return": (pa.bool_(), "BOOLEAN"),
    "is_cancellation": (pa.bool_(), "BOOLEAN"),
}
TABLES = {
    "merged_customers": (COLUMNS, Grain.PERSON),
    "profile": (COLUMNS, Grain.PERSON),
    "visits": (COLUMNS, Grain.ROWS),
    "unified_itemized_transactions": (ITEMS, Grain.ROWS),
}
CATALOGUE: Catalogue = {
    name: TableShape(columns={column: kind for column, (_, kind) in columns.items()}, grain=grain)
    for name, (columns, grain) in TABLES.items()
} | {"segments.friends": PERSONS, "lists.guests": PERSONS}
MEMBERS = {"in_segment": "segments.friends", "in_list": "lists.guests"}

# Days around which the clocks change: forward in Paris, forward at midnight in São Paulo.
TODAYS = {"Europe/Paris": date(2026, 3, 30), "America/Sao_Paulo": date(2018, 11, 4)}


@dataclass(frozen=True)
class World:
    """Tables, and when and where they are asked."""

    tables: Mapping[str, list[Row]]
    as_of: datetime
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> date:
        return self.as_of.astimezone(self.zone).date()

    @property
    def persons(self) -> list[str]:
        return [row["person_id"] for row in self.tables["merged_customers"]]


# --- worlds and rules -----------------------------------------------------------------------------

WORDS = ["", "a", "ab", "Ab", "b%", "b_", "é'"]
MONEY = [Decimal(text) for text in ("-1.00", "0.00", "9.99", "10.00", "10.01")]
WHOLES = [-1, 0, 1, 2, 3]
RATIOS = [-0.5, 0.0, 0.1, 0.30000000000000004, 1e300]
RELATIVE = ["today", "yesterday", "tomorrow", "2 days ago", "1 day from now", "1 week ago"]
DAYS = ["1 month ago", "2026-03-29", date(2026, 3, 30), "2018-11-04", date(2018, 11, 3)]
HOURS = [0, 2, 3, 12, 22, 23]  # UTC: midnights of both zones, in winter and in summer
TIMES = [  # half past two is skipped in Paris on 29 March, half past midnight in São Paulo
    datetime(2026, 3, 29, 2, 30),  # noqa: DTZ001 - naive on purpose: the project's zone
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    "2018-11-04 00:30",
    "2018-11-04T03:00:00Z",
]

words = st.sampled_from(WORDS)
money = st.sampled_from(MONEY)
wholes = st.sampled_from(WHOLES)
ratios = st.sampled_from(RATIOS)
persons_or_nobody = st.sampled_from([None, "p1", "p2", "p3", "p4", "unknown"])


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def instants(draw: st.DrawFn, middle: date) -> datetime:
    """Draw mostly midnights of the two zones, or the last microsecond before."""
    base = datetime(middle.year, middle.month, middle.day, tzinfo=UTC)
    days, hour = draw(st.integers(-3, 3)), draw(st.sampled_from(HOURS))
    return base + timedelta(days, hours=hour, microseconds=draw(st.sampled_from([0, 0, -1])))


def rows(middle: date, ids: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "person_id": ids,
            "word": maybe(words),
            "whole": maybe(wholes),
            "money": maybe(money),
            "ratio": maybe(ratios),
            "flag": maybe(st.booleans()),
            "day": maybe(st.integers(-3, 3).map(lambda days: middle + timedelta(days=days))),
            "moment": maybe(instants(middle)),
            "wall": maybe(instants(middle).map(lambda instant: instant.replace(tzinfo=None))),
        }
    )


def items(middle: date) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "person_id": persons_or_nobody,
            "order_id": st.sampled_from(["o1", "o2", "o3"]),
            "purchase_brand": maybe(words),
            "store_id": maybe(words),
            "order_datetime": maybe(instants(middle)),
            "item_revenue": maybe(money),
            "is_return": maybe(st.just(False)) | st.booleans(),
            "is_cancellation": maybe(st.just(False)),
        }
    )


def one_each(middle: date, names: list[str]) -> st.SearchStrategy[list[Row]]:
    return st.tuples(*(rows(middle, st.just(name)) for name in names)).map(list)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    timezone = draw(st.sampled_from(sorted(TODAYS)))
    middle = TODAYS[timezone]
    members = st.lists(persons_or_nobody, max_size=4).map(
        lambda names: [{"person_id": name} for name in names]
    )
    profiled = draw(st.sampled_from([[], ["p1"], ["p1", "p2", "unknown"], ["p2", "p3", "p4"]]))
    return World(
        tables={
            "merged_customers": draw(one_each(middle, ["p1", "p2", "p3", "p4"])),
            "profile": draw(one_each(middle, profiled)),
            "visits": draw(st.lists(rows(middle, persons_or_nobody), max_size=5)),
            "unified_itemized_transactions": draw(st.lists(items(middle), max_size=6)),
            "segments.friends": draw(members),
            "lists.guests": draw(members),
        },
        as_of=draw(instants(middle)),
        timezone=timezone,
    )


WRITTEN: dict[str, list[Any]] = {
    "word": WORDS[1:],
    "whole": WHOLES,
    "money": [float(amount) for amount in MONEY],
    "ratio": RATIOS,
    "day": RELATIVE + DAYS,
    "moment": RELATIVE + DAYS + TIMES,
    "wall": RELATIVE + DAYS,
}
VALUES = {column: st.sampled_from(values) for column, values in WRITTEN.items()}
DAY_OPS = ["is", "is not", "before", "after", "on or before", "on or after"]
NUMBER_OPS = ["is", "is not", ">", ">=", "<", "<="]
ONE = {
    "word": ["is", "is not", "contains", "does not contain", "starts with", "ends with"],
    "whole": NUMBER_OPS,
    "money": NUMBER_OPS,
    "ratio": NUMBER_OPS,
    "day": DAY_OPS,
    "moment": DAY_OPS,
    "wall": DAY_OPS,
}
NONE = {"word": ["is empty", "is not empty"], "flag": ["is true", "is false"]}
RANGED = ["whole", "money", "ratio", "day", "moment", "wall"]
LISTED = ["word", "whole", "money", "ratio"]


@st.composite
def conditions(draw: st.DrawFn, prefixes: list[str]) -> Data:
    prefix = draw(st.sampled_from(prefixes))
    shape = draw(st.sampled_from(["one", "one", "one", "none", "range", "list"]))
    if shape == "one":
        column = draw(st.sampled_from(sorted(ONE)))
        op, value = draw(st.sampled_from(ONE[column])), draw(VALUES[column])
        return {"field": prefix + column, "op": op, "value": value}
    if shape == "none":
        column = draw(st.sampled_from([name for name in COLUMNS if name != "person_id"]))
        op = draw(st.sampled_from(["is null", "is not null", *NONE.get(column, [])]))
        return {"field": prefix + column, "op": op}
    if shape == "list":
        column = draw(st.sampled_from(LISTED))
        value = draw(st.lists(VALUES[column], min_size=1, max_size=3))
        op = draw(st.sampled_from(["in list", "not in list"]))
        return {"field": prefix + column, "op": op, "value": value}
    column = draw(st.sampled_from(RANGED))
    op = draw(st.sampled_from(["between", "not between"]))
    if column in {"day", "moment", "wall"}:
        ends = draw(st.sampled_from([["yesterday", "today"], ["1 week ago", "yesterday"]]))
        return {"field": prefix + column, "op": op, "value": ends}
    ends = sorted(draw(st.tuples(VALUES[column], VALUES[column])))
    return {"field": prefix + column, "op": op, "value": list(ends)}


def trees(leaves: st.SearchStrategy[Data], size: int) -> st.SearchStrategy[Data]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=size,
    )


row_rules = trees(conditions([""]), 3)
any_row_rules = st.fixed_dictionaries(
    {
        "any_row_of": st.just("visits"),
        "where": st.lists(row_rules, min_size=1, max_size=3)
        | row_rules.filter(lambda rule: "all" not in rule),
    }
)
purchases = st.fixed_dictionaries(
    {
        "purchased": st.fixed_dictionaries(
            {},
            optional={
                "brand": words.filter(bool),
                "store": st.lists(words, min_size=1, max_size=2),
                "within": st.sampled_from(["1 day", "2 days", "1 month"]),
                "at_least": st.fixed_dictionaries({"orders": st.integers(1, 2)})
                | st.fixed_dictionaries({"revenue": st.sampled_from([0, 10, 19.99])})
                | st.fixed_dictionaries({"orders": st.just(2), "revenue": st.just(10.01)}),
            },
        )
    }
)
leaves = st.one_of(
    conditions(["merged_customers.", "profile.", "Profile."]),
    conditions(["merged_customers.", "profile."]),
    any_row_rules,
    purchases,
    st.just({"in_segment": "friends"}),
    st.just({"in_list": "guests"}),
)
rules = trees(leaves, 6)


# --- the oracle -----------------------------------------------------------------------------------


def is_member(rule: Data, person: str, world: World) -> bool:
    (head,) = (key for key in rule if key in HEADS)
    return bool(HEADS[head](rule, person, world))


def _owned(table: str, person: str, world: World) -> list[Row]:
    return [row for row in world.tables[table] if row["person_id"] == person]


def _condition(rule: Data, person: str, world: World) -> bool:
    table, _, column = rule["field"].lower().rpartition(".")
    found = _owned(table, person, world)
    return compare(rule["op"], found[0][column] if found else None, rule.get("value"), world)


def _any_row(rule: Data, person: str, world: World) -> bool:
    where = rule["where"]
    where = {"all": where} if isinstance(where, list) else where
    return any(row_fits(where, row, world) for row in _owned(rule["any_row_of"], person, world))


def row_fits(rule: Data, row: Row, world: World) -> bool:
    if "all" in rule:
        return all(row_fits(inner, row, world) for inner in rule["all"])
    if "any" in rule:
        return any(row_fits(inner, row, world) for inner in rule["any"])
    if "not" in rule:
        return not row_fits(rule["not"], row, world)
    return compare(rule["op"], row[rule["field"]], rule.get("value"), world)


def _bought(rule: Data, person: str, world: World) -> bool:
    asked = rule["purchased"]
    bought = [
        item
        for item in _owned("unified_itemized_transactions", person, world)
        if not item["is_return"] and not item["is_cancellation"] and _wanted(item, asked, world)
    ]
    least = asked.get("at_least", {})
    amounts = [item["item_revenue"] for item in bought if item["item_revenue"] is not None]
    enough = "revenue" not in least or (
        bool(amounts) and sum(amounts) >= Decimal(str(least["revenue"]))
    )
    return enough and len({item["order_id"] for item in bought}) >= least.get("orders", 1)


def _wanted(item: Row, asked: Data, world: World) -> bool:
    for key, column in (("brand", "purchase_brand"), ("store", "store_id")):
        if key in asked:
            wanted = asked[key] if isinstance(asked[key], list) else [asked[key]]
            if item[column] is None or item[column] not in wanted:
                return False
    if "within" not in asked:
        return True
    if item["order_datetime"] is None:
        return False
    since = day_of(f"{asked['within']} ago", world)
    ordered: date = item["order_datetime"].astimezone(world.zone).date()
    return since <= ordered <= world.today


def day_of(written: Any, world: World) -> date:
    """Read a day by counting day by day, another way than the compiler does."""
    if isinstance(written, date):
        return written
    named = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if written in named:
        return world.today + timedelta(days=named[written])
    count, _, rest = written.partition(" ")
    unit, _, direction = rest.partition(" ")
    if not direction:
        return date.fromisoformat(written)
    if unit.startswith("month"):
        before = world.today.replace(day=1) - timedelta(days=1)
        return before.replace(day=min(world.today.day, before.day))
    days = int(count) * (7 if unit.startswith("week") else 1)
    return world.today + timedelta(days=days if direction == "from now" else -days)


def instant_of(written: Any, world: World) -> datetime | None:
    if isinstance(written, str) and ":" in written:
        written = datetime.fromisoformat(written)
    if not isinstance(written, datetime):
        return None
    return written if written.tzinfo else written.replace(tzinfo=world.zone).astimezone(UTC)


def on_days(op: str, stored: date, wanted: list[Any], world: World) -> bool:
    """Compare days of the zone; with a written time, instants."""
    instants_wanted = [instant_of(value, world) for value in wanted]
    if instants_wanted[0] is not None:
        return bool(COMPARISONS[op](stored, instants_wanted))
    if isinstance(stored, datetime):
        stored = (stored.astimezone(world.zone) if stored.tzinfo else stored).date()
    return bool(COMPARISONS[op](stored, [day_of(value, world) for value in wanted]))


def compare(op: str, stored: Any, wanted: Any, world: World) -> bool:
    if op in OPPOSITES:
        return not compare(OPPOSITES[op], stored, wanted, world)
    if op in {"is null", "is empty"}:
        return stored is None or (op == "is empty" and stored == "")
    if stored is None:
        return False
    if op in WITHOUT_VALUE:
        return bool(WITHOUT_VALUE[op](stored))
    listed = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(stored, date):
        return on_days(op, stored, listed, world)
    if isinstance(stored, Decimal):
        listed = [Decimal(repr(value)) for value in listed]
    return bool(COMPARISONS[op](stored, listed))


OPPOSITES = {
    "is not": "is",
    "not in list": "in list",
    "does not contain": "contains",
    "not between": "between",
    "is not null": "is null",
}
WITHOUT_VALUE: dict[str, Any] = {
    "is not empty": lambda stored: stored != "",
    "is true": lambda stored: stored is True,
    "is false": lambda stored: stored is False,
}
COMPARISONS: dict[str, Any] = {
    "is": lambda stored, values: stored == values[0],
    ">": lambda stored, values: stored > values[0],
    ">=": lambda stored, values: stored >= values[0],
    "<": lambda stored, values: stored < values[0],
    "<=": lambda stored, values: stored <= values[0],
    "before": lambda stored, values: stored < values[0],
    "after": lambda stored, values: stored > values[0],
    "on or before": lambda stored, values: stored <= values[0],
    "on or after": lambda stored, values: stored >= values[0],
    "between": lambda stored, values: values[0] <= stored <= values[1],
    "in list": lambda stored, values: stored in values,
    "contains": lambda stored, values: values[0] in stored,
    "starts with": lambda stored, values: stored.startswith(values[0]),
    "ends with": lambda stored, values: stored.endswith(values[0]),
}
HEADS: dict[str, Any] = {
    "all": lambda rule, *of: all(is_member(inner, *of) for inner in rule["all"]),
    "any": lambda rule, *of: any(is_member(inner, *of) for inner in rule["any"]),
    "not": lambda rule, *of: not is_member(rule["not"], *of),
    "field": _condition,
    "any_row_of": _any_row,
    "purchased": _bought,
    "in_segment": lambda _, *of: bool(_owned("segments.friends", *of)),
    "in_list": lambda _, *of: bool(_owned("lists.guests", *of)),
}


# --- the properties -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        # An engine of yet another zone: what a rule means must not hang on it.
        made = Engine(
            EngineSettings(spill_folder=Path(folder), threads=1, timezone="Asia/Kathmandu")
        )
        made.run("CREATE SCHEMA segments")
        made.run("CREATE SCHEMA lists")
        yield made
        made.close()


def load(engine: Engine, world: World) -> None:
    for name, found in world.tables.items():
        columns = TABLES[name][0] if name in TABLES else {"person_id": COLUMNS["person_id"]}
        schema = pa.schema([(column, kind) for column, (kind, _) in columns.items()])
        engine.register("loading", pa.Table.from_pylist(found, schema=schema))
        engine.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM loading")


def members(engine: Engine, rule: Rule, world: World) -> list[str]:
    query = compile_segment(rule, CATALOGUE, as_of=world.as_of, timezone=world.timezone)
    return sorted(row[0] for row in engine.rows(query))


quick = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quick
@given(world=worlds(), data=rules)
def test_a_segment_is_what_plain_python_says_and_not_gives_exactly_the_others(
    engine: Engine, world: World, data: Data
) -> None:
    load(engine, world)
    expected = [person for person in world.persons if is_member(data, person, world)]
    others = [person for person in world.persons if person not in expected]
    assert members(engine, parse_rules(data), world) == sorted(expected)
    assert members(engine, parse_rules({"not": data}), world) == sorted(others)


def edge_rows(middle: date) -> list[Row]:
    """Give a person for every stored value that lies at an edge, and one without any value."""
    midnight = datetime(middle.year, middle.month, middle.day, tzinfo=UTC)
    moments = [
        midnight + timedelta(days, hours=hour, microseconds=tick)
        for days in range(-9, 4)
        for hour in HOURS
        for tick in (0, -1)
    ]
    filled = [
        {
            "person_id": f"p{number}",
            "word": WORDS[number % len(WORDS)],
            "whole": WHOLES[number % len(WHOLES)],
            "money": MONEY[number % len(MONEY)],
            "ratio": RATIOS[number % len(RATIOS)],
            "flag": number % 2 == 0,
            "day": moment.date(),
            "moment": moment,
            "wall": moment.replace(tzinfo=None),
        }
        for number, moment in enumerate(moments)
    ]
    return [*filled, dict.fromkeys(COLUMNS) | {"person_id": "nothing"}]


def every_condition() -> Iterator[Data]:
    for column in COLUMNS:
        field: Data = {"field": f"merged_customers.{column}"}
        written = WRITTEN.get(column, [])
        for op in ["is null", "is not null", *NONE.get(column, [])]:
            yield field | {"op": op}
        for op in ONE.get(column, []):
            yield from (field | {"op": op, "value": value} for value in written)
        for op in ["in list", "not in list"] if column in LISTED else []:
            yield field | {"op": op, "value": written[1:3]}
        for op in ["between", "not between"] if column in RANGED else []:
            days = column in {"day", "moment", "wall"}
            ends: list[list[Any]] = [written[1:3], [written[2]] * 2]
            ends = [["1 week ago", "yesterday"]] if days else ends
            yield from (field | {"op": op, "value": pair} for pair in ends)


@pytest.mark.parametrize("timezone", sorted(TODAYS))
def test_every_operator_at_every_edge(engine: Engine, timezone: str) -> None:
    middle = TODAYS[timezone]
    noon = datetime(middle.year, middle.month, middle.day, 12, tzinfo=UTC)
    world = World(tables={"merged_customers": edge_rows(middle)}, as_of=noon, timezone=timezone)
    load(engine, world)
    asked = list(every_condition())
    rules_by_name = {f"rule {number}": parse_rules(data) for number, data in enumerate(asked)}
    query = compile_predicates(rules_by_name, CATALOGUE, as_of=noon, timezone=timezone)
    wrong = [
        (person, data)
        for person, *flags in engine.rows(query)
        for data, flag in zip(asked, flags, strict=True)
        if flag is not is_member(data, person, world)
    ]
    assert wrong[:3] == []
    assert {data["op"] for data in asked} == set(OPERATORS)


@settings(parent=quick, max_examples=40)
@given(world=worlds(), group=st.lists(rules, min_size=1, max_size=3))
def test_predicates_are_the_segments_side_by_side(
    engine: Engine, world: World, group: list[Data]
) -> None:
    load(engine, world)
    named = {f"group {number}": parse_rules(data) for number, data in enumerate(group)}
    query = compile_predicates(named, CATALOGUE, as_of=world.as_of, timezone=world.timezone)
    found = {person: flags for person, *flags in engine.rows(query)}
    assert found == {
        person: [is_member(data, person, world) for data in group] for person in world.persons
    }


@settings(parent=quick, max_examples=30)
@given(world=worlds(), data=rules)
def test_the_explanation_says_of_each_node_what_it_says_alone(
    engine: Engine, world: World, data: Data
) -> None:
    load(engine, world)
    rule = parse_rules(data)
    for person in world.persons[:2]:
        checks = explain_person(
            rule, CATALOGUE, person_id=person, as_of=world.as_of, timezone=world.timezone
        )
        said = [engine.row(check.query)[0] for check in checks]
        assert said == [is_member(to_data(node), person, world) for _, node in walk(rule)]


@quick
@given(data=rules)
def test_the_builder_writes_what_it_read(data: Data) -> None:
    rule = parse_rules(data)
    assert to_data(rule) == data
    assert parse_rules(to_data(rule)) == rule


@settings(parent=quick, max_examples=50)
@given(data=rules)
def test_a_rule_survives_its_file(data: Data) -> None:
    text = StringIO()
    YAML().dump(data, text)
    assert to_data(parse_rules(YAML().load(text.getvalue()))) == data
