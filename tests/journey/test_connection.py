"""`credentials test`: what is wrong with a connection, told apart; nothing changes at Braze."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.journey.braze import Sandbox, running
from tests.journey.project import Project

from onefold.app import ConnectionReport, check_connection
from onefold.destinations import SystemClock, ask, find_instance, probe_of
from onefold.errors import LiveEndpointRefused, UnknownReference
from onefold.model import Secret

KEY = "0a1b2c3d-very-secret"


@pytest.fixture(scope="module")
def braze() -> Iterator[Sandbox]:
    with running("--key", KEY) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Sandbox]:
    """Another instance, which knows another key."""
    with running("--key", "another-key", "--key", "moved-key") as sandbox:
        yield sandbox


@pytest.fixture
def project(braze: Sandbox, tmp_path: Path) -> Project:
    project = Project(tmp_path / "p", {"ONEFOLD_CREDENTIAL_BRAZE_KEY": KEY, "WHERE": braze.url})
    for folder in ("destinations", "orchestrations", "tables", "sources"):
        (project.folder / folder).mkdir(parents=True)
    project.write("onefold.yaml", "name: p\nenvironments: {dev: {store: .onefold, live: false}}\n")
    project.write(
        "sources/s.yaml",
        "from: {files: s.csv}\nformat: csv\nload: replace\nprimary_key: [id]\n"
        "fields: {id: string, n: integer}\nstitch: false\n",
    )
    project.write("tables/people.sql", "SELECT id AS external_id, n FROM s")
    project.write(
        "destinations/braze.yaml",
        "type: braze\nrest_endpoint: ${WHERE}\ncredential: braze_key\nworkspace: w\n"
        "from: people\nattributes: {n: }\n",
    )
    project.write("orchestrations/daily.yaml", "from: people\nto: braze\nstatus: active\n")
    return project


def report(
    project: Project,
    *,
    key: str = KEY,
    where: str | None = None,
    try_others: Callable[[], bool] = lambda: False,
    instances: dict[str, str] | None = None,
) -> ConnectionReport:
    environ = {**project.environ, "ONEFOLD_CREDENTIAL_BRAZE_KEY": key}
    changed = Project(project.folder, environ | ({"WHERE": where} if where else {}))
    with changed.house() as house:
        return check_connection(
            house,
            "braze",
            try_others=try_others,
            nobody="nobody-0815",
            **({"instances": instances} if instances else {}),
        )


@contextmanager
def key(braze: Sandbox, *permissions: str, allow_ips: list[str] | None = None) -> Iterator[str]:
    """A key that may do only this."""
    asked = {"key": "k-" + "-".join(permissions), "permissions": list(permissions) or None}
    braze.call("keys", asked | ({"allow_ips": allow_ips} if allow_ips else {}))
    yield asked["key"]  # type: ignore[misc]
    braze.call(f"keys?key={asked['key']}", method="DELETE")


def test_it_works_and_changes_nothing(braze: Sandbox, project: Project) -> None:
    before = braze.summary()
    found = report(project)
    assert (found.works, found.problem, found.may_look_up) == (True, "", True)
    track, look_up = found.permissions
    assert (track.name, track.verdict, track.needed_by) == (
        "users.track",
        "allowed",
        ("orchestration daily",),
    )
    assert (look_up.name, look_up.needed_by) == ("users.export.ids", ())
    limits = {one.path: one.standing for one in found.probes}
    standing = limits["/users/track"]
    assert standing is not None
    assert standing.limit == 3_000
    after = braze.summary()
    assert (after["users"], after["data_points"]) == (before["users"], before["data_points"])


def test_a_missing_permission_is_named_with_who_needs_it(braze: Sandbox, project: Project) -> None:
    with key(braze, "users.export.ids") as narrow:
        found = report(project, key=narrow)
    assert not found.works
    assert found.problem == (
        "the key lacks a permission: users.track, needed by orchestration daily"
    )
    assert "make a new key" in found.hint


@pytest.mark.parametrize(
    ("settings", "needed_by", "permissions"),
    [
        ("on_identity_change: report", "", []),
        (
            "on_identity_change: rename",
            "on_identity_change: rename",
            ["users.external_ids.rename"],
        ),
        (
            "on_identity_change: merge",
            "on_identity_change: merge",
            ["users.external_ids.rename", "users.merge"],
        ),
        ("aliases: {card: n}", "aliases", ["users.alias.update", "users.alias.new"]),
        (
            "identifier: user_alias\nidentify: n",
            "identify",
            ["users.external_ids.rename", "users.identify"],
        ),
    ],
)
def test_permissions_that_identity_changes_take_are_asked_for(
    braze: Sandbox, project: Project, settings: str, needed_by: str, permissions: list[str]
) -> None:
    file = project.folder / "destinations/braze.yaml"
    file.write_text(f"{file.read_text('utf-8')}{settings}\n", "utf-8")
    with key(braze, "users.track", "users.export.ids") as narrow:
        found = report(project, key=narrow)
    denied = [one for one in found.permissions if one.verdict == "denied"]
    assert [one.name for one in denied] == permissions
    assert all(one.needed_by == (needed_by,) for one in denied)
    assert found.works == (not permissions)


@pytest.fixture
def listing(project: Project) -> Project:
    """A project that fills a cohort, a subscription group and a catalog, and sends no values."""
    (project.folder / "orchestrations" / "daily.yaml").unlink()
    project.edit(
        "destinations/braze.yaml",
        "attributes:",
        "cohorts: {partner: acme, credential: acme}\nattributes:",
    )
    project.write("tables/products.sql", "SELECT id, n FROM s")
    for name, of, kind in (
        ("guests", "people", "{cohort: Guests}"),
        ("news", "people", "{subscription_group: 1f6e0f9e-0000-4000-8000-000000000000}"),
        ("goods", "products", "{catalog: products}"),
    ):
        lines = f"status: active\nfrom: {of}\nto: braze\nas: {kind}\n"
        project.write(f"orchestrations/{name}.yaml", lines)
    keys = {
        "ONEFOLD_CREDENTIAL_ACME__PARTNER_API_KEY": "sandbox-partner-key",
        "ONEFOLD_CREDENTIAL_ACME__CLIENT_SECRET": "sandbox-client-secret",
    }
    return Project(project.folder, {**project.environ, **keys})


def test_each_kind_of_object_needs_its_own(braze: Sandbox, listing: Project) -> None:
    found = report(listing)
    assert (found.works, found.problem) == (True, "")
    assert {one.name: one.needed_by for one in found.permissions} == {
        "partner keys": ("orchestration guests",),
        "subscription.status.set": ("orchestration news",),
        "catalogs.replace_items": ("orchestration goods",),
        "catalogs.update_items": ("orchestration goods",),
        "users.export.ids": (),
    }
    assert braze.call("cohorts") == {"cohorts": []}
    listing.edit("orchestrations/goods.yaml", "to: braze", "to: braze\non_leave: clear")
    with key(braze, "subscription.status.set", "catalogs.replace_items") as narrow:
        found = report(listing, key=narrow)
    assert found.problem == (
        "the key lacks a permission: catalogs.update_items, needed by orchestration goods; "
        "catalogs.delete_items, needed by orchestration goods"
    )


@pytest.mark.parametrize(
    ("which", "says"),
    [("PARTNER_API_KEY", "Invalid partner key"), ("CLIENT_SECRET", "Invalid client secret")],
)
def test_a_partners_keys_are_told_apart(listing: Project, which: str, says: str) -> None:
    wrong = {f"ONEFOLD_CREDENTIAL_ACME__{which}": "wrong-0815"}
    found = report(Project(listing.folder, {**listing.environ, **wrong}))
    assert (found.works, found.problem) == (False, f"Braze refuses the keys of acme: {says}")
    assert "credential acme" in found.hint
    assert "wrong-0815" not in repr(found)


def test_no_look_up_is_no_problem(braze: Sandbox, project: Project) -> None:
    with key(braze, "users.track") as narrow:
        found = report(project, key=narrow)
    assert (found.works, found.may_look_up) == (True, False)


def test_a_blocked_address(braze: Sandbox, project: Project) -> None:
    with key(braze, allow_ips=["10.1.2.3"]) as elsewhere_only:
        found = report(project, key=elsewhere_only)
    assert not found.works
    assert "IP allowlist" in found.problem


def test_an_account_that_is_not_in_order(braze: Sandbox, project: Project) -> None:
    braze.call("account", {"active": False})
    try:
        found = report(project)
    finally:
        braze.call("account", {"active": True})
    assert "account" in found.problem


def test_a_wrong_key(braze: Sandbox, project: Project, elsewhere: Sandbox) -> None:
    instances = {"US-01": braze.url, "US-02": elsewhere.url}
    found = report(project, key="nobodys", try_others=lambda: True, instances=instances)
    assert found.problem == "the key is known to no instance of Braze"
    assert found.tried == ("US-02",)
    assert "nobodys" not in repr(found)


def test_a_key_of_another_instance(braze: Sandbox, project: Project, elsewhere: Sandbox) -> None:
    instances = {"US-01": braze.url, "US-02": elsewhere.url}
    found = report(project, key="moved-key", try_others=lambda: True, instances=instances)
    assert found.problem == "the key belongs to US-02, not to US-01"
    assert found.hint == "write instance: US-02 in destinations/braze.yaml"
    assert elsewhere.summary()["users"] == 0


def test_without_consent_the_key_goes_nowhere_else(
    braze: Sandbox, project: Project, elsewhere: Sandbox
) -> None:
    before = elsewhere.summary()["requests"]
    instances = {"US-01": braze.url, "US-02": elsewhere.url}
    found = report(project, key="moved-key", instances=instances)
    assert "--try-other-instances" in found.hint
    assert elsewhere.summary()["requests"] == before


def test_an_address_that_is_no_instance_is_never_followed(project: Project) -> None:
    found = report(project, key="nobodys", try_others=lambda: pytest.fail("asked"))
    assert "the key is not known here" in found.problem
    assert found.tried == ()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "rate_limited"}, "rate limit"),
        ({"kind": "status", "status": 503}, "trouble"),
        ({"kind": "drop"}, "nothing answers"),
    ],
)
def test_trouble_on_the_way(
    braze: Sandbox, project: Project, fault: dict[str, object], says: str
) -> None:
    braze.fault(**fault)
    try:
        found = report(project)
    finally:
        braze.heal()
    assert not found.works
    assert says in found.problem


def test_nobody_listens_there(project: Project) -> None:
    assert "nothing answers" in report(project, where="http://127.0.0.1:9").problem


async def test_a_name_that_does_not_exist_and_a_connection_without_tls(braze: Sandbox) -> None:
    probe = probe_of("users.track", nobody="x")
    assert probe is not None
    (named,) = await ask("http://no-such-host.invalid", Secret(KEY), [probe], SystemClock())
    assert named.verdict == "unknown_host"
    secure = braze.url.replace("http:", "https:")
    (plain,) = await ask(secure, Secret(KEY), [probe], SystemClock())
    assert plain.verdict == "tls"
    assert await find_instance({}, Secret(KEY), SystemClock(), nobody="x") is None


class Page(BaseHTTPRequestHandler):
    """What a dashboard, a proxy or anything else answers."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Sign in</html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own signature
        pass


def test_something_else_answers(project: Project) -> None:
    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        found = report(project, where=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert "not Braze's REST interface" in found.problem


def test_the_dashboard_is_known_by_its_address(project: Project) -> None:
    project.edit("onefold.yaml", "live: false", "live: true")
    found = report(project, where="https://dashboard-03.braze.com")
    assert found.hint == "write instance: US-03, or rest_endpoint: https://rest.iad-03.braze.com"


def test_a_live_endpoint_needs_a_live_environment(project: Project) -> None:
    with pytest.raises(LiveEndpointRefused):
        report(project, where="https://rest.iad-03.braze.com")


def test_a_destination_that_is_not_there(project: Project) -> None:
    with project.house() as house, pytest.raises(UnknownReference, match="brase"):
        check_connection(house, "brase", try_others=lambda: False, nobody="x")


def test_the_command(project: Project) -> None:
    done = project.onefold("credentials", "test")
    assert done.returncode == 0, done.stderr
    assert "it works" in done.stdout
    read = json.loads(project.onefold("credentials", "test", "braze", "--json").stdout)
    assert read["works"] is True
    environ = {**project.environ, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "wrong-0815"}
    done = project.onefold("credentials", "test", environ=environ)
    assert done.returncode == 1
    assert "the key is not known here" in done.stderr
    assert "wrong-0815" not in done.stdout + done.stderr
