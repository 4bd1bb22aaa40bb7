"""What must hold for any records: made from few values, so that everything collides."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from random import Random

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Previous, Run, StitchConfig, stitch
from onefold.warehouse import Engine, EngineSettings

TAGS = (
    "given-name",
    "surname",
    "email",
    "phone",
    "birthdate",
    "postal",
    "generational-suffix",
    "fk-card",
    "fk-account",
    "sk-person",
)
SHAPE = RecordShape(
    source="crm",
    fields=tuple(
        FeedField(name=tag.replace("-", "_"), type=parse_type("string"), path=tag, tag=tag)
        for tag in TAGS
    ),
)
CONFIG = StitchConfig(find_bad_values=False)
START = datetime(2026, 1, 1, tzinfo=UTC)
FEW = settings(  # each example stitches up to three times
    max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
Record = dict[str, str | None]
Person = dict[str, str]  # person id by pk


def some(*values: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(values))


RECORD = st.fixed_dictionaries(
    {
        "given-name": some("Jean", "Jeanne", "Jean-Luc", "J.", "Fred", "Frédéric"),
        "surname": some("Roux", "Rouxx", "Petit"),
        "email": some("a@x.fr", "b@x.fr", "c@x.fr"),
        "phone": some("0612345670", "0612345671", "0612345672"),
        "birthdate": some("1980-02-03", "1980-02-04", "1955-11-12", "2001-07-30"),
        "postal": some("75001", "33000"),
        "generational-suffix": some("Jr", "Sr"),
        "fk-card": some("1", "2", "3"),
        "fk-account": some("x", "y", "z", "u", "v"),
        "sk-person": some("p", "q"),
    }
)
RECORDS = st.lists(RECORD, min_size=20, max_size=60)


@contextmanager
def opened() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(EngineSettings(spill_folder=Path(folder), memory_limit="1GB"))
        yield engine
        engine.close()


@dataclass(frozen=True)
class Result:
    persons: Person
    links: list[tuple[str, str]]
    aliases: dict[str, str]
    changes: dict[str, str]


def fold(
    engine: Engine,
    records: Sequence[tuple[str, Record]],
    *,
    day: int = 0,
    follow: bool = False,
    config: StitchConfig = CONFIG,
) -> Result:
    """Stitch records (pk, values); with `follow` after the last call on the same engine."""
    columns = {tag.replace("-", "_"): [row[tag] for _, row in records] for tag in TAGS}
    data = {"_key": [pk for pk, _ in records], **columns}
    schema = pa.schema([(name, pa.string()) for name in data])
    engine.register("crm_data", pa.table(data, schema=schema))
    engine.table("crm", "SELECT * FROM crm_data")
    engine.unregister("crm_data")
    previous = Previous(assignments="last_run", aliases="last_aliases") if follow else None
    run = Run(id=f"run {day}", as_of=START + timedelta(days=day))
    done = stitch(engine, config, [(SHAPE, "crm")], previous, run)
    engine.table("last_run", f"SELECT datasource, pk, person_id FROM {done.unified_coalesced}")
    engine.table("last_aliases", f"SELECT * FROM {done.aliases}")
    return Result(
        persons=dict(engine.rows("SELECT pk, person_id FROM last_run")),
        links=engine.rows(f"SELECT pk_a, pk_b FROM {done.links}"),
        aliases=dict(engine.rows("SELECT old_person_id, person_id FROM last_aliases")),
        changes=dict(engine.rows(f"SELECT person_id, change FROM {done.changes}")),
    )


def keyed(rows: Sequence[Record]) -> list[tuple[str, Record]]:
    return [(f"{number:03d}", row) for number, row in enumerate(rows)]


def connected(every: Sequence[str], pairs: Sequence[tuple[str, str]]) -> set[frozenset[str]]:
    """The oracle of clusters: join sets one pair after the other."""
    group = {member: {member} for member in every}
    for a, b in pairs:
        if group[a] is not group[b]:
            group[a] |= group[b]
            for member in group[b]:
                group[member] = group[a]
    return {frozenset(joined) for joined in group.values()}


def members(persons: Person) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for pk, person in persons.items():
        found[person].add(pk)
    return {person: frozenset(pks) for person, pks in found.items()}


def same_key_pairs(records: Sequence[tuple[str, Record]], tag: str) -> list[tuple[str, str]]:
    first: dict[str, str] = {}
    return [
        (first.setdefault(value, pk), pk) for pk, row in records if (value := row[tag]) is not None
    ]


@FEW
@given(rows=RECORDS, chance=st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(rows: list[Record], chance: Random) -> None:
    records = keyed(rows)
    shuffled = chance.sample(records, len(records))
    with opened() as engine:
        assert fold(engine, records).persons == fold(engine, shuffled).persons


@FEW
@given(rows=RECORDS)
def test_links_keys_and_separations_agree_with_persons(rows: list[Record]) -> None:
    records = keyed(rows)
    every = [pk for pk, _ in records]
    separation = {pk: row["sk-person"] for pk, row in records}
    with opened() as engine:
        result = fold(engine, records)

    persons = members(result.persons)
    assert connected(every, result.links) == set(persons.values())
    pairs = [*same_key_pairs(records, "fk-card"), *same_key_pairs(records, "fk-account")]
    for forced in connected(every, pairs):
        if len({separation[pk] for pk in forced} - {None}) <= 1:
            assert len({result.persons[pk] for pk in forced}) == 1
    for together in persons.values():
        assert len({separation[pk] for pk in together} - {None}) <= 1


@FEW
@given(rows=RECORDS)
def test_keys_win_over_separation_keys_where_the_brand_says_so(rows: list[Record]) -> None:
    records = keyed(rows)
    with opened() as engine:
        result = fold(
            engine, records, config=StitchConfig(find_bad_values=False, when_keys_disagree="merge")
        )

    for tag in ("fk-card", "fk-account"):
        assert all(result.persons[a] == result.persons[b] for a, b in same_key_pairs(records, tag))


@FEW
@given(rows=RECORDS)
def test_a_rerun_changes_nothing(rows: list[Record]) -> None:
    records = keyed(rows)
    with opened() as engine:
        first = fold(engine, records)
        again = fold(engine, records)
        later = fold(engine, records, day=1, follow=True)

    assert first.persons == again.persons == later.persons
    assert set(first.changes.values()) == {"created"}
    assert set(later.changes.values()) == {"unchanged"}
    assert later.aliases == {}


@FEW
@given(rows=RECORDS, days=st.tuples(RECORDS, RECORDS))
def test_ids_stay_with_their_records_and_aliases_lead_to_the_living(
    rows: list[Record], days: tuple[list[Record], ...]
) -> None:
    """Every day some records change, some go, some come."""
    with opened() as engine:
        before = fold(engine, keyed(rows))
        for day, changed in enumerate(days, start=1):
            after = fold(engine, keyed(changed), day=day, follow=True)
            known, living = set(before.persons.values()), set(after.persons.values())
            kept = {who: pks for who, pks in members(after.persons).items() if who in known}
            assert kept == greedy(before.persons, after.persons)
            retired = {who for who, change in after.changes.items() if change == "retired"}
            assert retired == known - living
            in_both = before.persons.keys() & after.persons.keys()
            assert {before.persons[pk] for pk in in_both} - living <= set(after.aliases)
            assert set(after.aliases.values()) <= living
            assert not set(after.aliases) & living
            before = after


def greedy(before: Person, after: Person) -> dict[str, frozenset[str]]:
    """The oracle of ids: the greatest overlap first, then the older id, then the lowest token."""
    candidates = [
        (-len(shared), old, min(map(token, shared)), new)
        for old, had in members(before).items()
        for new, has in members(after).items()
        if (shared := had & has)
    ]
    kept: dict[str, str] = {}
    for _, old, _, new in sorted(candidates):
        if old not in kept and new not in kept.values():
            kept[old] = new
    return {old: members(after)[new] for old, new in kept.items()}


def token(pk: str) -> int:
    return int.from_bytes(md5(f"crm|{pk}".encode(), usedforsecurity=False).digest()[8:], "little")
