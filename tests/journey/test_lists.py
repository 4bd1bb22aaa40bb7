"""Cohorts, a subscription group and a catalog, day by day: who enters, who leaves, what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import FILES
from tests.journey.braze import Sandbox
from tests.journey.lists import (
    BREAD,
    GUESTS,
    NEWS,
    READERS,
    USERS,
    Lists,
    bakery_with_lists,
    customers,
    fill,
    filled,
    running_with_a_partner,
)
from tests.journey.project import Project

from onefold.app import explain, ledger_state
from onefold.errors import ClearsRefused, Interrupted


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_with_a_partner() as started:
        yield started


@pytest.fixture
def braze(sandbox: Sandbox) -> Lists:
    return filled(sandbox)


@pytest.fixture
def project(tmp_path: Path, braze: Lists) -> Project:
    return bakery_with_lists(tmp_path, braze.sandbox)


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


def test_an_item_that_bears_the_id_of_a_customer_is_no_part_of_the_story(
    project: Project, braze: Lists
) -> None:
    fill(
        project,
        "bread",
        BREAD.replace("first_name AS id", "customer_no AS id"),
        "{catalog: products}",
    )
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    customers(project, 5, c1=10)
    project.run(as_of=None)
    assert set(braze.items) == {"C1"}
    with project.house() as house:
        sends = explain(house, "C1").sends
        assert [one["fields"] for one in sends] == [{"Guests": True}]


def test_a_workspace_without_more_words_means_its_attributes(
    project: Project, braze: Lists
) -> None:
    fill(project, "guests", GUESTS, "{cohort: Guests}")
    customers(project, 5, c1=10)
    project.run(as_of=None)
    with project.house() as house:
        assert ledger_state(house, "bakery").object == "cohorts"  # there is no other yet
    project.write("orchestrations/everybody.yaml", FILES["orchestrations/everybody.yaml"])
    project.run(as_of=None)
    with project.house() as house:
        assert ledger_state(house, "bakery").object == "attributes"
        assert ledger_state(house, "bakery/cohorts").object == "cohorts"


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
