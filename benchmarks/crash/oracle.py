"""What the sandbox and the ledger must hold, worked out without onefold's delta.

Wanted values come from `onefold query` of the tables, memberships from the segments and the kept
assignments; each is written here as Braze shows it, and compared with the sandbox's own dump, field
by field, types too.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from benchmarks.crash.place import Shop

from onefold.app import House, open_house, query
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import IdentifierKind
from onefold.warehouse import Tables, select

__all__ = ["Assignments", "Differences", "acknowledged", "assignments", "differences", "profiles"]

Profile = Mapping[str, Any]
Profiles = Mapping[str, Profile]
Assignments = Mapping[str, tuple[str, str]]

CAMPAIGN = "vip_spring"
NAMES_IN_BRAZE = {"city": "home_city", "birthdate": "dob", "loyalty_tier": "Loyalty Tier"}
STANDARD_DATES = ("dob",)  # Braze keeps its own dates as days, a brand's own as instants
HIGH_VALUE = 1000
CONTROL_FROM = 0.9  # of the line from 0 to 1: a tenth of each group is control
TREATMENTS = {"high_value": "offer_a", "everyone_else": "offer_b"}

AUDIENCE = """
SELECT v.person_id, coalesce(t.l12m_order_revenue, 0) AS revenue
FROM segments.vip_customers AS v
LEFT JOIN transaction_attributes_extended AS t USING (person_id)
WHERE v.person_id NOT IN (SELECT person_id FROM segments.recent_complainers)
"""
FORMER = "SELECT old_person_id, person_id FROM stitch.aliases ORDER BY old_person_id DESC"


@dataclass(kw_only=True, slots=True)
class Differences:
    """What is not as it must be, for people; the first few of each kind."""

    found: list[str] = field(default_factory=list)
    people: int = 0

    def __str__(self) -> str:
        return "\n".join(self.found[:20]) or "none"


def differences(shop: Shop, dump: Sequence[Mapping[str, Any]]) -> Differences:
    """Compare the sandbox's users with what the shop's tables say, and with the ledger."""
    held = profiles(dump)
    with open_house(shop.folder, environ=shop.environ) as house:
        kept = assignments(house)
        table = _rows(house, "SELECT * FROM braze_customer_attributes")
        former = _rows(house, FORMER)
        audience = _rows(house, AUDIENCE)
        wanted = _wanted(table, _memberships(audience, former, kept))
        known = acknowledged(house)
    result = Differences(people=len(wanted))
    result.found += _unequal("sandbox", wanted, {name: held.get(name) for name in wanted})
    result.found += _unequal("ledger", *_settled(held, known, wanted))
    result.found += [
        f"{name} left, and still carries {CAMPAIGN}"
        for name in held.keys() - wanted.keys()
        if CAMPAIGN in held[name]
    ]
    return result


def profiles(dump: Sequence[Mapping[str, Any]]) -> Profiles:
    """Give the sandbox's users by external_id: every attribute with its type."""
    return {
        user["external_id"]: {
            name: (user["custom_attribute_types"].get(name, "standard"), value)
            for name, value in {**user["attributes"], **user["custom_attributes"]}.items()
        }
        for user in dump
    }


def acknowledged(house: House) -> Profiles:
    """Give the ledger's acknowledged state as the sandbox would show it; unsettled cells apart."""
    (record,) = house.store.outbox.ledgers()
    key = LedgerKey(
        workspace=record.workspace,
        identifier=IdentifierKind(record.identifier),
        object=record.object,
        endpoint=record.endpoint,
    )
    with house.engine() as engine:
        tables = Tables(engine, house.store.folder, {})
        state = Ledger(house.store, tables, key, LedgerSettings()).state(now=house.now())
        if state is None:
            return {}
        rows = engine.arrow(select("*", source=state)).read_all().to_pylist()
        return {row["_identifier"]: _shown(row, unsettled=row["_unsettled"] or ()) for row in rows}


def assignments(house: House) -> Assignments:
    """Give every person's kept group and treatment."""
    version_id = house.store.outbox.assignments(CAMPAIGN)
    if version_id is None:
        return {}
    version = house.store.catalogue.version(version_id)
    with house.engine() as engine:
        name = Tables(engine, house.store.folder, {}).bind(version)
        rows = engine.rows(select("person_id", "group_name", "treatment", source=name))
    given = {person: (group, treatment) for person, group, treatment in rows}
    assert len(given) == len(rows), "somebody was assigned twice"
    return given


def expected_treatment(person: str, group: str) -> str:
    """Give a person's treatment by the shares, from the person's place on the line."""
    digest = hashlib.md5(f"{CAMPAIGN}/{person}".encode(), usedforsecurity=False).hexdigest()
    place = int(digest[:12], 16) / 16**12
    return TREATMENTS[group] if place < CONTROL_FROM else "control"


def _memberships(
    audience: Sequence[Mapping[str, Any]],
    former: Sequence[Mapping[str, Any]],
    kept: Assignments,
) -> Mapping[str, str]:
    """Give the value of the membership attribute of everybody who is treated."""
    own: dict[str, tuple[str, str]] = {}
    for row in former:  # the smallest former id goes first, so it comes last
        if row["old_person_id"] in kept:
            own[row["person_id"]] = kept[row["old_person_id"]]
    own |= kept
    found = {}
    for row in audience:
        group = "high_value" if row["revenue"] > HIGH_VALUE else "everyone_else"
        person = row["person_id"]
        group, treatment = own.get(person, (group, expected_treatment(person, group)))
        if treatment != "control":
            found[person] = f"{group}_{treatment}"
    return found


def _wanted(table: Sequence[Mapping[str, Any]], memberships: Mapping[str, str]) -> Profiles:
    found = {}
    for row in table:
        values = {name: value for name, value in row.items() if name != "person_id"}
        identifier = values.pop("external_id")
        found[identifier] = _shown({**values, CAMPAIGN: memberships.get(row["person_id"])})
    return found


def _shown(row: Mapping[str, Any], *, unsettled: Sequence[str] = ()) -> Profile:
    """Write a row as the sandbox shows it: absent when NULL."""
    named = {NAMES_IN_BRAZE.get(name, name): value for name, value in row.items()}
    shown = {
        name: _as_braze(name, value)
        for name, value in named.items()
        if value is not None and not name.startswith("_")
    }
    return shown | dict.fromkeys(unsettled, ("unsettled", None))


STANDARD = ("first_name", "last_name", "email", "phone", "home_city", "country", "gender", "dob")


def _as_braze(name: str, value: Any) -> tuple[str, Any]:
    kind, shown = _typed(value, day=name in STANDARD_DATES)
    if name == "email":
        shown = shown.strip().lower()
    return ("standard" if name in STANDARD else kind), shown


def _typed(value: Any, *, day: bool) -> tuple[str, Any]:
    match value:
        case bool():
            return "boolean", value
        case int():
            return "integer", value
        case float() | Decimal():
            return "float", float(value)
        case datetime():
            moment = value.astimezone(UTC)
            return "time", f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
        case date():
            return "time", f"{value:%Y-%m-%d}" if day else f"{value:%Y-%m-%d}T00:00:00.000Z"
        case str():
            return "string", unicodedata.normalize("NFC", value)
    raise TypeError(f"no type of Braze for {type(value).__name__}")


def _unequal(where: str, wanted: Profiles, held: Mapping[str, Profile | None]) -> Iterator[str]:
    for name in sorted(wanted.keys() | held.keys()):
        one, other = wanted.get(name, {}), held.get(name) or {}
        if one and not other:
            yield f"{where}: {name} is missing"
            continue
        for attribute in sorted(one.keys() | other.keys()):
            if one.get(attribute) != other.get(attribute):
                told = f"wanted {one.get(attribute)}, holds {other.get(attribute)}"
                yield f"{where}: {name}: {attribute}: {told}"


def _settled(held: Profiles, known: Profiles, wanted: Profiles) -> tuple[Profiles, Profiles]:
    """Leave out what nobody can know: unsettled cells of people whom nothing wants any more.

    A request about them was under way at a kill, and they were gone before the next run.
    """
    open_cells = {
        (name, attribute)
        for name in known.keys() - wanted.keys()
        for attribute, (kind, _) in known[name].items()
        if kind == "unsettled"
    }

    def without(people: Profiles) -> Profiles:
        return {
            name: {key: value for key, value in row.items() if (name, key) not in open_cells}
            for name, row in people.items()
        }

    return without(held), without(known)


def _rows(house: House, sql: str) -> Sequence[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = query(house, sql).data.to_pylist()
    return found
