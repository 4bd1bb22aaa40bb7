"""What people are called besides: aliases, and the external_id of those known by an alias."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import FILES
from tests.journey.braze import Sandbox
from tests.journey.project import COMMAND, Project

from onefold.errors import IdentityChangesRefused

HEADER = "customer_no,first_name,mail,loaves,card,changed_on\n"


def project_of(sandbox: Sandbox, folder: Path, select: str, settings: str) -> Project:
    files = {
        **FILES,
        "sources/customers.yaml": FILES["sources/customers.yaml"].replace(
            "  loaves: integer", "  loaves: integer\n  card: string"
        ),
        "tables/braze_people.sql": f"SELECT person_id, {select}, first_name, loaves FROM customers",
        "destinations/braze.yaml": FILES["destinations/braze.yaml"]
        .replace("workspace: bakery", f"workspace: bakery\n{settings}")
        .replace("  email: {from: mail}\n", ""),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "data").mkdir()
    environ = {"BRAZE_ENDPOINT": sandbox.url, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "sandbox-key"}
    return Project(folder, environ)


@pytest.fixture
def carded(sandbox: Sandbox, tmp_path: Path) -> Project:
    """People known by their customer number, whose loyalty card is an alias."""
    select = "customer_no AS external_id, card"
    return project_of(sandbox, tmp_path, select, "aliases: {loyalty: card}")


@pytest.fixture
def anonymous(sandbox: Sandbox, tmp_path: Path) -> Project:
    """People known by the name they gave, until they have a card."""
    select = "'web' AS alias_label, customer_no AS alias_name, card AS external_id"
    return project_of(sandbox, tmp_path, select, "identifier: user_alias\nidentify: external_id")


def deliver(project: Project, day: int, **cards: str) -> None:
    """Deliver customers, each with a card."""
    lines = [
        f"{name.upper()},{name.title()},{name}@x.example,{number},{card},2026-01-{day:02}\n"
        for number, (name, card) in enumerate(cards.items(), 1)
    ]
    path = project.folder / "data" / f"customers-2026-01-{day:02}.csv"
    path.write_text(HEADER + "".join(lines), "utf-8")


def told(sandbox: Sandbox, after: int) -> list[tuple[str, Any]]:
    """The requests about identities: the end of the path, and the array."""
    found = []
    for one in sandbox.requests(after):
        if one["path"] != "/users/track":
            (array,) = one["body"].values()
            found.append((one["path"].removeprefix("/users/"), array))
    return found


def listed(project: Project) -> list[tuple[str, str, str | None, str]]:
    (plan,) = json.loads(project.onefold("plan", "--json").stdout)
    return [(one["what"], one["from"], one["to"], one["told"]) for one in plan["identities"]]


def aliases(sandbox: Sandbox) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in sandbox.call("state")["users"]:
        names = [f"{a['alias_label']}:{a['alias_name']}" for a in one["user_aliases"]]
        found[one["external_id"]] = names
    return found


def test_aliases_are_given_once_renamed_and_never_taken_away(
    carded: Project, sandbox: Sandbox
) -> None:
    deliver(carded, 5, ann="K1", bob="K2", cem="")
    carded.run()
    assert listed(carded) == [
        ("alias", "ANN", "loyalty:K1", "now"),
        ("alias", "BOB", "loyalty:K2", "now"),
    ]
    with pytest.raises(IdentityChangesRefused, match=r"2 users .* would be given aliases"):
        carded.run()
    before, points = len(sandbox.requests()), sandbox.summary()["data_points"]
    carded.run(allow_identity_changes=True)
    given = [
        {"external_id": "ANN", "alias_label": "loyalty", "alias_name": "K1"},
        {"external_id": "BOB", "alias_label": "loyalty", "alias_name": "K2"},
    ]
    assert told(sandbox, before) == [("alias/new", given)]
    assert aliases(sandbox) == {"ANN": ["loyalty:K1"], "BOB": ["loyalty:K2"], "CEM": []}
    assert sandbox.summary()["data_points"] == points

    deliver(carded, 6, ann="K9", bob="", cem="K2")  # Bob's card is Cem's now: Braze keeps it Bob's
    before = len(sandbox.requests())
    carded.run(allow_identity_changes=True)
    renamed = [{"alias_label": "loyalty", "old_alias_name": "K1", "new_alias_name": "K9"}]
    assert told(sandbox, before) == [("alias/update", renamed)]
    assert aliases(sandbox) == {"ANN": ["loyalty:K9"], "BOB": ["loyalty:K2"], "CEM": []}
    assert listed(carded) == [("taken", "CEM", "loyalty:K2", "no")]


def test_an_alias_rename_without_an_answer_is_told_until_it_is_sure(
    carded: Project, sandbox: Sandbox
) -> None:
    deliver(carded, 5, ann="K1", bob="K2")
    carded.run()
    carded.run(allow_identity_changes=True)
    deliver(carded, 6, ann="K3", bob="K2")
    sandbox.fault(kind="drop", when="before", path="/users/alias/update", next=20)
    assert carded.onefold("run", "--allow-identity-changes").returncode == 1
    sandbox.heal()
    deliver(carded, 7, ann="K4", bob="K2")  # K1 or K3: nobody knows
    before = len(sandbox.requests())
    carded.run(allow_identity_changes=True)
    assert aliases(sandbox) == {"ANN": ["loyalty:K4"], "BOB": ["loyalty:K2"]}
    ((path, updates),) = told(sandbox, before)
    assert path == "alias/update"
    assert {one["old_alias_name"] for one in updates} <= {"K1", "K3"}
    assert listed(carded) == []


def test_what_braze_dropped_without_a_word_is_read_back_and_told_again(
    carded: Project, sandbox: Sandbox
) -> None:
    taken = {"user_aliases": [{"alias_label": "loyalty", "alias_name": "K1"}]}
    sandbox.ask("/users/alias/new", taken)  # somebody else's: Braze drops Ann's without a word
    deliver(carded, 5, ann="K1", bob="K2")
    carded.run()
    carded.run(allow_identity_changes=True)
    assert listed(carded) == []
    seen = json.loads(carded.onefold("ledger", "reconcile", "--repair-all", "--json").stdout)
    drifted = [(one["field"], one["cells"]) for one in seen["fields"]]
    assert drifted == [("identity loyalty", {"missing": 1})]
    assert listed(carded) == [("alias", "ANN", "loyalty:K1", "now")]


def test_a_run_that_is_killed_while_it_tells_goes_on_with_what_is_unsure(
    carded: Project, sandbox: Sandbox
) -> None:
    deliver(carded, 5, ann="K1", bob="K2")
    carded.run()
    sandbox.fault(kind="slow", ms=30_000, path="/users/alias/new")
    command = [COMMAND, "run", "--allow-identity-changes"]
    environ = {**os.environ, **carded.environ}
    with subprocess.Popen(
        command, cwd=carded.folder, env=environ, stderr=subprocess.DEVNULL
    ) as run:
        while not sent(carded) and run.poll() is None:
            time.sleep(0.05)
        assert run.poll() is None
        run.kill()
    sandbox.heal()
    before = len(sandbox.requests())
    assert [one[3] for one in listed(carded)] == ["now", "now"]
    carded.run(allow_identity_changes=True)
    ((path, given),) = told(sandbox, before)
    assert (path, [one["alias_name"] for one in given]) == ("alias/new", ["K1", "K2"])
    assert aliases(sandbox) == {"ANN": ["loyalty:K1"], "BOB": ["loyalty:K2"]}
    assert listed(carded) == []


def sent(project: Project) -> int:
    with closing(sqlite3.connect(project.folder / ".onefold" / "control.sqlite")) as database:
        rows = database.execute("SELECT count(*) FROM receipt WHERE state = 'sent'").fetchall()
    return int(rows[0][0])


def test_who_got_an_external_id_is_identified_and_sent_anew(
    anonymous: Project, sandbox: Sandbox
) -> None:
    sandbox.track({"attributes": [{"external_id": "K1", "first_name": "Old", "loaves": 99}]})
    deliver(anonymous, 5, ann="", bob="")
    anonymous.run()
    deliver(anonymous, 6, ann="K1", bob="K2")
    assert anonymous.onefold("run").returncode == 1
    assert listed(anonymous) == [
        ("identify", "web:ANN", "K1", "now"),
        ("identify", "web:BOB", "K2", "now"),
    ]
    before = len(sandbox.requests())
    anonymous.run(allow_identity_changes=True)
    ann, bob = ({"alias_label": "web", "alias_name": name} for name in ("ANN", "BOB"))
    asked = [{"external_id": "K1", "user_alias": ann}, {"external_id": "K2", "user_alias": bob}]
    assert told(sandbox, before) == [("identify", asked)]
    held = sandbox.profiles()
    assert set(held) == {"K1", "K2"}  # one profile a person
    assert held["K1"]["loaves"] == ("integer", 1)  # whoever had K1 kept 99, until it was sent anew
    assert held["K1"]["first_name"] == ("string", "Ann")
    after = len(sandbox.requests())
    assert anonymous.run(allow_identity_changes=True).requests == 0
    assert len(sandbox.requests()) == after

    deliver(anonymous, 7, ann="K7", bob="K2")  # another external_id: the user is renamed
    before = len(sandbox.requests())
    anonymous.run(allow_identity_changes=True)
    (rename,) = told(sandbox, before)
    assert rename == (
        "external_ids/rename",
        [{"current_external_id": "K1", "new_external_id": "K7"}],
    )
    assert set(sandbox.profiles()) == {"K7", "K2"}
    assert listed(anonymous) == []
