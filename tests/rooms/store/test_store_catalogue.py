"""Versions and snapshots: built in private, flipped at once, whole for every reader."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta

from onefold.model import Column, DataFile, TableName, TableVersion
from onefold.store import RunRecord, Store

StartProcess = Callable[[str], "subprocess.Popen[str]"]
Heard = Callable[["subprocess.Popen[str]"], str]
StartRun = Callable[..., RunRecord]

TABLES = [TableName("main", "people"), TableName("stitch", "links"), TableName("segments", "vips")]
FLIPS = 80


def version(name: str, table: TableName = TABLES[0]) -> TableVersion:
    return TableVersion(
        id=name,
        table=table,
        files=(
            DataFile(path=f"tables/{name}/b.parquet", rows=3, size_bytes=30),
            DataFile(path=f"tables/{name}/a é.parquet", rows=4, size_bytes=2**40),
        ),
        columns=(
            Column(name="person_id", engine_type="VARCHAR"),
            Column(name="mail", engine_type="VARCHAR", tag="email", pii=True, description="é"),
        ),
    )


def publish(store: Store, generation: int, now: datetime) -> None:
    """Make a snapshot in which every version's id names the generation."""
    made = {table: version(f"{table.name}-{generation}", table) for table in TABLES}
    with store.begin() as tx:
        for one in made.values():
            store.catalogue.add_version(tx, one, run_id="r", created_at=now)
        store.catalogue.publish(tx, f"s{generation}", made, run_id="r", created_at=now, as_of=now)


def test_a_version_comes_back_as_it_was(store: Store, now: datetime) -> None:
    made = version("v1")
    with store.begin() as tx:
        store.catalogue.add_version(tx, made, run_id="r", created_at=now)
    found = store.catalogue.version("v1")
    assert (found.id, found.table, found.columns) == (made.id, made.table, made.columns)
    assert set(found.files) == set(made.files)
    assert found.rows == 7


def test_what_a_run_builds_is_its_own_until_it_publishes(
    store: Store, now: datetime, start_run: StartRun
) -> None:
    start_run("r")
    start_run("other")
    with store.begin() as tx:
        for name in ("first", "second"):
            store.catalogue.add_version(tx, version(name), run_id="r", created_at=now)
            store.catalogue.build(tx, version(name), run_id="r")
    assert store.catalogue.built("r")[TABLES[0]].id == "second"
    assert store.catalogue.built("other") == {}
    assert store.catalogue.current() is None
    with store.begin() as tx:
        store.catalogue.publish(
            tx, "s", store.catalogue.built("r"), run_id="r", created_at=now, as_of=now
        )
    current = store.catalogue.current()
    assert current is not None
    assert {name: one.id for name, one in current.tables.items()} == {TABLES[0]: "second"}
    run = store.journal.run("r")
    assert run is not None
    assert run.snapshot_id == "s"


def test_a_pinned_snapshot_stays_as_it_was(store: Store, now: datetime) -> None:
    publish(store, 1, now)
    pinned = store.catalogue.snapshot("s1")
    publish(store, 2, now + timedelta(days=1))
    assert store.catalogue.snapshot("s1") == pinned
    current = store.catalogue.current()
    assert current is not None
    assert current.id == "s2"


def test_a_snapshot_of_nothing_is_a_snapshot(store: Store, now: datetime) -> None:
    publish(store, 1, now)
    with store.begin() as tx:
        store.catalogue.publish(tx, "empty", {}, run_id="r", created_at=now, as_of=now)
    current = store.catalogue.current()
    assert current is not None
    assert current.tables == {}


def test_a_reader_in_another_process_sees_one_generation_or_the_next_never_both(
    store: Store, now: datetime, process: StartProcess, heard: Heard
) -> None:
    publish(store, 0, now)
    reader = process(f"""
        print("ready", flush=True)
        seen = []
        while not seen or seen[-1] < {FLIPS}:
            tables = store.catalogue.current().tables
            generations = {{version.id.rpartition("-")[2] for version in tables.values()}}
            assert len(tables) == {len(TABLES)} and len(generations) == 1, tables
            seen.append(int(generations.pop()))
        assert seen == sorted(seen)
        print(len(set(seen)))
    """)
    assert heard(reader) == "ready"
    for generation in range(1, FLIPS + 1):
        publish(store, generation, now)
    generations = int(heard(reader))
    assert reader.wait() == 0
    assert generations > 2  # it really read between the flips
