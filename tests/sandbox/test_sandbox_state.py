"""The state file: what survives a restart and a kill, and which files are refused."""

import json
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.conftest import Running
from tests.sandbox.golden import play, read_cases

from braze_sandbox.cohorts import Cohorts, Partner
from braze_sandbox.control import ROUTES
from braze_sandbox.decisions import Decisions
from braze_sandbox.identifiers import Alias, Identifier, Kind
from braze_sandbox.profiles import Profile, Profiles, Tally
from braze_sandbox.state import Keeper, StateError
from braze_sandbox.values import same
from braze_sandbox.workspace import Workspace

AT = "2026-01-05T09:30:00Z"
BODY = {
    "attributes": [
        {"external_id": "ada", "email": "Ada@example.com", "n": 1, "x": 1.0, "on": True, "at": AT},
        {"external_id": "ada", "home": {"city": "Bern", "since": {"$time": AT}}, "time_zone": "?"},
        {"user_alias": {"alias_label": "crm", "alias_name": "7"}, "_update_existing_only": False},
        {"push_token_import": True, "push_tokens": [{"app_id": "a", "token": "t"}]},
        {"phone": "+41 44 123 45 67", "first_name": "Eve"},
    ],
    "events": [{"external_id": "ada", "name": "seen", "time": AT}],
    "purchases": [
        {"external_id": "ada", "product_id": "p", "currency": "EUR", "price": 9.5, "time": AT}
    ],
}
PASSING = {"", "requests", "faults", "limits", "decisions", "keys"}
"""What can be looked at and is not kept, or depends on the time."""
LOOKS = sorted(
    {what for method, what in ROUTES if method == "GET" and "page/" not in what} - PASSING
)


def seen(sandbox: Any) -> dict[str, Any]:
    return {look: sandbox.look(look) for look in LOOKS}


def fill(sandbox: Any) -> None:
    for what, body in (
        ("attribute-types", {"n": "number"}),
        ("blocklist", {"attributes": ["secret"], "events": ["noise"]}),
    ):
        assert sandbox.ask("POST", f"/_sandbox/{what}", json.dumps(body).encode()).status == 200
    assert sandbox.post("/users/track", BODY).status == 201
    assert sandbox.post("/users/track", BODY).status == 201
    assert sandbox.post("/users/track", b"{oops").status == 400


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_everything_survives_the_process(
    start_sandbox: Any, tmp_path: Path, end: signal.Signals
) -> None:
    options = ("--state", str(tmp_path / "braze.db"), "--limit", "9/1000000000")
    first = start_sandbox(*options)
    fill(first)
    before = seen(first)
    first.process.send_signal(end)
    first.process.wait(timeout=10)
    second = start_sandbox(*options)
    assert seen(second) == before
    limits = {one["bucket"]: one["used"] for one in second.look("limits")["limits"]}
    assert limits["track"] == 3
    second.post("/users/track", BODY)
    assert len(second.users()) == len(before["state"]["users"]), "found by every identifier again"
    assert second.last_request()["number"] == 4
    assert second.last_request()["silent"]["push_token_known"] == 1


def test_whatever_a_golden_case_leaves_behind_survives_a_kill(
    start_sandbox: Any, tmp_path: Path
) -> None:
    """All cases one after the other: a part of the state that nobody keeps would show here."""
    options = ("--state", str(tmp_path / "braze.db"), "--block-external-id", "dummy")
    first = start_sandbox(*options, "--limit", "all=none")
    for number, case in enumerate(param.values[0] for param in read_cases()):
        own = json.dumps(case).replace("bread", f"bread-{number}")  # a name is taken but once
        play(first, json.loads(own))
        let_exports_go(first)  # a segment is exported but once at a time
    before = seen(first)
    assert len(before["state"]["users"]) > 20
    assert any(catalog["items"] for catalog in before["catalogs"]["catalogs"])
    first.process.kill()
    first.process.wait(timeout=10)
    assert seen(start_sandbox(*options)) == before


def let_exports_go(sandbox: Any) -> None:
    sandbox.ask("POST", "/_sandbox/exports", b'{"held": false}')
    while sandbox.look("exports")["running"]:
        pass


def test_no_answered_request_is_lost_to_a_kill(start_sandbox: Any, tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "braze.db"))
    answered: list[str] = []
    for round_ in range(3):
        sandbox = start_sandbox(*options)
        for number in range(10):
            name = f"user {round_}-{number}"
            assert sandbox.track({"external_id": name}).status == 201
            answered.append(name)
        sandbox.process.kill()
        sandbox.process.wait(timeout=10)
    assert [user["external_id"] for user in start_sandbox(*options).users()] == answered


def test_what_was_accepted_and_not_applied_is_applied_after_a_kill(
    start_sandbox: Any, tmp_path: Path
) -> None:
    file = ("--state", str(tmp_path / "braze.db"))
    first = start_sandbox(*file, "--settle-ms", "60000,60000")
    first.track({"external_id": "ada", "n": 1, "time_zone": "Mars"})
    first.track({"external_id": "ada", "n": {"inc": 2}})
    assert (first.users(), first.look("summary")["unsettled_requests"]) == ([], 2)
    first.process.kill()
    first.process.wait(timeout=10)
    for _ in range(2):
        later = start_sandbox(*file)
        assert [user["custom_attributes"] for user in later.users()] == [{"n": 3}]
        summary = later.look("summary")
        assert (summary["silent"], summary["data_points"]) == ({"time_zone_unknown": 1}, 2)
        later.process.kill()
        later.process.wait(timeout=10)


def test_reset_empties_the_file(start_sandbox: Any, tmp_path: Path) -> None:
    options = ("--state", str(tmp_path / "braze.db"))
    first = start_sandbox(*options)
    fill(first)
    first.reset()
    first.process.kill()
    first.process.wait(timeout=10)
    second = start_sandbox(*options)
    assert second.users() == []
    assert second.look("summary")["requests"] == 0
    assert second.look("blocklist") == {"attributes": [], "events": []}


def write_a_diary(path: Path) -> None:
    path.write_text("dear diary " * 1_000)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def become_newer(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def become_another(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA application_id = 1")
    database.close()


def hold_nonsense(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE item SET value = '[1]' WHERE part = 'profiles'")
    database.close()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (write_a_diary, "is no state of a sandbox, or damaged"),
        (damage, "is damaged: restore it from a copy"),
        (hold_nonsense, "is damaged: restore it from a copy"),
        (become_newer, "was written by a newer sandbox (form 99, this one knows 1)"),
        (become_another, "is no state of a sandbox: name another file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_left_alone(
    start_sandbox: Any, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    path = tmp_path / "braze.db"
    sandbox = start_sandbox("--state", str(path))
    fill(sandbox)
    sandbox.process.terminate()
    sandbox.process.wait(timeout=10)
    spoil(path)
    before = path.read_bytes()
    refused = run("--state", str(path))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"braze sandbox: {path} {told}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert path.read_bytes() == before


def test_a_file_in_use_or_out_of_reach_is_told(start_sandbox: Any, tmp_path: Path) -> None:
    path = tmp_path / "braze.db"
    start_sandbox("--state", str(path))
    assert "is in use by another sandbox" in run("--state", str(path)).stderr
    assert "does its folder exist" in run("--state", str(tmp_path / "no" / "braze.db")).stderr


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "braze_sandbox", "--port", "0", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_what_a_full_disk_does_not_hold_is_not_answered(tmp_path: Path) -> None:
    """The file may grow to 400 KB: requests that would not be kept end without an answer."""
    options = ("--port", "0", "--state", str(tmp_path / "braze.db"))
    limited = "ulimit -f 800; exec " + shlex.join([sys.executable, "-m", "braze_sandbox", *options])
    with subprocess.Popen(
        ["sh", "-c", limited], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        sandbox = Running(process, port)
        answered = 0
        while answered < 100 and is_taken(sandbox, *seventy_five(answered)):
            answered += 1
        process.kill()
        _, complaints = process.communicate(timeout=10)
    assert "can't write" in complaints
    assert "Is the disk full?" in complaints
    assert "Traceback" not in complaints
    assert 0 < answered < 100
    assert len(reopened(tmp_path / "braze.db")) == 75 * answered


def test_a_stubborn_client_gets_everything_through_weather_and_kills(
    start_sandbox: Any, tmp_path: Path
) -> None:
    """It repeats each request until it is answered with 201; requests are applied out of order."""
    options = ("--state", str(tmp_path / "braze.db"), "--weather", "30%", "--seed", "2")
    slow = ("--settle-ms", "0,200", "--decide", "settle_order=shuffled")
    sandbox = start_sandbox(*options, *slow)
    for number in range(20):
        while not is_taken(sandbox, {"external_id": f"user {number}", "n": number}):
            pass
        if number == 12:
            sandbox.process.kill()
            sandbox.process.wait(timeout=10)
            sandbox = start_sandbox(*options, *slow)
    sandbox.process.kill()
    sandbox.process.wait(timeout=10)
    users = start_sandbox(*options).users()
    assert {user["external_id"]: user["custom_attributes"]["n"] for user in users} == {
        f"user {number}": number for number in range(20)
    }
    assert len(users) == 20


def seventy_five(number: int) -> list[dict[str, Any]]:
    return [{"external_id": f"user {number}-{n}", "bio": "x" * 250} for n in range(75)]


def is_taken(sandbox: Any, *sent: dict[str, Any]) -> bool:
    try:
        return bool(sandbox.track(*sent).status == 201)
    except (ConnectionError, HTTPException):
        return False


TIMES = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
SCALARS = (
    st.text()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TIMES
    | st.integers(-(2**63) + 1, 2**63 - 1)
)
KEYS = st.text(min_size=1).filter(lambda key: "$" not in key)
STORED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


@given(values=st.dictionaries(KEYS, STORED, max_size=5))
def test_every_value_comes_back_as_the_same_type(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("state") / "braze.db"
    profiles = Profiles()
    keeper = Keeper(path)
    keeper.restore({"profiles": profiles})
    profile = profiles.create(Identifier(Kind.EXTERNAL_ID, "ada"), datetime(2026, 1, 5, tzinfo=UTC))
    for name, value in values.items():
        profiles.put(profile, name, value)
    keeper.close()
    (restored,) = reopened(path)
    assert same(restored.values, values)


def test_everything_in_a_workspace_is_kept() -> None:
    """A new part must be added to `parts`; decisions and Currents belong to the process."""
    workspace = Workspace(Decisions())
    assert vars(workspace).keys() - {"decisions", "recorder"} == workspace.parts().keys()


def test_cohorts_come_back(tmp_path: Path) -> None:
    def shown(cohorts: Cohorts) -> list[object]:
        return [(id_, one.partner, one.name, sorted(one.members)) for id_, one in cohorts.items()]

    path, cohorts = tmp_path / "braze.db", Cohorts()
    keeper = Keeper(path)
    keeper.restore({"cohorts": cohorts})
    cohorts.set_partner("acme", Partner(enabled=False))
    for id_ in ("z", "a"):
        cohorts.put("acme", id_, name=f"list {id_}", created_at=AT)
    for user in (1, 2, 3):
        cohorts.join("acme", "z", user)
    keeper.write()
    cohorts.leave("acme", "z", 2)
    cohorts.merge(gone=3, kept=7)
    cohorts.put("acme", "a", name="renamed", created_at=AT)
    keeper.close()
    again = Cohorts()
    keeper = Keeper(path)
    keeper.restore({"cohorts": again})
    keeper.close()
    assert shown(again) == [("z", "acme", "list z", [1, 7]), ("a", "acme", "renamed", [])]
    assert again.partner("acme") == Partner(enabled=False)
    assert again.partner("other") == Partner()


def reopened(path: Path) -> Profiles:
    profiles = Profiles()
    keeper = Keeper(path)
    keeper.restore({"profiles": profiles})
    keeper.close()
    return profiles


def test_every_field_of_a_profile_comes_back(tmp_path: Path) -> None:
    profiles = Profiles()
    keeper = Keeper(tmp_path / "braze.db")
    keeper.restore({"profiles": profiles})
    at = datetime(2026, 1, 5, tzinfo=UTC)
    profile = profiles.create(Identifier(Kind.USER_ALIAS, Alias("crm", "7")), at)
    profiles.touch(profile)
    profiles.rename(profile, "ada")
    profiles.rename(profile, "lovelace")
    profile.events = {"seen": Tally(at, at, 2)}
    profile.purchases = {"p": Tally(at, at, 1)}
    profile.revenue = 9.5
    profiles.put(profile, "email", "ada@example.com")
    empty = Profile(number=0, created_at=at, touched=0)
    unset = [f.name for f in fields(Profile) if getattr(profile, f.name) == getattr(empty, f.name)]
    assert set(unset) == {"created_at"}, "give each field a value of its own here"
    keeper.close()
    kept = reopened(tmp_path / "braze.db")
    (restored,) = kept
    for external_id in ("ada", "lovelace"):
        assert kept.find(Identifier(Kind.EXTERNAL_ID, external_id)) is restored
    assert {f.name: getattr(restored, f.name) for f in fields(Profile)} == {
        f.name: getattr(profile, f.name) for f in fields(Profile)
    }


def test_what_could_not_be_written_is_written_next_time(tmp_path: Path) -> None:
    path = tmp_path / "braze.db"
    profiles = Profiles()
    keeper = Keeper(path)
    keeper.restore({"profiles": profiles})
    keeper._file._database.execute("PRAGMA query_only = 1")
    profiles.create(Identifier(Kind.EXTERNAL_ID, "ada"), datetime(2026, 1, 5, tzinfo=UTC))
    with pytest.raises(StateError, match=r"can't write .*braze.db"):
        keeper.write()
    keeper._file._database.execute("PRAGMA query_only = 0")
    keeper.close()
    assert [profile.external_id for profile in reopened(path)] == ["ada"]
