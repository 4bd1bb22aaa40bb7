"""Currents beside a state file: a kill at any moment leaves an event and its effect, or neither."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from shutil import copytree
from threading import Thread
from time import sleep
from typing import Any, cast

import fastavro
import orjson
import pytest

from braze_sandbox.api import Asked
from braze_sandbox.clock import moment
from braze_sandbox.config import Settings
from braze_sandbox.currents import Export, KeptJournal
from braze_sandbox.decisions import Decisions
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.state import Keeper

CUSTOM = "users.behaviors.CustomEvent"
NOON = 1_767_616_200.0  # 2026-01-05T12:30:00Z
SEEN = {"external_id": "ada", "name": "seen", "time": "2026-01-05T09:30:00Z"}


def ids(folder: Path) -> Counter[str]:
    """How often each custom event is in the files."""
    found: Counter[str] = Counter()
    for path in folder.rglob(f"event_type={CUSTOM}/**/*.avro"):
        with path.open("rb") as file:
            found.update(row["id"] for row in cast("Iterator[Any]", fastavro.reader(file)))
    return found


def event(number: int) -> tuple[str, dict[str, object]]:
    own: dict[str, object] = {"id": f"id-{number}", "user_id": "0" * 24, "external_user_id": None}
    return CUSTOM, {**own, "time": int(NOON), "name": "seen", "properties": "{}"}


@pytest.mark.parametrize("settle_ms", [None, (0, 5)], ids=["at_once", "later"])
def test_killed_at_any_moment_events_and_profiles_agree(
    tmp_path: Path, settle_ms: tuple[int, int] | None
) -> None:
    """Everything on disk is copied whenever the sandbox looks at the clock, as a kill leaves it.

    Where events had a journal of their own, some copies told an event without its effect, and
    after the next start a second time under another id.
    """
    place, copies = tmp_path / "place", tmp_path / "copies"
    place.mkdir()
    taken: list[Path] = []

    def clock() -> float:
        taken.append(copytree(place, copies / str(len(taken))))
        return NOON

    asyncio.run(ask_three_times(Sandbox(kept_in(place, settle_ms), clock)))
    assert len(taken) > 6
    for copy in taken:
        after = Sandbox(kept_in(copy, None), lambda: NOON)
        happened = sum(
            tally.count
            for profile in after.workspace.profiles
            for tally in (profile.events or {}).values()
        )
        after.close()
        told = ids(copy / "currents")
        assert (len(told), set(told.values()) <= {1}) == (happened, True)
    assert happened == 6


def kept_in(place: Path, settle_ms: tuple[int, int] | None) -> Settings:
    decisions = Decisions(settle_order="shuffled")
    return Settings(
        state=place / "braze.db",
        currents=place / "currents",
        settle_ms=settle_ms,
        decisions=decisions,
    )


async def ask_three_times(sandbox: Sandbox) -> None:
    """Each time it is safe before the next, as if the client waited for its answer."""
    body = orjson.dumps({"events": [SEEN, SEEN]})
    asked = Asked(
        method="POST",
        path="/users/track",
        authorization="Bearer sandbox-key",
        content_type="application/json",
        body=body,
    )
    for _ in range(3):
        entry = sandbox.log.open(moment(sandbox.clock()), asked.method, asked.path)
        sandbox.log.keep_body(entry, body)
        assert sandbox.backend.answer(asked, entry).status == 201
        await sandbox.kept()
    await asyncio.sleep(0.2)
    assert len(sandbox.settler) == 0
    sandbox.close()
    sandbox.clock()  # the last copy is of the end


def test_a_killed_process_agrees_with_itself(start_sandbox: Any, tmp_path: Path) -> None:
    """Requests come all the time, and are applied out of order; the process is killed twice."""
    folder = tmp_path / "currents"
    shuffled = ("--settle-ms", "0,40", "--decide", "settle_order=shuffled")
    options = ("--state", str(tmp_path / "braze.db"), "--currents", str(folder))
    for after_ms in (70, 120):
        sandbox = start_sandbox(*options, *shuffled)
        sender = Thread(target=send_until_cut, args=(sandbox,))
        sender.start()
        sleep(after_ms / 1000)
        sandbox.process.kill()
        sandbox.process.wait(timeout=10)
        sender.join()
    last = start_sandbox(*options)
    count = sum(one["count"] for user in last.users() for one in user["custom_events"])
    last.process.terminate()
    last.process.wait(timeout=10)
    told = ids(folder)
    assert count == len(told)
    assert set(told.values()) <= {1}, "no file was being written when the process was killed"


def send_until_cut(sandbox: Any) -> None:
    with suppress(OSError, HTTPException):
        while True:
            sandbox.post("/users/track", {"events": [SEEN, SEEN]})


def test_what_waits_is_in_the_state_and_in_no_journal(start_sandbox: Any, tmp_path: Path) -> None:
    folder, file = tmp_path / "currents", tmp_path / "braze.db"
    options = ("--state", str(file), "--currents", str(folder))
    sandbox = start_sandbox(*options)
    sandbox.post("/users/track", {"events": [SEEN]})
    assert (folder / ".sandbox/journal.ndjson").read_bytes() == b""
    sandbox.process.kill()
    sandbox.process.wait(timeout=10)
    again = start_sandbox(*options)
    assert again.look("currents")["waiting"] == 1
    again.process.terminate()
    again.process.wait(timeout=10)
    assert sum(ids(folder).values()) == 1
    with closing(sqlite3.connect(file)) as database:
        kept = database.execute("SELECT count(*) FROM item WHERE part = 'currents'").fetchone()
    assert kept == (0,)


def test_a_kill_between_file_and_state_repeats_events_with_their_ids(tmp_path: Path) -> None:
    folder, state = tmp_path / "currents", tmp_path / "state"
    state.mkdir()
    waits = KeptJournal()
    keeper = Keeper(state / "braze.db")
    keeper.restore({"currents": waits})
    export = Export(folder, lambda: NOON, waits)
    export.take([event(1), event(2)])
    keeper.write()
    export.flush()
    as_killed = copytree(state, tmp_path / "as_killed")  # files are there, and the state is older
    export.close()
    keeper.close()
    settings = Settings(state=as_killed / "braze.db", currents=folder)
    Sandbox(settings, lambda: NOON).close()
    assert ids(folder) == {"id-1": 2, "id-2": 2}


def test_what_a_process_without_state_left_is_written_first(tmp_path: Path) -> None:
    left = Export(tmp_path / "currents", lambda: NOON)
    left.take([event(1)])
    as_killed = copytree(tmp_path / "currents", tmp_path / "as_killed")
    left.close()
    with closing(Export(as_killed, lambda: NOON, KeptJournal())) as export:
        assert ids(as_killed) == {"id-1": 1}
        export.take([event(2)])
    assert ids(as_killed) == {"id-1": 1, "id-2": 1}


def test_what_waited_five_minutes_is_written_at_the_start(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "braze.db", currents=tmp_path / "currents")
    waits = KeptJournal()
    keeper = Keeper(tmp_path / "braze.db")
    keeper.restore({"currents": waits})
    with closing(Export(tmp_path / "other", lambda: NOON, waits)) as export:
        export.take([event(1)])
        keeper.close()
    sandbox = Sandbox(settings, lambda: NOON + 301)
    assert ids(tmp_path / "currents") == {"id-1": 1}
    sandbox.close()


def test_reset_forgets_what_waits(start_sandbox: Any, tmp_path: Path) -> None:
    folder = tmp_path / "currents"
    options = ("--state", str(tmp_path / "braze.db"), "--currents", str(folder))
    sandbox = start_sandbox(*options)
    sandbox.post("/users/track", {"events": [SEEN]})
    sandbox.reset()
    sandbox.process.kill()
    sandbox.process.wait(timeout=10)
    assert start_sandbox(*options).look("currents")["waiting"] == 0
    assert ids(folder) == {}
