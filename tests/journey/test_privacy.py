"""Erasing a person: gone from Braze and from every byte of the store, and nobody else touched."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.journey.bakery import bakery, deliver
from tests.journey.braze import Profiles, Sandbox, running
from tests.journey.conftest import Once
from tests.journey.project import COMMAND, DAY_1, Project

from onefold.app import explain
from onefold.errors import Refused

CUSTOMERS = 250
TABLES = ("merged_customers", "unified_transactions", "email_opt_status")
ADA = ("C1000001", "ada@x.example", "Ada")


@dataclass(frozen=True)
class Forgotten:
    """A shop before and after one of its customers was erased."""

    folder: Path
    words: tuple[str, ...]
    person: str
    external_id: str
    before: Profiles
    after: Profiles
    tables: Mapping[str, tuple[list[Any], list[Any]]]
    requests_after: int
    landed_again: list[dict[str, Any]]
    output: str


@pytest.fixture(scope="module")
def forgotten(once: Once) -> Forgotten:
    return once("forgotten", lambda folder: _forget(folder / "shop"))


def _forget(folder: Path) -> Forgotten:
    with running() as sandbox:
        shop = Project.shop(folder, sandbox.url, customers=CUSTOMERS)
        shop.run()
        who = shop.rows(
            "SELECT m.person_id, b.external_id, m.email, m.phone FROM merged_customers AS m "
            "JOIN braze_customer_attributes AS b USING (person_id) "
            "JOIN unified_transactions AS t USING (person_id) "
            "WHERE NOT m.email IS NULL AND NOT m.phone IS NULL AND 1 = "
            "(SELECT count(DISTINCT u.person_id) FROM unified_coalesced AS u "
            "WHERE u.email = m.email OR u.phone = m.phone) ORDER BY ALL LIMIT 1"
        )[0]
        before, tables = sandbox.profiles(), _others(shop, who["person_id"])
        erased = shop.onefold("privacy", "erase", who["email"], "--yes")
        assert erased.returncode == 0, erased.stderr
        words = tuple(who[name] for name in ("person_id", "email", "phone"))
        left = _places_of(folder / ".onefold", words)
        assert left == [], left
        counts = sandbox.summary()["requests"]
        shop.run(full_refresh=True)
        return Forgotten(
            folder=folder,
            words=words,
            person=who["person_id"],
            external_id=who["external_id"],
            before=before,
            after=sandbox.profiles(),
            tables={
                name: (tables[name], rows) for name, rows in _others(shop, who["person_id"]).items()
            },
            requests_after=sandbox.summary()["requests"] - counts,
            landed_again=shop.rows(
                f"SELECT person_id FROM unified_coalesced WHERE email = '{who['email']}'"
            ),
            output=erased.stdout,
        )


def _others(shop: Project, person: str) -> dict[str, list[Any]]:
    others = f"coalesce(person_id, '') <> '{person}'"
    return {name: shop.rows(f"SELECT * FROM {name} WHERE {others} ORDER BY ALL") for name in TABLES}


def _places_of(store: Path, words: tuple[str, ...]) -> list[str]:
    """Look into every byte of a store, and into every value of its Parquet files."""
    found = []
    for path in store.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        found += [f"{path}: {word}" for word in words if word.encode() in data]
        if path.suffix == ".parquet":
            rows = pq.read_table(path).to_pylist()
            found += [f"{path}: {word}" for row in rows for word in words if word in str(row)]
    return found


def test_braze_does_not_know_them_any_more_and_knows_the_others_as_before(
    forgotten: Forgotten,
) -> None:
    assert forgotten.external_id in forgotten.before
    expected = {who: held for who, held in forgotten.before.items() if who != forgotten.external_id}
    assert forgotten.after == expected


def test_they_do_not_land_again_and_nothing_is_sent(forgotten: Forgotten) -> None:
    """The run after it read every file of the brand anew, the person in it."""
    assert forgotten.landed_again == []
    assert forgotten.requests_after == 0


def test_no_row_of_anybody_else_is_touched(forgotten: Forgotten) -> None:
    for name in TABLES:
        before, after = forgotten.tables[name]
        assert after == before, name


def test_it_says_where_the_brands_own_files_keep_them(forgotten: Forgotten) -> None:
    assert "your own files keep the person" in forgotten.output
    assert "data/pos/" in forgotten.output or "data/ecommerce/" in forgotten.output


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running() as one:
        yield one


@pytest.fixture
def shop(tmp_path: Path, sandbox: Sandbox) -> Project:
    return _bakery(tmp_path, sandbox)


def _bakery(folder: Path, sandbox: Sandbox) -> Project:
    """Three customers who were sent; one of them has a row that was refused, too."""
    project = bakery(folder, sandbox.url)
    deliver(
        project,
        5,
        ("C1000001", "Ada", "ada@x.example", 1),
        ("C2000002", "Bo", "bo@x.example", 2),
        ("C3000003", "Cy", "cy@x.example", 3),
        ("C1000001", "Ada", "ada@x.example", "many"),
    )
    project.run(as_of=DAY_1)
    return project


def test_killed_again_and_again_it_ends_all_the_same(shop: Project, sandbox: Sandbox) -> None:
    sandbox.fault(kind="slow", ms=60_000, path="/users/delete")
    with _command(shop, "erase", "C1000001", "--yes") as erasing:
        while not _erasures(shop) and erasing.poll() is None:
            time.sleep(0.05)
        erasing.send_signal(signal.SIGKILL)
    with pytest.raises(Refused, match="begun and did not end"):
        shop.run(as_of=DAY_1)
    sandbox.heal()
    for delay in (0.5, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5, 3.0):
        with _command(shop, "erase", "--resume") as erasing:
            time.sleep(delay)
            erasing.send_signal(signal.SIGKILL)
    assert shop.onefold("privacy", "erase", "--resume").returncode == 0
    assert _places_of(shop.folder / ".onefold", ADA) == []
    assert sorted(sandbox.profiles()) == ["C2000002", "C3000003"]
    landed = shop.run(as_of=DAY_1, full_refresh=True)
    ingest = next(room for room in landed.rooms if room.room == "ingest")
    assert (ingest.rows_in, ingest.rows_out, ingest.rejected) == (4, 2, 0)  # two are superseded
    assert sorted(sandbox.profiles()) == ["C2000002", "C3000003"]
    assert _places_of(shop.folder / ".onefold", ADA) == []


def test_what_somebody_else_has_too_stays_with_them(shop: Project, sandbox: Sandbox) -> None:
    """Both are in one house: another source knows the second one by the same mailbox."""
    (shop.folder / "sources" / "guests.yaml").write_text(
        'from: {files: "data/guests-*.csv"}\nformat: csv\nload: upsert\nprimary_key: [guest]\n'
        "person_id: guest\nfields:\n  guest: string\n  mail: {type: string, tag: email}\n"
    )
    (shop.folder / "data" / "guests-1.csv").write_text("guest,mail\nG9,ada@x.example\n")
    shop.run(as_of=DAY_1)
    erased = shop.onefold("privacy", "erase", "C1000001", "--yes")
    assert erased.returncode == 0, erased.stderr
    assert shop.rows("SELECT guest, mail FROM guests") == [{"guest": "G9", "mail": ADA[1]}]
    assert sorted(sandbox.profiles()) == ["C2000002", "C3000003"]


def test_who_left_is_found_in_older_versions_and_erased_there(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The newest delivery is the table; the one before it still lies in the store."""
    shop = bakery(tmp_path, sandbox.url)
    shop.edit("sources/customers.yaml", "load: upsert", "load: replace")
    shop.edit("sources/customers.yaml", "person_id: customer_no", "stitch: true")
    shop.edit("sources/customers.yaml", "customers-*.csv", "customers-{yyyy}-{MM}-{dd}.csv")
    deliver(shop, 5, ("C1000001", "Ada", "ada@x.example", 1), ("C2000002", "Bo", "b@x.example", 2))
    shop.run(as_of=DAY_1)
    deliver(shop, 6, ("C2000002", "Bo", "b@x.example", 2))
    shop.run(as_of=DAY_1, allow_clears=True)
    store = shop.folder / ".onefold"
    assert _places_of(store, ADA) != []
    erased = shop.onefold("privacy", "erase", "ada@x.example", "--yes")
    assert erased.returncode == 0, erased.stderr
    assert "found by older tables" in erased.stdout
    assert _places_of(store, ADA) == []
    assert sorted(sandbox.profiles()) == ["C2000002"]


def test_nothing_happens_before_somebody_agrees(shop: Project, sandbox: Sandbox) -> None:
    before = sandbox.profiles()
    shown = shop.onefold("privacy", "erase", "C1000001", "--dry-run")
    assert "C1000001" in shown.stdout
    assert "data/customers-2026-01-05.csv:2" in shown.stdout
    refused = shop.onefold("privacy", "erase", "C1000001")
    assert refused.returncode == 1
    assert "nobody was there to agree" in refused.stderr
    unknown = shop.onefold("privacy", "erase", "eve@x.example", "--yes")
    assert "nobody is known by 'eve@x.example'" in unknown.stderr
    assert sandbox.profiles() == before
    assert not _erasures(shop)
    with shop.house() as house:
        assert explain(house, "C1000001").person_id == "C1000001"


def test_a_key_that_may_delete_nobody_is_told_and_it_goes_on_with_another(tmp_path: Path) -> None:
    with running("--key", "sandbox-key:users.track", "--key", "other-key") as sandbox:
        shop = _bakery(tmp_path, sandbox)
        refused = shop.onefold("privacy", "erase", "C1000001", "--yes")
        assert refused.returncode == 1
        assert "users.delete" in refused.stderr
        other = {**shop.environ, "ONEFOLD_CREDENTIAL_BRAZE_KEY": "other-key"}
        resumed = shop.onefold("privacy", "erase", "--resume", environ=other)
        assert resumed.returncode == 0, resumed.stderr
        assert sorted(sandbox.profiles()) == ["C2000002", "C3000003"]


def _command(shop: Project, *arguments: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, **shop.environ}
    command = [COMMAND, "privacy", *arguments]
    return subprocess.Popen(command, cwd=shop.folder, env=environ, stderr=subprocess.DEVNULL)


def _erasures(shop: Project) -> list[Any]:
    with closing(sqlite3.connect(shop.folder / ".onefold" / "control.sqlite")) as control:
        found: list[Any] = control.execute("SELECT id FROM erasure").fetchall()
    return found
