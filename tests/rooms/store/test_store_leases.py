"""One holder at a time: freed by death or by time, never by a look-alike."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import psutil
import pytest
from sqlalchemy import update

from onefold.errors import StoreBusy
from onefold.store import Store, schema

StartProcess = Callable[[str], "subprocess.Popen[str]"]
Heard = Callable[["subprocess.Popen[str]"], str]

LENGTH = timedelta(minutes=2)
HOLD = """
    with store.begin() as tx:
        store.leases.take(tx, "shop", holder="theirs", now=now, length=timedelta(minutes=2))
    print("held", flush=True)
    sys.stdin.read()
"""


def take(store: Store, now: datetime, holder: str = "ours") -> None:
    with store.begin() as tx:
        store.leases.take(tx, "shop", holder=holder, now=now, length=LENGTH)


def rewrite(store: Store, **values: object) -> None:
    with store.begin() as tx:
        tx.execute(update(schema.lease).values(**values))


@pytest.fixture
def held(process: StartProcess, heard: Heard) -> subprocess.Popen[str]:
    """Another living process holds the lease."""
    other = process(HOLD)
    assert heard(other) == "held"
    return other


def test_a_living_holder_is_left_alone(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreBusy, match=rf"(?s)pid {held.pid} .*shop.*hint: wait until it ends"):
        take(store, now)
    assert store.leases.holder("shop", now=now) == "theirs"


def test_a_killed_holder_is_followed_at_once(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    held.kill()
    held.wait()
    assert store.leases.holder("shop", now=now) is None
    take(store, now)
    assert store.leases.holder("shop", now=now) == "ours"


def test_a_killed_holder_that_nobody_buried_is_dead_too(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    held.kill()
    while psutil.Process(held.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)  # its end of the pipe closes a little before it is dead
    take(store, now)


def test_a_holder_whose_time_ran_out_is_followed(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreBusy):
        take(store, now + LENGTH - timedelta(microseconds=1))
    take(store, now + LENGTH)
    assert held.poll() is None


def test_the_same_run_in_another_process_is_another_holder(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreBusy):
        take(store, now, holder="theirs")
    until = now + LENGTH
    with store.begin() as tx:
        assert not store.leases.renew(tx, "shop", holder="theirs", until=until)
        store.leases.give_back(tx, "shop", holder="theirs")
    assert store.leases.holder("shop", now=now) == "theirs"
    assert held.poll() is None


def test_a_later_process_with_the_same_number_is_not_the_holder(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    rewrite(store, process_started_at=now - timedelta(days=300))
    take(store, now)
    assert held.poll() is None


def test_a_clock_that_was_set_kills_nobody(
    store: Store, now: datetime, held: subprocess.Popen[str]
) -> None:
    """Linux derives a process's start from the time of boot, which moves with the clock."""
    with store.begin() as tx:
        started = tx.execute(schema.lease.select()).one().process_started_at
    rewrite(store, process_started_at=started + timedelta(seconds=1))
    with pytest.raises(StoreBusy):
        take(store, now)
    assert held.poll() is None


def test_processes_of_another_machine_are_freed_by_time_alone(store: Store, now: datetime) -> None:
    take(store, now, holder="theirs")
    rewrite(store, host="elsewhere", pid=2**22 + 1)
    with pytest.raises(StoreBusy, match="elsewhere"):
        take(store, now)
    take(store, now + LENGTH)


def test_a_lease_is_renewed_and_given_back_by_its_holder_only(store: Store, now: datetime) -> None:
    take(store, now)
    later = now + LENGTH
    with store.begin() as tx:
        assert store.leases.renew(tx, "shop", holder="ours", until=later + LENGTH)
        assert not store.leases.renew(tx, "shop", holder="theirs", until=later + LENGTH)
        store.leases.give_back(tx, "shop", holder="theirs")
    assert store.leases.holder("shop", now=later) == "ours"
    take(store, later)  # again by the same one: no matter
    with store.begin() as tx:
        store.leases.give_back(tx, "shop", holder="ours")
    assert store.leases.holder("shop", now=later) is None


def test_of_many_that_ask_at_once_exactly_one_gets_it(
    process: StartProcess, heard: Heard, store: Store, now: datetime
) -> None:
    code = """
        sys.stdin.readline()
        try:
            with store.begin() as tx:
                holder = sys.argv[1]
                store.leases.take(tx, "shop", holder="x", now=now, length=timedelta(minutes=2))
            print("got it", flush=True)
        except OnefoldError as error:
            print(type(error).__name__, flush=True)
        sys.stdin.read()
    """
    rivals = [process(code) for _ in range(3)]
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    assert sorted(heard(rival) for rival in rivals) == ["StoreBusy", "StoreBusy", "got it"]
