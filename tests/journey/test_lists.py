"""Cohorts, a subscription group and a catalog, day by day: who enters, who leaves, what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Sandbox, running
from tests.journey.project import Project

from onefold.app import ledger_state
from onefold.errors import ClearsRefused, Interrupted

NEWS = "1f6e0f9e-0000-4000-8000-000000000000"
GUESTS = """\
SELECT person_id, customer_no AS external_id FROM customers WHERE loaves >= 10
"""
READERS = """\
SELECT person_id, customer_no AS external_id,
    CASE WHEN loaves < 5 THEN 'unsubscribed' ELSE 'subscribed' END AS subscription_state
FROM customers
"""
BREAD = """\
SELECT first_name AS id, loaves AS stock, mail AS "label" FROM customers
"""
KEYS = {
    "ONEFOLD_CREDENTIAL_ACME__PARTNER_API_KEY": "partner-key",
    "ONEFOLD_CREDENTIAL_ACME__CLIENT_SECRET": "client-key",
}
USERS = "/partners/acme/cohorts/users"
FIELDS = [
    {"name": "id", "type": "string"},
    {"name": "stock", "type": "number"},
    {"name": "label", "type": "string"},
]


class Lists:
    """What Braze holds of lists and catalogs, and what it was told of them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._seen = 0

    @property
    def cohorts(self) -> dict[str, set[str]]:
        found = self.sandbox.call("cohorts")["cohorts"]
        return {
            one["cohort_id"]: {member["external_id"] for member in one["members"]} for one in found
        }

    @property
    def groups(self) -> dict[str, dict[str, str]]:
        users = self.sandbox.call("state")["users"]
        return {
            NEWS: {
                user["external_id"]: user["subscription_groups"][NEWS]
                for user in users
                if NEWS in user["subscription_groups"]
            }
        }

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        (catalog,) = self.sandbox.call("catalogs")["catalogs"]
        return {item["id"]: item for item in catalog["items"]}

    def told(self) -> list[tuple[str, str, Any]]:
        """What was sent since the last look: method, path, body without keys."""
        requests = self.sandbox.requests(self._seen)
        self._seen += len(requests)
        return [
            (one["method"], one["path"], {k: v for k, v in one["body"].items() if k not in SECRET})
            for one in requests
        ]

    def changes(self) -> list[tuple[str, list[str], bool]]:
        """Of these the changes of cohorts, sorted: which one, who, whether they leave."""
        found = []
        for _, path, body in self.told():
            if path == USERS:
                (change,) = body["cohort_changes"]
                found.append((body["cohort_id"], change["user_ids"], change["should_remove"]))
        return sorted(found)


SECRET = {"partner_api_key", "client_secret"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("--partner", "acme=partner-key:client-key") as started:
        yield started


@pytest.fixture
def braze(sandbox: Sandbox) -> Lists:
    """It knows thirty people already, and a catalog without items."""
    sandbox.call("reset", {})
    sandbox.track({"attributes": [{"external_id": f"C{number}"} for number in range(1, 31)]})
    sandbox.ask("/catalogs", {"catalogs": [{"name": "products", "fields": FIELDS}]})
    lists = Lists(sandbox)
    lists.told()
    return lists


@pytest.fixture
def project(tmp_path: Path, braze: Lists) -> Project:
    made = bakery(tmp_path, braze.sandbox.url)
    project = Project(made.folder, {**made.environ, **KEYS})
    (project.folder / "orchestrations" / "everybody.yaml").unlink()
    project.edit(
        "destinations/braze.yaml",
        "attributes:",
        "cohorts: {partner: acme, credential: acme}\nattributes:",
    )
    (project.folder / "queries").mkdir()
    return project


def fill(project: Project, name: str, sql: str, as_: str, *more: str) -> None:
    """Write a query and the orchestration that sends it."""
    project.write(f"queries/{name}_query.sql", sql)
    lines = ["status: active", f"from: {name}_query", "to: braze", f"as: {as_}", *more]
    project.write(f"orchestrations/{name}.yaml", "\n".join(lines) + "\n")


def customers(project: Project, day: int, **loaves: object) -> None:
    rows = [(name.upper(), name.title(), f"{name}@bread.example", n) for name, n in loaves.items()]
    deliver(project, day, *rows)


def test_members_enter_and_leave(project: Project, braze: Lists) -> None:
    fill(project, "guests", GUESTS, "{cohort: Best guests}")
    customers(project, 5, c1=10, c2=30, c3=2)
    summary = project.run(as_of=None)
    assert [path for _, path, _ in braze.told()] == ["/partners/acme/cohorts", USERS]
    assert braze.cohorts == {"Best guests": {"C1", "C2"}}
    assert (summary.requests, summary.data_points, summary.acknowledged) == (1, 0, 2)

    project.run(as_of=None)  # nothing changed: not a single request
    assert braze.told() == []

    customers(project, 6, c1=1, c3=11, c2=31)
    project.run(as_of=None, allow_clears=True)
    assert braze.changes() == [("Best guests", ["C1"], True), ("Best guests", ["C3"], False)]
    assert braze.cohorts == {"Best guests": {"C2", "C3"}}

    with project.house() as house:
        state = ledger_state(house, "bakery/cohorts")
    assert (state.object, state.scopes) == ("cohorts", {"guests": 2})


def test_a_renamed_cohort_and_an_ended_one(project: Project, braze: Lists) -> None:
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    customers(project, 5, c1=10, c2=30)
    project.run(as_of=None)
    braze.told()

    project.edit("orchestrations/guests.yaml", "{cohort: Guests}", "{cohort: Friends}")
    project.run(as_of=None, allow_clears=True)
    assert braze.changes() == [("Friends", ["C1", "C2"], False), ("Guests", ["C1", "C2"], True)]

    (project.folder / "orchestrations" / "guests.yaml").rename(
        project.folder / "orchestrations" / "friends.yaml"
    )
    project.edit("orchestrations/friends.yaml", "to: braze", "to: braze\nformerly: guests")
    project.run(as_of=None)
    assert braze.told() == []

    project.edit("orchestrations/friends.yaml", "status: active", "status: ended")
    project.run(as_of=None)
    assert braze.changes() == [("Friends", ["C1", "C2"], True)]
    assert braze.cohorts == {"Guests": set(), "Friends": set()}


def test_many_who_leave_stop_the_run(project: Project, braze: Lists) -> None:
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    customers(project, 5, c1=10, c2=30)
    project.run(as_of=None)
    customers(project, 6, c1=1)
    braze.told()
    with pytest.raises(ClearsRefused, match="1 of 2 people"):
        project.run(as_of=None)
    assert braze.told() == []


def test_a_cohort_that_is_locked_is_tried_again(project: Project, braze: Lists) -> None:
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    customers(project, 5, c1=10)
    braze.sandbox.fault(kind="locked", path=USERS, next=1)
    project.run(as_of=None)
    assert braze.cohorts == {"Guests": {"C1"}}


def test_stopped_between_two_cohorts_the_next_run_tells_the_rest(
    project: Project, braze: Lists
) -> None:
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    fill(project, "others", GUESTS.replace(">=", "<"), "{cohort: Others}")
    customers(project, 5, c1=10, c2=1)
    with pytest.raises(Interrupted):
        project.run(as_of=None, in_flight=1, stopping=lambda: bool(braze.cohorts.get("Guests")))
    assert braze.cohorts == {"Guests": {"C1"}, "Others": set()}
    braze.told()
    project.run(as_of=None)
    assert braze.changes() == [("Others", ["C2"], False)]
    assert braze.cohorts == {"Guests": {"C1"}, "Others": {"C2"}}


def test_the_treatments_of_a_campaign_are_cohorts(project: Project, braze: Lists) -> None:
    # Segments are of profiles: the bakery gets some.
    project.edit("sources/customers.yaml", "person_id: customer_no", "stitch: true")
    (project.folder / "segments").mkdir()
    (project.folder / "campaigns").mkdir()
    project.write("segments/hungry.sql", "SELECT person_id FROM customers WHERE loaves >= 10\n")
    project.write(
        "campaigns/spring.yaml",
        """\
status: active
include: [hungry]
to: braze
groups:
  - name: all
    treatments: {rye: 50%, spelt: 50%}
audience: {cohort: "Spring {treatment}"}
""",
    )
    names = {f"c{number}": 10 for number in range(1, 31)}
    customers(project, 5, **names)
    project.run(as_of=None)
    rye, spelt = braze.cohorts["Spring rye"], braze.cohorts["Spring spelt"]
    assert rye | spelt == {name.upper() for name in names}
    assert not rye & spelt
    assert rye
    assert spelt
    braze.told()
    project.run(as_of=None)
    assert braze.told() == []
    project.edit("campaigns/spring.yaml", "status: active", "status: ended")
    project.run(as_of=None)
    assert braze.cohorts == {"Spring rye": set(), "Spring spelt": set()}


def test_subscriptions_follow_and_nobody_is_turned_on_again(project: Project, braze: Lists) -> None:
    fill(project, "news", READERS, f"{{subscription_group: {NEWS}}}", "on_leave: unsubscribe")
    customers(project, 5, c1=10, c2=1)
    project.run(as_of=None)
    assert braze.groups == {NEWS: {"C1": "subscribed", "C2": "unsubscribed"}}
    braze.told()

    customers(project, 6, c2=20)  # back on? resubscribe is never
    project.run(as_of=None)
    assert braze.told() == []
    (shown,) = project.plan(person="C2").people_shown
    assert [one.why for one in shown.fields] == ["unsubscribed in Braze, and resubscribe is never"]

    project.edit("queries/news_query.sql", "FROM customers", "FROM customers WHERE loaves > 15")
    project.run(as_of=None, allow_clears=True)
    assert braze.groups == {NEWS: {"C1": "unsubscribed", "C2": "unsubscribed"}}
    braze.told()
    project.run(as_of=None)  # who left is let go, and not told again
    assert braze.told() == []


def test_items_are_added_changed_and_deleted(project: Project, braze: Lists) -> None:
    fill(project, "bread", BREAD, "{catalog: products}", "on_leave: clear")
    customers(project, 5, rye=10, spelt=4)
    project.run(as_of=None)
    rye: dict[str, Any] = {"id": "Rye", "stock": 10, "label": "rye@bread.example"}
    spelt = {"id": "Spelt", "stock": 4, "label": "spelt@bread.example"}
    assert braze.items == {"Rye": rye, "Spelt": spelt}
    braze.told()

    customers(project, 6, rye=9)
    project.run(as_of=None)
    assert [(method, body) for method, _, body in braze.told()] == [
        ("PATCH", {"items": [{"id": "Rye", "stock": 9}]})
    ]

    project.edit("queries/bread_query.sql", "FROM customers", "FROM customers WHERE loaves > 4")
    project.run(as_of=None, allow_clears=True)
    assert braze.items == {"Rye": rye | {"stock": 9}}
    braze.told()
    project.run(as_of=None)
    assert braze.told() == []


def test_a_plan_tells_each_object_apart(project: Project, braze: Lists) -> None:
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    fill(project, "bread", BREAD, "{catalog: products}")
    customers(project, 5, c1=10, c2=1)
    project.run(as_of=None, send=False)
    planned = json.loads(project.onefold("plan", "--json").stdout)
    assert [(one["object"], one["people"], one["requests"]) for one in planned] == [
        ("cohorts", 1, 1),
        ("catalog products", 2, 1),
    ]
    shown = json.loads(project.onefold("plan", "--person", "C1", "--json").stdout)
    assert shown[0]["people_shown"][0]["body"] == (
        f'POST {USERS} {{"cohort_id":"Guests","cohort_changes":[{{"user_ids":["C1"],'
        '"should_remove":false}]}'
    )
    assert braze.told() == []
