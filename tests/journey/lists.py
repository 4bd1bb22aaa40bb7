"""What Braze holds of lists and catalogs, and a project that fills them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Sandbox, running
from tests.journey.project import Project

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


@contextmanager
def running_with_a_partner(*options: str) -> Iterator[Sandbox]:
    """Start a sandbox that lets the partner acme in."""
    with running("--partner", "acme=partner-key:client-key", *options) as sandbox:
        yield sandbox


def filled(sandbox: Sandbox, people: int = 30) -> Lists:
    """Let Braze know so many people already, and a catalog without items, and nothing else."""
    sandbox.call("reset", {})
    ids = [f"C{number}" for number in range(1, people + 1)]
    for first in range(0, people, 75):
        some = [{"external_id": one} for one in ids[first : first + 75]]
        sandbox.track({"attributes": some})
    sandbox.ask("/catalogs", {"catalogs": [{"name": "products", "fields": FIELDS}]})
    lists = Lists(sandbox)
    lists.told()
    return lists


def bakery_with_lists(folder: Path, sandbox: Sandbox) -> Project:
    """Write the project, without any customer, list or attributes to send."""
    made = bakery(folder, sandbox.url)
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
