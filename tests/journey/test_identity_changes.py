"""Persons become one, or get another number: what Braze is told, and that nothing is lost by it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from tests.journey.bakery import FILES
from tests.journey.braze import Sandbox
from tests.journey.project import Project

STITCHED = {
    **FILES,
    "sources/customers.yaml": """\
from: {files: "data/customers-*.csv"}
format: csv
load: upsert
primary_key: [customer_no]
last_updated: changed_on
stitch: true
fields:
  customer_no: string
  first_name: {type: string, tag: given-name}
  mail: {type: string, tag: email}
  card: {type: string, tag: fk-loyalty}
  loaves: integer
  changed_on: date
""",
    "tables/braze_people.sql": """\
/* onefold
primary_key: person_id
*/
SELECT person_id, min(customer_no) AS external_id, min(first_name) AS first_name,
  min(mail) AS mail, sum(loaves) AS loaves
FROM customers GROUP BY person_id
""",
}
COLUMNS = ("customer_no", "first_name", "mail", "card", "loaves", "changed_on")
ANN, ANNA, BOB = "C1", "C2", "C3"


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path) -> Project:
    """Three customers who are three persons, sent."""
    for name, text in STITCHED.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "data").mkdir()
    environ = {"BRAZE_ENDPOINT": sandbox.url, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "sandbox-key"}
    made = Project(tmp_path, environ)
    deliver(
        made,
        1,
        (ANN, "Ann", "ann@bakery.example", "", 2),
        (ANNA, "Ann", "anna@bakery.example", "", 3),
        (BOB, "Bob", "bob@bakery.example", "", 5),
    )
    made.run()
    assert set(sandbox.profiles()) == {ANN, ANNA, BOB}
    return made


def deliver(project: Project, day: int, *customers: tuple[str, str, str, str, int]) -> None:
    on = f"2026-01-{day:02}"
    path = project.folder / "data" / f"customers-{on}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((*customer, on) for customer in customers)


def become_one(project: Project) -> None:
    """Both of Ann's numbers show one loyalty card from now on."""
    deliver(
        project,
        2,
        (ANN, "Ann", "ann@bakery.example", "K7", 2),
        (ANNA, "Ann", "anna@bakery.example", "K7", 3),
    )


def choose(project: Project, what: str) -> None:
    file = project.folder / "destinations/braze.yaml"
    file.write_text(f"{file.read_text('utf-8')}on_identity_change: {what}\n", "utf-8")


def paths(sandbox: Sandbox, after: int) -> list[str]:
    return [request["path"] for request in sandbox.requests(after)]


def planned(project: Project) -> dict[str, Any]:
    (plan,) = json.loads(project.onefold("plan", "--json").stdout)
    found: dict[str, Any] = plan
    return found


def test_without_being_asked_braze_is_told_nothing_and_people_are(
    project: Project, sandbox: Sandbox
) -> None:
    become_one(project)
    done = project.onefold("run", "--allow-clears")
    assert done.returncode == 0, done.stderr
    assert "identifiers changed, and Braze was not told: merge 1" in done.stderr
    assert {request["path"] for request in sandbox.requests()} == {"/users/track"}
    assert sandbox.profiles()[ANN]["loaves"] == ("integer", 5)
    (change,) = planned(project)["identities"]
    assert (change["what"], change["from"], change["to"]) == ("merge", ANNA, ANN)
    assert change["told"] == "no"


def test_users_are_merged_when_it_is_allowed_and_then_hold_what_is_wanted(
    project: Project, sandbox: Sandbox
) -> None:
    choose(project, "merge")
    become_one(project)
    before = len(sandbox.requests())
    refused = project.onefold("run")
    assert refused.returncode == 1
    assert "1 users in workspace bakery would be renamed or merged" in refused.stderr
    assert "destinations/braze.yaml:10" in refused.stderr
    assert len(sandbox.requests()) == before

    done = project.onefold("run", "--allow-identity-changes")
    assert done.returncode == 0, done.stderr
    assert paths(sandbox, before) == ["/users/merge", "/users/track"]
    held = sandbox.profiles()
    assert set(held) == {ANN, BOB}
    assert held[ANN]["loaves"] == ("integer", 5)
    assert held[ANN]["email"] == ("string", "ann@bakery.example")
    after = len(sandbox.requests())
    assert project.run().requests == 0
    assert len(sandbox.requests()) == after
    assert planned(project)["identities"] == []


def test_a_new_number_renames_the_user_who_keeps_everything(
    project: Project, sandbox: Sandbox
) -> None:
    choose(project, "rename")
    project.edit(
        "tables/braze_people.sql",
        "min(customer_no) AS external_id",
        "'shop-' || min(customer_no) AS external_id",
    )
    told = planned(project)
    assert told["identity_changes"] == {}  # a plan reads the tables as they are
    before = len(sandbox.requests())
    points = sandbox.summary()["data_points"]
    done = project.onefold("run", "--allow-identity-changes")
    assert done.returncode == 0, done.stderr
    assert paths(sandbox, before) == ["/users/external_ids/rename"]
    assert sandbox.summary()["data_points"] == points  # nobody is bought twice
    held = sandbox.profiles()
    assert set(held) == {"shop-C1", "shop-C2", "shop-C3"}
    assert held["shop-C3"]["loaves"] == ("integer", 5)
    assert project.run().requests == 0


def test_a_rename_without_an_answer_is_not_told_twice(project: Project, sandbox: Sandbox) -> None:
    choose(project, "rename")
    project.edit(
        "tables/braze_people.sql",
        "min(customer_no) AS external_id",
        "'shop-' || min(customer_no) AS external_id",
    )
    before = len(sandbox.requests())
    sandbox.fault(kind="drop", when="after", path="/users/external_ids/rename", next=1)
    done = project.onefold("run", "--allow-identity-changes")
    assert done.returncode == 1
    assert "got no answer" in done.stderr
    done = project.onefold("run", "--allow-identity-changes")
    assert done.returncode == 0, done.stderr
    assert "merge 3" in done.stderr  # in doubt: it stays on the list, and nobody is told again
    assert paths(sandbox, before).count("/users/external_ids/rename") == 1
    held = sandbox.profiles()
    assert {name: held[name]["loaves"][1] for name in held} == {
        "shop-C1": 2,
        "shop-C2": 3,
        "shop-C3": 5,
    }
    assert project.run().requests == 0


def test_a_refused_rename_moves_nothing(project: Project, sandbox: Sandbox) -> None:
    choose(project, "rename")
    project.edit(
        "tables/braze_people.sql",
        "min(customer_no) AS external_id",
        "CASE min(customer_no) WHEN 'C3' THEN 'taken' ELSE min(customer_no) END AS external_id",
    )
    sandbox_track(sandbox, {"external_id": "taken", "loaves": 1})
    done = project.onefold("run", "--allow-identity-changes")
    assert done.returncode == 3, done.stderr  # done, with a rejected row
    held = sandbox.profiles()
    assert held[BOB]["loaves"] == ("integer", 5)
    assert held["taken"]["loaves"] == ("integer", 5)  # whoever it is, it holds what is wanted


def test_a_refused_rename_is_told_again_only_when_somebody_asks(
    project: Project, sandbox: Sandbox
) -> None:
    choose(project, "rename")
    project.edit(
        "tables/braze_people.sql",
        "min(customer_no) AS external_id",
        "CASE min(customer_no) WHEN 'C3' THEN 'taken' ELSE min(customer_no) END AS external_id",
    )
    sandbox_track(sandbox, {"external_id": "taken", "loaves": 1})
    before = len(sandbox.requests())
    sandbox.fault(kind="key_refused", path="/users/track", next=1)  # nobody is sent as `taken` yet
    assert project.onefold("run", "--allow-identity-changes").returncode == 1
    assert paths(sandbox, before).count("/users/external_ids/rename") == 1

    (change,) = planned(project)["identities"]
    assert (change["what"], change["from"], change["to"]) == ("rename", BOB, "taken")
    assert change["told"].startswith("refused: ")
    assert planned(project)["refused_by"] is None
    sandbox.fault(kind="key_refused", path="/users/track", next=1)
    assert project.onefold("run").returncode == 1
    assert paths(sandbox, before).count("/users/external_ids/rename") == 1

    asked = project.onefold("run", "--allow-identity-changes", "--retry-refused")
    assert asked.returncode == 3, asked.stderr
    assert paths(sandbox, before).count("/users/external_ids/rename") == 2


READERS = """\
SELECT person_id, external_id FROM braze_people WHERE loaves >= 3
"""


def test_lists_follow_a_rename_and_those_who_leave_at_the_same_time_leave(
    project: Project, sandbox: Sandbox
) -> None:
    group = "1f6e0f9e-0000-4000-8000-000000000000"
    (project.folder / "queries").mkdir()
    project.write("queries/readers_query.sql", READERS)
    project.write(
        "orchestrations/readers.yaml",
        f"status: active\nfrom: readers_query\nto: braze\nas: {{subscription_group: {group}}}\n"
        "on_leave: unsubscribe\n",
    )
    project.run()
    choose(project, "rename")
    project.edit(
        "tables/braze_people.sql",
        "min(customer_no) AS external_id",
        "'shop-' || min(customer_no) AS external_id",
    )
    before = len(sandbox.requests())
    deliver(project, 2, (ANNA, "Ann", "anna@bakery.example", "", 1))  # and leaves
    done = project.onefold("run", "--allow-identity-changes", "--allow-clears")
    assert done.returncode == 0, done.stderr
    sent = sandbox.requests(before)
    assert [one["path"] for one in sent] == [
        "/users/external_ids/rename",
        "/users/track",
        "/v2/subscription/status/set",
    ]
    assert [one["external_id"] for one in sent[1]["body"]["attributes"]] == ["shop-C2"]
    (told,) = sent[2]["body"]["subscription_groups"]
    assert (told["subscription_state"], told["external_ids"]) == ("unsubscribed", ["shop-C2"])
    after = len(sandbox.requests())
    project.run(allow_clears=True)
    assert len(sandbox.requests()) == after


def sandbox_track(sandbox: Sandbox, attributes: dict[str, Any]) -> None:
    body = json.dumps({"attributes": [attributes]}).encode()
    headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
    with urlopen(Request(f"{sandbox.url}/users/track", data=body, headers=headers)) as answer:
        assert answer.status == 201
