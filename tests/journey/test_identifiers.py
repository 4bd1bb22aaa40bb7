"""People whom Braze knows by an alias, or by its own id: sent, explained, renamed, read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.journey.bakery import FILES
from tests.journey.braze import Sandbox, objects
from tests.journey.project import Project

CUSTOMERS = "customer_no,first_name,mail,loaves,label,changed_on\n"
ANN = {"alias_label": "crm", "alias_name": "Ann 1"}
BOB = {"alias_label": "crm", "alias_name": "Bob"}


def project_of(sandbox: Sandbox, folder: Path, identifier: str, columns: str) -> Project:
    files = {
        **FILES,
        "sources/customers.yaml": FILES["sources/customers.yaml"].replace(
            "  loaves: integer", "  loaves: integer\n  label: string"
        ),
        "tables/braze_people.sql": f"SELECT person_id, {columns}, first_name, mail, loaves "
        "FROM customers",
        "destinations/braze.yaml": FILES["destinations/braze.yaml"].replace(
            "workspace: bakery", f"workspace: bakery\nidentifier: {identifier}"
        ),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "data").mkdir()
    environ = {"BRAZE_ENDPOINT": sandbox.url, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "sandbox-key"}
    return Project(folder, environ)


@pytest.fixture
def by_alias(sandbox: Sandbox, tmp_path: Path) -> Project:
    columns = "label AS alias_label, first_name AS alias_name, customer_no AS external_id"
    return project_of(sandbox, tmp_path, "user_alias", columns)


def deliver(project: Project, day: int, *lines: str) -> None:
    text = CUSTOMERS + "".join(f"{line},2026-01-{day:02}\n" for line in lines)
    (project.folder / "data" / f"customers-2026-01-{day:02}.csv").write_text(text, "utf-8")


def users(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Every profile with an alias, by the name of the alias."""
    found = sandbox.call("state")["users"]
    return {one["user_aliases"][0]["alias_name"]: one for one in found if one["user_aliases"]}


def test_people_are_sent_by_alias_and_nothing_is_sent_twice(
    by_alias: Project, sandbox: Sandbox
) -> None:
    deliver(
        by_alias,
        5,
        "C1,Ann 1,ann@bakery.example,2,crm",
        "C2,Bob,bob@bakery.example,3,crm",
        "C3,Nobody,no@bakery.example,4,",
        "C4,,none@bakery.example,5,crm",
    )
    checked = by_alias.onefold("check")
    assert checked.returncode == 0, checked.stderr
    assert "braze_people has external_id, which braze leaves out" in checked.stderr
    done = by_alias.onefold("run")
    assert done.returncode == 3, done.stderr
    assert "braze_people: external_id left out" in done.stderr
    assert "identifier_missing" in done.stderr
    sent = {one["user_alias"]["alias_name"]: one for one in objects(sandbox.requests())}
    assert sent["Bob"] == {
        "user_alias": BOB,
        "first_name": "Bob",
        "email": "bob@bakery.example",
        "loaves": 3,
        "_update_existing_only": False,
    }
    assert set(sent) == {"Ann 1", "Bob"}
    assert {name: one["user_aliases"] for name, one in users(sandbox).items()} == {
        "Ann 1": [ANN],
        "Bob": [BOB],
    }
    before = len(sandbox.requests())
    assert by_alias.run().requests == 0
    assert len(sandbox.requests()) == before


@pytest.mark.parametrize("asked", ["crm:Ann 1", "Ann 1", json.dumps(ANN, separators=(",", ":"))])
def test_people_are_asked_for_by_label_and_name(
    by_alias: Project, sandbox: Sandbox, asked: str
) -> None:
    deliver(by_alias, 5, "C1,Ann 1,ann@bakery.example,2,crm", "C2,Bob,bob@bakery.example,3,crm")
    by_alias.run()
    planned = by_alias.onefold("plan", "--person", asked)
    assert "crm:Ann 1 (person " in planned.stdout, planned.stderr
    explained = by_alias.onefold("explain", asked)
    assert "found by identifier" in explained.stdout, explained.stderr
    shown = by_alias.onefold("ledger", "show")
    assert "workspace bakery by user_alias" in shown.stdout
    assert "2 profiles acknowledged" in shown.stdout
    del sandbox


def test_aliases_are_read_back(by_alias: Project, sandbox: Sandbox) -> None:
    deliver(by_alias, 5, "C1,Ann 1,ann@bakery.example,2,crm", "C2,Bob,bob@bakery.example,3,crm")
    by_alias.run()
    body = {"attributes": [{"user_alias": BOB, "loaves": 99}]}
    sandbox.track(body)
    found = json.loads(by_alias.onefold("ledger", "reconcile", "--json").stdout)
    assert (found["looked_at"], found["requests"]) == (2, 1)
    assert [(one["field"], one["cells"]) for one in found["fields"]] == [("loaves", {"differs": 1})]


def test_a_new_alias_name_is_a_rename_and_a_new_label_a_merge(
    by_alias: Project, sandbox: Sandbox
) -> None:
    deliver(by_alias, 5, "C1,Ann 1,ann@bakery.example,2,crm", "C2,Bob,bob@bakery.example,3,crm")
    by_alias.run()
    file = by_alias.folder / "destinations/braze.yaml"
    file.write_text(f"{file.read_text('utf-8')}on_identity_change: merge\n", "utf-8")
    deliver(by_alias, 6, "C1,Anna,ann@bakery.example,2,crm", "C2,Bob,bob@bakery.example,3,web")
    before = len(sandbox.requests())
    by_alias.run(allow_identity_changes=True, allow_clears=True)
    paths = [one["path"] for one in sandbox.requests(after=before)]
    assert paths == ["/users/alias/update", "/users/track"]
    (renamed, _) = sandbox.requests(after=before)
    assert renamed["body"] == {
        "alias_updates": [
            {"alias_label": "crm", "old_alias_name": "Ann 1", "new_alias_name": "Anna"}
        ]
    }
    before = len(sandbox.requests())
    by_alias.run(allow_identity_changes=True, allow_clears=True)
    (merged, *_) = sandbox.requests(after=before)
    assert merged["path"] == "/users/merge"
    assert merged["body"] == {
        "merge_updates": [
            {
                "identifier_to_merge": {"user_alias": BOB},
                "identifier_to_keep": {"user_alias": {"alias_label": "web", "alias_name": "Bob"}},
            }
        ]
    }
    before = len(sandbox.requests())
    by_alias.run(allow_identity_changes=True)
    by_alias.run(allow_identity_changes=True)
    assert {one["path"] for one in sandbox.requests(after=before)} <= {"/users/track"}


def test_braze_ids_update_users_and_never_make_any(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.track({"attributes": [{"external_id": "ann", "tier": "gold"}]})
    (ann,) = sandbox.call("state")["users"]
    project = project_of(sandbox, tmp_path, "braze_id", "label AS braze_id")
    known = ann["braze_id"]
    deliver(project, 5, f"C1,Ann,ann@bakery.example,2,{known}", "C2,Bob,b@bakery.example,3,0123")
    assert project.run().acknowledged == 2
    assert {one["braze_id"] for one in objects(sandbox.requests()[1:])} == {known, "0123"}
    (after,) = sandbox.call("state")["users"]
    assert after["custom_attributes"] == {"tier": "gold", "loaves": 2}
    found = json.loads(project.onefold("ledger", "reconcile", "--json").stdout)
    assert (found["looked_at"], found["requests"]) == (2, 2)
    assert {tuple(one["cells"].items()) for one in found["fields"]} == {(("no_profile", 1),)}
    before = len(sandbox.requests())
    assert project.run().requests == 0
    assert len(sandbox.requests()) == before
