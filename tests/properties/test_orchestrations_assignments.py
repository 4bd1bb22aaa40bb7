"""A person once given a treatment keeps it, whatever happens around; and shares are what they say.

The oracle is the documented rule in exact fractions, and a dictionary of what was given.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.orchestrations import CampaignSettings, Group, Treatment, assign
from onefold.warehouse import Engine, EngineSettings

TEXT = pa.string()
PEOPLE = [f"p{number}" for number in range(8)]
TREATMENTS = ["control", "offer_a", "offer_b"]
MANY = 20_000
DEVIATIONS = 5  # of a binomial count: beyond them a fair draw falls once in 1.7 million

Given = tuple[str, str]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        made = Engine(EngineSettings(spill_folder=Path(folder), memory_limit="300MB", threads=1))
        yield made
        made.close()


def register(engine: Engine, name: str, people: Iterable[str]) -> str:
    engine.register(name, pa.table({"person_id": pa.array(sorted(people), TEXT)}))
    return name


@dataclass(frozen=True)
class Day:
    """A day: who is in the audience, who spends much, and how the campaign divides each group."""

    audience: frozenset[str]
    spenders: frozenset[str]
    shares: Mapping[str, Mapping[str, int]]  # group to treatment to percent
    merged: Mapping[str, str] = field(default_factory=dict)  # old to surviving person

    def settings(self) -> CampaignSettings:
        return CampaignSettings(
            name="spring",
            include=("audience",),
            exclude=(),
            groups=tuple(
                Group(
                    name=group,
                    members="spenders" if group == "high" else None,
                    treatments=tuple(
                        Treatment(name=name, share=Decimal(percent) / 100)
                        for name, percent in shares.items()
                    ),
                )
                for group, shares in self.shares.items()
            ),
            fields=(),
            membership=None,
        )


def by_rule(day: Day, person: str, campaign: str = "spring") -> Given:
    """Give the group that takes a person and the treatment of the person's place on the line."""
    group = next(one for one in day.shares if one != "high" or person in day.spenders)
    digits = hashlib.md5(f"{campaign}/{person}".encode()).hexdigest()[:12]
    place, end = Fraction(int(digits, 16), 2**48), Fraction(0)
    for treatment, percent in day.shares[group].items():
        end += Fraction(percent, 100)
        if place < end:
            return group, treatment
    raise AssertionError(day.shares)


@st.composite
def hundred_percent(draw: st.DrawFn) -> dict[str, int]:
    names = draw(st.lists(st.sampled_from(TREATMENTS), min_size=1, unique=True))
    cuts = sorted(
        draw(st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1))
    )
    ends = [0, *cuts, 100]
    return {name: ends[number + 1] - ends[number] for number, name in enumerate(names)}


some_people = st.frozensets(st.sampled_from(PEOPLE), min_size=1)
days = st.builds(
    Day,
    audience=some_people,
    spenders=some_people,
    shares=st.fixed_dictionaries({"high": hundred_percent(), "rest": hundred_percent()}),
)


def run_day(engine: Engine, day: Day, kept: list[dict[str, object]]) -> dict[str, Given]:
    """Assign as `run` does, add what is new to what is kept, and give the audience."""
    register(engine, "audience", day.audience)
    register(engine, "spenders", day.spenders)
    columns = {"person_id": TEXT, "group_name": TEXT, "treatment": TEXT, "round": pa.int64()}
    engine.register("kept", pa.Table.from_pylist(kept, schema=pa.schema(list(columns.items()))))
    aliases = [{"old_person_id": old, "person_id": new} for old, new in day.merged.items()]
    names = pa.schema([("old_person_id", TEXT), ("person_id", TEXT)])
    engine.register("aliases", pa.Table.from_pylist(aliases, schema=names))
    assigned = assign(
        engine,
        day.settings(),
        kept="kept" if kept else None,
        aliases="aliases",
        result="audience_of",
    )
    new = engine.arrow(f"SELECT * EXCLUDE (bucket) FROM {assigned.new}").read_all().to_pylist()
    kept += new
    found = engine.rows(f"SELECT person_id, group_name, treatment FROM {assigned.audience}")
    assert assigned.assigned == len(new)
    return {person: (group, treatment) for person, group, treatment in found}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(days, min_size=1, max_size=5))
def test_nobody_is_ever_moved(engine: Engine, history: list[Day]) -> None:
    kept: list[dict[str, object]] = []
    last: dict[str, Given] = {}
    for day in history:
        for person in day.audience:
            group, treatment = last.get(person, ("", ""))
            if treatment not in day.shares.get(group, {}):
                last[person] = by_rule(day, person)
        expected = {person: last[person] for person in day.audience}
        assert run_day(engine, day, kept) == expected
        assert run_day(engine, day, kept) == expected
    assert {row["person_id"] for row in kept} == set(last)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=days,
    after=days,
    merged=st.dictionaries(st.sampled_from(PEOPLE[:4]), st.sampled_from(PEOPLE[4:])),
)
def test_the_surviving_person_keeps_an_assignment(
    engine: Engine, before: Day, after: Day, merged: dict[str, str]
) -> None:
    kept: list[dict[str, object]] = []
    first = run_day(engine, before, kept)
    later = Day(
        audience=after.audience - merged.keys(),
        spenders=after.spenders,
        shares=before.shares,
        merged=merged,
    )
    expected = {}
    for person in later.audience:
        brought = sorted(old for old, new in merged.items() if new == person and old in first)
        own = [person] if person in first else []
        expected[person] = first[[*own, *brought][0]] if own or brought else by_rule(later, person)
    assert run_day(engine, later, kept) == expected


def test_shares_are_kept_within_chance_and_campaigns_are_independent(engine: Engine) -> None:
    people = [f"person {number}" for number in range(MANY)]
    register(engine, "audience", people)
    shares = {"control": Decimal("0.10"), "offer_a": Decimal("0.25"), "offer_b": Decimal("0.65")}
    given_by: dict[str, dict[str, str]] = {}
    for name in ("spring", "summer"):
        campaign = CampaignSettings(
            name=name,
            include=("audience",),
            exclude=(),
            groups=(
                Group(
                    name="all",
                    members=None,
                    treatments=tuple(
                        Treatment(name=one, share=share) for one, share in shares.items()
                    ),
                ),
            ),
            fields=(),
            membership=None,
        )
        assign(engine, campaign, kept=None, aliases=None, result=name)
        given_by[name] = dict(engine.rows(f"SELECT person_id, treatment FROM {name}"))
        counts = Counter(given_by[name].values())
        for one, share in shares.items():
            assert _plausible(counts[one], float(share)), (name, one, counts)
    both = Counter((given_by["spring"][one], given_by["summer"][one]) for one in people)
    for one, share in shares.items():
        for other, other_share in shares.items():
            assert _plausible(both[one, other], float(share * other_share)), (one, other)


def _plausible(count: int, share: float) -> bool:
    """Tell whether a count of MANY independent draws is within the deviations of a binomial."""
    return abs(count - MANY * share) <= DEVIATIONS * sqrt(MANY * share * (1 - share))
