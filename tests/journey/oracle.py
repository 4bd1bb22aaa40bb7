"""Who should carry what in Braze, computed in plain Python from the final tables.

Nothing here reads onefold's delta, ledger or destinations, nor the compiled segments: the rules
are the shop's files, read by a person and written down once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.journey.braze import Profiles
from tests.journey.contract import Cell, Refused, stored, wanted
from tests.journey.project import PARIS, Project

SHOP_ATTRIBUTES = {  # destinations/braze.yaml: name in Braze to column
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone",
    "home_city": "city",
    "country": "country",
    "gender": "gender",
    "dob": "birthdate",
    "Loyalty Tier": "loyalty_tier",
    "loyalty_points": "loyalty_points",
    "loyalty_balance": "loyalty_balance",
    "member_since": "member_since",
    "lifetime_order_revenue": "lifetime_order_revenue",
    "l12m_order_frequency": "l12m_order_frequency",
    "l12m_average_order_value": "l12m_average_order_value",
    "latest_order_datetime": "latest_order_datetime",
    "one_and_done": "one_and_done",
    "is_vip": "is_vip",
}
MEMBERSHIP = "vip_spring"
CAMPAIGN_FIELDS = {"first_name", "Loyalty Tier", MEMBERSHIP}  # `default_attributes`, and its own
CONTROL = "control"

Wanted = Mapping[str, Mapping[str, Cell | None]]
"""External id to field to what should be kept; None: nothing should be there."""
Given = Mapping[str, tuple[str, str]]
"""Person to group and treatment."""


@dataclass(frozen=True)
class Facts:
    """What the final tables say: a row a person, and who merged into whom."""

    people: tuple[Mapping[str, Any], ...]
    aliases: Mapping[str, str]

    @classmethod
    def of(cls, project: Project) -> Facts:
        """Read them as anybody would: with `onefold query`."""
        people = tuple(project.rows(_PEOPLE))
        assert len({row["external_id"] for row in people}) == len(people), "a number twice"
        aliases = project.rows("SELECT old_person_id, person_id FROM stitch.aliases")
        return cls(people, {row["old_person_id"]: row["person_id"] for row in aliases})


_PEOPLE = """
    SELECT b.*, ta.l12m_order_revenue, cl.tier, rr.returned_items, rr.returned_revenue,
        EXISTS (
            SELECT 1 FROM email_opt_status AS o
            WHERE o.person_id = b.person_id AND o.brand = 'Maison Folde' AND o.is_email_opted_in
        ) AS opted_in
    FROM braze_customer_attributes AS b
    LEFT JOIN transaction_attributes_extended AS ta USING (person_id)
    LEFT JOIN customer_loyalty AS cl USING (person_id)
    LEFT JOIN recent_returns AS rr USING (person_id)
"""


def shop_wanted(facts: Facts, given: Given) -> Wanted:
    """Everything that the shop wants in Braze: profiles, and the campaign's membership."""
    values = memberships(given)
    return {
        row["external_id"]: {**dict(_cells(row)), MEMBERSHIP: _string(values.get(row["person_id"]))}
        for row in facts.people
    }


def memberships(given: Given) -> Mapping[str, str]:
    """Give the membership attribute's value of every person who is treated."""
    return {
        person: f"{group}_{treatment}"
        for person, (group, treatment) in given.items()
        if treatment != CONTROL
    }


def vip_treatments(facts: Facts, as_of: datetime, earlier: Given | None = None) -> Given:
    """Group and treatment of everybody in the campaign now.

    Who was given something keeps it, also after becoming one with somebody else; the others get
    it by chance.
    """
    kept = dict(earlier or {})
    for former, person in facts.aliases.items():
        if former in kept:
            kept.setdefault(person, kept[former])
    return {
        row["person_id"]: kept.get(row["person_id"]) or _drawn(row)
        for row in facts.people
        if _is_vip(row, as_of) and not _complained(row)
    }


def _cells(row: Mapping[str, Any]) -> Iterable[tuple[str, Cell | None]]:
    for name, column in SHOP_ATTRIBUTES.items():
        cell = wanted(name, row[column])
        if not isinstance(cell, Refused):
            yield name, cell


def _is_vip(row: Mapping[str, Any], as_of: datetime) -> bool:
    """`segments/vip_customers.yaml`."""
    first_day = as_of.astimezone(PARIS).date() - timedelta(days=270)
    return (
        (row["l12m_order_revenue"] or 0) >= 500
        and ((row["l12m_order_frequency"] or 0) >= 3 or row["tier"] in {"silver", "gold"})
        and row["opted_in"]
        and row["latest_order_datetime"].astimezone(PARIS).date() >= first_day
    )


def _complained(row: Mapping[str, Any]) -> bool:
    """`segments/recent_complainers.yaml`."""
    return (row["returned_items"] or 0) >= 3 or (row["returned_revenue"] or 0) >= 150


def _drawn(row: Mapping[str, Any]) -> tuple[str, str]:
    """`campaigns/vip_spring.yaml`: the group by its rule; nine tenths of it are treated.

    By a number that the campaign and the person always have together.
    """
    rich = row["l12m_order_revenue"] > 1000
    group, offer = ("high_value", "offer_a") if rich else ("everyone_else", "offer_b")
    number = int(hashlib.md5(f"vip_spring/{row['person_id']}".encode()).hexdigest()[:12], 16)
    return group, offer if number < 16**12 * 9 // 10 else CONTROL


def _string(value: str | None) -> Cell | None:
    return None if value is None else ("string", value)


def changes(before: Profiles, wants: Wanted) -> Mapping[str, Mapping[str, Cell | None]]:
    """Exactly the cells that must be sent: those that are not as they should be, no other.

    Who is no longer wanted keeps the profile (`on_leave: keep`). A field is cleared when the last
    scope holding it ends: who was treated and is gone loses what the campaign sent.
    """
    left = {
        identifier: dict.fromkeys(sorted(CAMPAIGN_FIELDS & fields.keys()))
        for identifier, fields in before.items()
        if identifier not in wants and MEMBERSHIP in fields
    }
    changed = {
        identifier: {
            name: cell
            for name, cell in fields.items()
            if cell != before.get(identifier, {}).get(name)
        }
        for identifier, fields in wants.items()
    }
    return left | {identifier: cells for identifier, cells in changed.items() if cells}


def sent(requests: list[dict[str, Any]]) -> Mapping[str, Mapping[str, Cell | None]]:
    """The cells that requests carried; nobody may stand in two objects."""
    found: dict[str, Mapping[str, Cell | None]] = {}
    for request in requests:
        assert set(request["body"]) == {"attributes"}
        for one in request["body"]["attributes"]:
            identifier = one["external_id"]
            assert identifier not in found, f"{identifier} was sent twice"
            found[identifier] = {
                name: None if value is None else stored(name, value)
                for name, value in one.items()
                if name != "external_id"
            }
    return found


def applied(before: Profiles, cells: Mapping[str, Mapping[str, Cell | None]]) -> Profiles:
    """The profiles once cells were sent: set, or removed by None."""
    after = {identifier: dict(fields) for identifier, fields in before.items()}
    for identifier, changed in cells.items():
        profile = after.setdefault(identifier, {})
        for name, cell in changed.items():
            profile.pop(name, None)
            if cell is not None:
                profile[name] = cell
    return after
