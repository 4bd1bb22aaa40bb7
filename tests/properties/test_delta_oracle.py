"""Rounds of random wishes, deliveries and refusals: delta sends what plain Python says.

The oracle is written from the architecture's words (sections 1 and 3), person by person and field
by field, over dictionaries. Two worlds are kept: what the ledger knows, and what the destination
really holds; at the end they must be the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.delta import (
    Changes,
    DeltaInput,
    DesiredRows,
    OnLeave,
    OnNull,
    ScopeRule,
    compare,
    narrowed,
    widened,
)
from onefold.warehouse import Engine, EngineSettings

Row = dict[str, Any]
Cell = tuple[str, str]  # a person, a field
PEOPLE = ["p1", "p2", "p3", "p4", 'p"5']
TEXT, NUMBER, TEXTS = pa.string(), pa.int64(), pa.list_(pa.string())
FIELDS = {"tier": TEXT, "points": NUMBER, "vip": TEXT, "Home City": TEXT}
SOURCES = {"profiles": ("tier", "points", "vip"), "places": ("Home City",)}
HELD = {  # each orchestration with its fields, and the sources whose rows it flags
    "daily": (("tier", "points"), ("profiles",)),
    "vip_spring": (("tier", "vip", "Home City"), ("profiles", "places")),
    "moves": (("Home City",), ("places",)),
}
VALUES: dict[str, list[Any]] = {
    "tier": [None, "gold", "Gold", ""],
    "points": [None, 0, 1, 2**53],
    "vip": [None, "a_b", "a_c"],
    "Home City": [None, "Lyon", "Zürich"],
}


@dataclass(frozen=True)
class Policy:
    """What an orchestration does about NULLs and leavers."""

    on_null: OnNull
    on_leave: OnLeave


@dataclass(frozen=True)
class Wish:
    """One round: what the sources hold, who wants whom, and how the destination will answer."""

    status: Mapping[str, str]  # active, paused or ended
    rows: Mapping[str, Mapping[str, Row]]  # source to person to values
    flags: Mapping[str, frozenset[str]]  # orchestration to people
    refused_fields: frozenset[Cell]
    refused_rows: frozenset[str]
    answers: Mapping[str, str]  # person to delivered, refused, void, lost or unknown
    recent: frozenset[Cell]

    def wants(self, name: str, person: str) -> bool:
        """Tell whether an orchestration wants a person's request object."""
        return (
            self.status[name] == "active"
            and person in self.flags[name]
            and person not in self.refused_rows
            and any(person in self.rows[source] for source in HELD[name][1])
        )

    def refuses(self, cell: Cell) -> bool:
        """Tell whether `prepare` refused a field of a row that is there."""
        return cell in self.refused_fields and cell[0] in self.rows[source_of(cell[1])]


def source_of(name: str) -> str:
    """Give the one source that has a field."""
    (source,) = [source for source, fields in SOURCES.items() if name in fields]
    return source


@dataclass
class World:
    """What the ledger knows, what the destination holds, and whom each orchestration holds."""

    known: dict[Cell, Any] = field(default_factory=dict)
    unsettled: set[Cell] = field(default_factory=set)
    really: dict[Cell, Any] = field(default_factory=dict)
    scopes: dict[str, set[str]] = field(default_factory=dict)
    quarantine: list[tuple[str, Row]] = field(default_factory=list)

    def may_hold(self, cell: Cell) -> bool:
        return self.known.get(cell) is not None or cell in self.unsettled


# --- the oracle -----------------------------------------------------------------------------------


@dataclass
class Expected:
    """What the oracle says must be sent, and what is held back."""

    changes: dict[str, Row] = field(default_factory=dict)
    deferred: int = 0
    quarantined: int = 0
    left: dict[str, int] = field(default_factory=dict)


def left(world: World, wish: Wish, name: str) -> set[str]:
    """Who is in the scope and not in the result; a paused orchestration lets nobody go."""
    if wish.status[name] == "paused":
        return set()
    return {
        person
        for person in world.scopes.get(name, ())
        if not wish.wants(name, person) and person not in wish.refused_rows
    }


def desired_value(wish: Wish, cell: Cell) -> Any:
    """Give a cell's value in the one source that has its field."""
    return wish.rows[source_of(cell[1])].get(cell[0], {}).get(cell[1])


def expected_cell(
    world: World, wish: Wish, policies: Mapping[str, Policy], cell: Cell
) -> tuple[bool, Any]:
    """Say whether a cell must be sent, and its value."""
    person, name = cell
    holders = [one for one in HELD if name in HELD[one][0]]
    wanting = [one for one in holders if wish.wants(one, person)]
    if wanting:
        if wish.refuses(cell):
            return False, None
        value = desired_value(wish, cell)
        if value is not None:
            return world.known.get(cell) != value or cell in world.unsettled, value
        clears = any(policies[one].on_null is OnNull.CLEAR for one in wanting)
        return clears and world.may_hold(cell), None
    lost = any(
        person in left(world, wish, one) and policies[one].on_leave is OnLeave.CLEAR
        for one in holders
    )
    still = any(
        wish.status[one] == "paused" and person in world.scopes.get(one, ()) for one in holders
    )
    return lost and not still and world.may_hold(cell), None


def expect(world: World, wish: Wish, policies: Mapping[str, Policy]) -> Expected:
    """Say everything that one comparison must give."""
    expected = Expected()
    for person in PEOPLE:
        row = {}
        for name in FIELDS:
            changes, value = expected_cell(world, wish, policies, (person, name))
            if changes and (person, name) in wish.recent & world.known.keys():
                expected.deferred += 1
            elif changes:
                row[name] = value
        if row and (person, row) in world.quarantine:
            expected.quarantined += 1
        elif row:
            expected.changes[person] = row
    gone = {name: len(left(world, wish, name)) for name in HELD}
    expected.left = {name: people for name, people in gone.items() if people}
    return expected


def deliver(world: World, wish: Wish, changes: Mapping[str, Row]) -> None:
    """Let the destination answer, and the ledger note what it heard."""
    for person, row in changes.items():
        answer = wish.answers[person]
        if answer == "refused":
            world.quarantine.append((person, row))
        for name, value in row.items():
            cell = (person, name)
            if answer in ("delivered", "unknown"):
                world.really[cell] = value
            if answer == "delivered":
                world.known[cell] = value
                world.unsettled.discard(cell)
            elif answer in ("unknown", "lost"):  # sent without a receipt: arrived, or did not
                world.known[cell] = value
                world.unsettled.add(cell)


def expected_scope(
    before: World, after: World, wish: Wish, policies: Mapping[str, Policy], name: str
) -> set[str]:
    """Who is held after sending: the wanted, the refused as a whole, and those not let go yet."""
    held = {person for person in PEOPLE if wish.wants(name, person)}
    held |= before.scopes.get(name, set()) & wish.refused_rows
    if policies[name].on_leave is OnLeave.KEEP:
        return held
    for person in left(before, wish, name):
        for one in HELD[name][0]:
            cell = (person, one)
            others = [other for other in HELD if one in HELD[other][0]]
            wanted = any(wish.wants(other, person) for other in others)
            paused = any(
                wish.status[other] == "paused" and person in before.scopes.get(other, ())
                for other in others
            )
            if not wanted and not paused and after.may_hold(cell):
                held.add(person)
    return held


# --- what delta is given --------------------------------------------------------------------------


def _register(engine: Engine, name: str, rows: list[Row], types: Mapping[str, pa.DataType]) -> str:
    engine.register(name, pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))
    return name


def _desired(engine: Engine, wish: Wish, source: str) -> DesiredRows:
    fields = SOURCES[source]
    names = [name for name in HELD if source in HELD[name][1] and wish.status[name] == "active"]
    flags = [f"_in {name}" for name in names]
    rows = []
    for person, values in wish.rows[source].items():
        refused = [name for name in fields if (person, name) in wish.refused_fields]
        wanted = {flag: person in wish.flags[name] for flag, name in zip(flags, names, strict=True)}
        if person not in wish.refused_rows:
            internal = {"_identifier": person, "_person_id": person, "_refused": refused or None}
            rows.append(internal | wanted | values)
    types = {"_identifier": TEXT, "_person_id": TEXT, "_refused": TEXTS}
    types |= dict.fromkeys(flags, pa.bool_()) | {name: FIELDS[name] for name in fields}
    relation = _register(engine, f"desired {source}", rows, types)
    return DesiredRows(relation=relation, fields=fields, flags=tuple(flags))


def _acknowledged(engine: Engine, world: World, wish: Wish) -> str | None:
    if not world.known:
        return None
    sent = [name for name in FIELDS if any(one == name for _, one in world.known)]
    rows = []
    for person in sorted({person for person, _ in world.known}):
        cells = {name: (person, name) for name in sent}
        unsettled = [name for name, cell in cells.items() if cell in world.unsettled]
        recent = [name for name, cell in cells.items() if cell in wish.recent & world.known.keys()]
        lists = {"_unsettled": unsettled or None, "_recent": recent or None}
        values = {name: world.known.get(cell) for name, cell in cells.items()}
        rows.append({"_identifier": person} | lists | values)
    types = {"_identifier": TEXT, "_unsettled": TEXTS, "_recent": TEXTS}
    return _register(engine, "acknowledged", rows, types | {name: FIELDS[name] for name in sent})


def _given(engine: Engine, world: World, wish: Wish, policies: Mapping[str, Policy]) -> DeltaInput:
    text = {"_identifier": TEXT}
    rules = []
    for name, (fields, _) in HELD.items():
        scope = None
        if world.scopes.get(name):
            people = [{"_identifier": person} for person in sorted(world.scopes[name])]
            scope = _register(engine, f"scope {name}", people, text)
        rules.append(
            ScopeRule(
                name=name,
                flag=f"_in {name}" if wish.status[name] == "active" else None,
                running=wish.status[name] != "paused",
                fields=fields,
                on_null=policies[name].on_null,
                on_leave=policies[name].on_leave,
                scope=scope,
            )
        )
    quarantined = None
    if world.quarantine:
        rows = [
            {"_identifier": person, "_changed": [name for name in FIELDS if name in row]} | row
            for person, row in world.quarantine
        ]
        quarantined = _register(engine, "quarantined", rows, text | {"_changed": TEXTS} | FIELDS)
    refused = [{"_identifier": person} for person in sorted(wish.refused_rows)]
    return DeltaInput(
        desired=tuple(
            _desired(engine, wish, source)
            for source in SOURCES
            if any(source in HELD[n][1] and wish.status[n] == "active" for n in HELD)
        ),
        rules=tuple(rules),
        acknowledged=_acknowledged(engine, world, wish),
        quarantined=quarantined,
        refused=_register(engine, "refused", refused, text) if refused else None,
    )


def _found(engine: Engine, changes: Changes) -> dict[str, Row]:
    rows = engine.arrow(f'SELECT * FROM "{changes.relation}"').read_all().to_pylist()
    return {row["_identifier"]: {name: row[name] for name in row["_changed"]} for row in rows}


def _people(engine: Engine, query: Any) -> list[str]:
    return sorted(row[0] for row in engine.rows(query))


# --- rounds ---------------------------------------------------------------------------------------

policies_of_all = st.fixed_dictionaries(
    {name: st.builds(Policy, st.sampled_from(OnNull), st.sampled_from(OnLeave)) for name in HELD}
)
some_people = st.frozensets(st.sampled_from(PEOPLE))
few_people = st.frozensets(st.sampled_from(PEOPLE), max_size=1)
cells = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(FIELDS)))
row_of = {
    source: st.fixed_dictionaries({name: st.sampled_from(VALUES[name]) for name in fields})
    for source, fields in SOURCES.items()
}
wishes = st.builds(
    Wish,
    status=st.fixed_dictionaries(
        {name: st.sampled_from(["active", "active", "paused", "ended"]) for name in HELD}
    ),
    rows=st.fixed_dictionaries(
        {
            source: st.dictionaries(st.sampled_from(PEOPLE), row_of[source], min_size=2)
            for source in SOURCES
        }
    ),
    flags=st.fixed_dictionaries(dict.fromkeys(HELD, some_people)),
    refused_fields=st.frozensets(cells, max_size=2),
    refused_rows=few_people,
    answers=st.fixed_dictionaries(
        dict.fromkeys(
            PEOPLE,
            st.sampled_from(["delivered", "delivered", "refused", "void", "lost", "unknown"]),
        )
    ),
    recent=st.frozensets(cells, max_size=2),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        made = Engine(EngineSettings(spill_folder=Path(folder), memory_limit="300MB", threads=1))
        yield made
        made.close()


def _calm(wish: Wish) -> Wish:
    """The same wish on a day when everything arrives, nothing is refused and nothing is recent."""
    return Wish(
        status=wish.status,
        rows=wish.rows,
        flags=wish.flags,
        refused_fields=frozenset(),
        refused_rows=frozenset(),
        answers=dict.fromkeys(PEOPLE, "delivered"),
        recent=frozenset(),
    )


def _round(engine: Engine, world: World, wish: Wish, policies: Mapping[str, Policy]) -> Row:
    """Compare, check against the oracle, deliver, and check the scopes; give what was sent."""
    given_now = _given(engine, world, wish, policies)
    found = compare(engine, given_now)
    expected = expect(world, wish, policies)
    sent = _found(engine, found)
    assert sent == expected.changes
    assert (found.deferred, found.quarantined) == (expected.deferred, expected.quarantined)
    assert found.left == expected.left
    assert found.rows == len(sent)
    assert found.wanted == sum(any(wish.wants(name, one) for name in HELD) for one in PEOPLE)
    cells_sent = [(name, value) for row in sent.values() for name, value in row.items()]
    for name in FIELDS:
        values = [value for one, value in cells_sent if one == name]
        assert found.sets.get(name, 0) == sum(value is not None for value in values)
        assert found.clears.get(name, 0) == sum(value is None for value in values)
    assert found.people_cleared == sum(None in row.values() for row in sent.values())
    before = World(
        known=dict(world.known),
        unsettled=set(world.unsettled),
        scopes={name: set(people) for name, people in world.scopes.items()},
    )
    deliver(world, wish, sent)
    for rule in given_now.rules:
        if not rule.running:
            continue
        wide = _people(engine, widened(rule, found))
        held = before.scopes.get(rule.name, set())
        wanted = {person for person in PEOPLE if wish.wants(rule.name, person)}
        assert wide == sorted(wanted | held)
        state = _acknowledged(engine, world, wish)
        narrow = _people(engine, narrowed(engine, rule, given_now, found, state))
        assert narrow == sorted(expected_scope(before, world, wish, policies, rule.name))
        assert set(narrow) <= set(wide)
        world.scopes[rule.name] = set(narrow)
    return sent


@settings(max_examples=18, deadline=None, suppress_health_check=list(HealthCheck))
@given(policies=policies_of_all, rounds=st.lists(wishes, min_size=1, max_size=4))
def test_changes_are_those_of_the_oracle_and_end_in_the_desired_state(
    engine: Engine, policies: dict[str, Policy], rounds: list[Wish]
) -> None:
    world = World()
    for wish in rounds:
        _round(engine, world, wish, policies)
    calm = _calm(rounds[-1])
    world.quarantine.clear()  # as if released by hand
    _round(engine, world, calm, policies)
    for person in PEOPLE:
        for name in FIELDS:
            _check_desired(world, calm, policies, (person, name))
    settled = world.known.keys() - world.unsettled
    assert {cell: world.known[cell] for cell in settled} == {
        cell: world.really.get(cell) for cell in settled
    }
    assert _round(engine, world, calm, policies) == {}


def _check_desired(world: World, wish: Wish, policies: Mapping[str, Policy], cell: Cell) -> None:
    """Hold what the destination really holds against what is desired of a cell."""
    wanting = [one for one in HELD if cell[1] in HELD[one][0] and wish.wants(one, cell[0])]
    value = desired_value(wish, cell)
    if wanting and value is not None:
        assert world.really.get(cell) == value
    elif any(policies[one].on_null is OnNull.CLEAR for one in wanting):
        assert world.really.get(cell) is None
