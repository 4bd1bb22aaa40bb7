"""Lists and catalogs when something goes wrong: refusals, lost answers, kills, other orders."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journey.bakery import deliver
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
from tests.journey.project import COMMAND, Project

from onefold.errors import Final, OnefoldError

ITEMS = "/catalogs/products/items"
MANY = 200


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


def test_an_item_that_braze_refuses_blocks_no_other(project: Project, braze: Lists) -> None:
    """A label is a text to Braze; a stock must be a number there, and one is none."""
    odd = BREAD.replace("loaves AS stock", "replace(loaves::VARCHAR, '13', 'many') AS stock")
    fill(project, "bread", odd, "{catalog: products}")
    customers(project, 5, rye=10, spelt=13, oat=7, millet=8, corn=9)
    summary = project.run(as_of=None)
    assert {name: item["stock"] for name, item in braze.items.items()} == {
        "Rye": 10, "Oat": 7, "Millet": 8, "Corn": 9,
    }  # fmt: skip
    assert summary.acknowledged == 4
    (problem,) = summary.reasons
    assert "(unable-to-coerce-value)" in problem["reason"]
    braze.told()
    project.run(as_of=None)  # the same again is not tried
    assert braze.told() == []
    customers(project, 6, spelt=14)
    project.run(as_of=None)  # and another value is, with all that the item has
    assert braze.items["Spelt"] == {"id": "Spelt", "stock": 14, "label": "spelt@bread.example"}


def test_an_id_that_no_item_can_have_is_left_out_and_told(project: Project, braze: Lists) -> None:
    fill(project, "bread", BREAD.replace("first_name AS id", "mail AS id"), "{catalog: products}")
    customers(project, 5, rye=10)
    done = project.onefold("run")
    assert done.returncode == 3, done.stderr
    assert "items were not sent whose id is not of letters, digits" in done.stderr
    assert braze.told() == []


def test_a_catalog_that_was_not_made(project: Project, braze: Lists) -> None:
    fill(project, "bread", BREAD, "{catalog: loaves}")
    customers(project, 5, rye=10)
    with pytest.raises(Final, match="Could not find catalog") as missing:
        project.run(as_of=None)
    assert "make the catalog" in missing.value.hint


def test_an_item_whose_answer_was_lost_ends_as_it_is_wanted_by_then(
    project: Project, braze: Lists
) -> None:
    """It came in, and nobody knows; meanwhile it is to be another."""
    fill(project, "bread", BREAD, "{catalog: products}")
    customers(project, 5, rye=10)
    braze.sandbox.fault(kind="drop", when="after", path=ITEMS)
    with pytest.raises(OnefoldError):
        project.run(as_of=None)
    assert braze.items["Rye"]["stock"] == 10
    braze.sandbox.heal()
    customers(project, 6, rye=11)
    project.run(as_of=None)
    assert braze.items["Rye"]["stock"] == 11


def test_an_item_that_is_there_already_becomes_ours(project: Project, braze: Lists) -> None:
    theirs = {"id": "Rye", "stock": 1, "label": "by hand"}
    braze.sandbox.ask(ITEMS, {"items": [theirs]})
    fill(project, "bread", BREAD, "{catalog: products}")
    customers(project, 5, rye=10)
    project.run(as_of=None)
    assert braze.items == {"Rye": {"id": "Rye", "stock": 10, "label": "rye@bread.example"}}


def test_people_known_by_an_alias_are_members_by_it(project: Project, braze: Lists) -> None:
    aliases = [
        {"alias_label": label, "alias_name": name}
        for label in ("crm", "web")
        for name in ("A", "B")
    ]
    known = [{"user_alias": one, "_update_existing_only": False} for one in aliases]
    braze.sandbox.track({"attributes": known})
    braze.told()
    project.edit(
        "destinations/braze.yaml", "workspace: bakery", "workspace: bakery\nidentifier: user_alias"
    )
    project.edit(
        "tables/braze_people.sql",
        "customer_no AS external_id",
        "mail AS alias_label, customer_no AS alias_name",
    )
    by_alias = GUESTS.replace(
        "customer_no AS external_id", "mail AS alias_label, customer_no AS alias_name"
    )
    fill(project, "guests", by_alias, "{cohort: Guests}")
    deliver(project, 5, ("A", "Ann", "crm", 10), ("B", "Bob", "web", 20), ("C", "Cyd", "crm", 30))
    project.run(as_of=None)
    (cohort,) = braze.sandbox.call("cohorts")["cohorts"]
    users = {
        user["braze_id"]: user["user_aliases"] for user in braze.sandbox.call("state")["users"]
    }
    assert sorted(users[one["braze_id"]][0]["alias_name"] for one in cohort["members"]) == [
        "A",
        "B",
    ]
    sent = [
        change
        for _, path, body in braze.told()
        if path == USERS
        for change in body["cohort_changes"]
    ]
    assert sorted(sent, key=str) == [
        {"aliases": {"crm": ["A", "C"]}, "should_remove": False},
        {"aliases": {"web": ["B"]}, "should_remove": False},
    ]


def test_killed_again_and_again_lists_end_as_they_are_wanted(tmp_path: Path) -> None:
    """Each kind is killed once while its requests are under way; the last run does the rest."""
    with running_with_a_partner() as sandbox:
        braze = filled(sandbox, people=MANY)
        project = bakery_with_lists(tmp_path, sandbox)
        fill(project, "guests", GUESTS, "{cohort: Guests}")
        fill(project, "news", READERS, f"{{subscription_group: {NEWS}}}")
        fill(project, "bread", BREAD, "{catalog: products}", "on_leave: clear")
        loaves = {f"c{number}": number % 20 for number in range(1, MANY + 1)}
        customers(project, 5, **loaves)
        sandbox.fault(kind="slow", ms=300)
        for path in (USERS, "/v2/subscription/status/set", ITEMS):
            kill_when_asked(project, sandbox, path)
        sandbox.heal()
        project.run(as_of=None)
        people = {name.upper(): n for name, n in loaves.items()}
        assert braze.cohorts == {"Guests": {name for name, n in people.items() if n >= 10}}
        assert braze.groups[NEWS] == {
            name: "unsubscribed" if n < 5 else "subscribed" for name, n in people.items()
        }
        assert {item["id"].upper(): item["stock"] for item in braze.items.values()} == people
        braze.told()
        project.run(as_of=None)
        assert braze.told() == []


def kill_when_asked(project: Project, sandbox: Sandbox, path: str) -> None:
    """Run, and kill the run once the sandbox has been asked for something at this address."""
    before = asked(sandbox, path)
    with subprocess.Popen(
        [COMMAND, "run"],
        cwd=project.folder,
        env={**os.environ, **project.environ},
    ) as run:
        while asked(sandbox, path) == before:
            assert run.poll() is None, "it ended before"
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)


def asked(sandbox: Sandbox, path: str) -> int:
    return sum(one["path"] == path for one in sandbox.requests())


def test_a_large_cohort_of_people_whom_braze_has_not_settled_yet(tmp_path: Path) -> None:
    """Braze locks a cohort until a change of it has settled, and people are there only then."""
    with running_with_a_partner("--settle-ms", "100,150") as sandbox:
        project = bakery_with_lists(tmp_path, sandbox)
        fill(project, "guests", GUESTS, "{cohort: Guests}")
        project.write(
            "orchestrations/everybody.yaml", "status: active\nfrom: braze_people\nto: braze\n"
        )
        names = {f"c{number}": 10 for number in range(1, 2_501)}
        customers(project, 5, **names)
        project.run(as_of=None)
        while sandbox.summary()["unsettled_requests"]:
            time.sleep(0.05)
        assert Lists(sandbox).cohorts == {"Guests": {name.upper() for name in names}}
