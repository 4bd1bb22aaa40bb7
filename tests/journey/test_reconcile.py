"""Somebody else writes to Braze: the look at it finds what, and repairs what is chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Sandbox, running
from tests.journey.project import Project

CUSTOMERS = [(f"C{n}", f"Ann {n}", f"ann{n}@bakery.example", n) for n in range(1, 8)]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    reader = "--key=reader:users.track"
    with running("--limit", "none", "--key", "sandbox-key", reader) as started:
        yield started


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path) -> Project:
    sandbox.call("reset", {})
    made = bakery(tmp_path, sandbox.url)
    deliver(made, 1, *CUSTOMERS)
    made.run()
    return made


def write_elsewhere(sandbox: Sandbox, path: str, body: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
    request = Request(sandbox.url + path, data=json.dumps(body).encode(), headers=headers)
    with urlopen(request, timeout=10) as answer:
        assert answer.status in (200, 201)


def drift(sandbox: Sandbox) -> None:
    write_elsewhere(
        sandbox,
        "/users/track",
        {
            "attributes": [
                {"external_id": "C1", "loaves": 99},
                {"external_id": "C2", "loaves": None},
                {"external_id": "C3", "loaves": "three", "first_name": "Other"},
            ]
        },
    )
    write_elsewhere(sandbox, "/users/delete", {"external_ids": ["C4"]})


def reconcile(project: Project, *options: str) -> dict[str, Any]:
    done = project.onefold("ledger", "reconcile", "--json", *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def cells(found: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {one["field"]: one["cells"] for one in found["fields"]}


def test_what_somebody_else_did_is_found_field_by_field(project: Project, sandbox: Sandbox) -> None:
    assert reconcile(project)["fields"] == []
    drift(sandbox)
    found = reconcile(project)
    assert (found["known"], found["looked_at"], found["requests"]) == (7, 7, 1)
    assert cells(found) == {
        "loaves": {"differs": 1, "missing": 1, "other_type": 1, "no_profile": 1},
        "first_name": {"differs": 1, "no_profile": 1},
        "email": {"no_profile": 1},
    }
    before = len(sandbox.requests())
    assert project.run().requests == 0  # the ledger believes what it knew: a look changes nothing
    assert len(sandbox.requests()) == before


def test_chosen_fields_are_repaired_by_the_next_run_and_the_others_are_not(
    project: Project, sandbox: Sandbox
) -> None:
    drift(sandbox)
    found = reconcile(project, "--repair", "loaves")
    assert [one["field"] for one in found["fields"] if one["repaired"]] == ["loaves"]
    assert project.run().fields_changed == 4
    held = sandbox.profiles()
    assert [held[f"C{n}"]["loaves"] for n in range(1, 5)] == [("integer", n) for n in range(1, 5)]
    assert held["C3"]["first_name"] == ("string", "Other")
    reconcile(project, "--repair-all")
    project.run()
    assert reconcile(project)["fields"] == []
    assert sandbox.profiles()["C3"]["first_name"] == ("string", "Ann 3")


def test_people_tell_it_in_words(project: Project, sandbox: Sandbox) -> None:
    drift(sandbox)
    done = project.onefold("ledger", "reconcile", "bakery", "--requests", "1")
    assert done.returncode == 0
    assert "7 of 7 people looked up, 1 requests" in done.stdout
    assert "other type 1" in done.stdout
    assert "--repair 'loaves'" in done.stderr
    refused = project.onefold("ledger", "reconcile", "--repair", "loafs")
    assert refused.returncode == 1
    assert "nearest: loaves" in refused.stderr


def test_a_key_that_may_not_look_is_told_which_permission_it_needs(
    project: Project, sandbox: Sandbox
) -> None:
    environ = {**project.environ, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "reader"}
    done = project.onefold("ledger", "reconcile", environ=environ)
    assert done.returncode == 1
    assert "users.export.ids" in done.stderr
