"""A reader that opens the current snapshot again and again, and looks whether it is whole."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.crash.place import Shop
from benchmarks.crash.process import Process, fork

from onefold.app import House, open_house
from onefold.errors import OnefoldError

__all__ = ["Reader"]

PAUSE_S = 0.4
SAME_PERSONS = """
SELECT count(*) FROM (SELECT DISTINCT person_id FROM stitch.unified_coalesced) AS u
FULL JOIN main.merged_customers AS m ON m.person_id = u.person_id
FULL JOIN main.braze_customer_attributes AS b ON b.person_id = coalesce(u.person_id, m.person_id)
WHERE u.person_id IS NULL OR m.person_id IS NULL OR b.person_id IS NULL
"""
OF_ANOTHER_RUN = """
SELECT count(*) FROM snapshot_table AS t
JOIN snapshot AS s ON s.id = t.snapshot_id JOIN version AS v ON v.id = t.version_id
WHERE s.id = ? AND t.schema_name IN ('main', 'stitch') AND v.run_id <> s.run_id
"""


class Reader:
    """A process that reads while runs are killed; `report` tells what it saw."""

    def __init__(self, shop: Shop, file: Path) -> None:
        self._file = file
        self._stop = file.with_suffix(".stop")
        self._process: Process = fork(_read, shop, file, self._stop)

    def report(self) -> dict[str, Any]:
        """Stop it, and give its readings, the snapshots that it saw, and what was wrong."""
        self._stop.touch()
        self._process.join()
        if self._process.exitcode:
            raise RuntimeError(f"the reader died ({self._process.exitcode})")
        found: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        return found


def _read(shop: Shop, file: Path, stop: Path) -> None:
    seen: set[str] = set()
    wrong: list[str] = []
    readings = 0
    while not stop.exists():
        with open_house(shop.folder, environ=shop.environ) as house:
            snapshot = house.store.catalogue.current()
            if snapshot is not None:
                readings += 1
                seen.add(snapshot.id)
                wrong += _whole(house, shop)
        time.sleep(PAUSE_S)
    report = {"readings": readings, "snapshots": len(seen), "wrong": wrong}
    file.write_text(json.dumps(report), encoding="utf-8")


def _whole(house: House, shop: Shop) -> list[str]:
    """Say what is not whole in the snapshot that is current now."""
    try:
        with house.reading() as walk:
            strangers = walk.engine.scalar(SAME_PERSONS)
            others = _of_another_run(shop, house)
    except OnefoldError as error:
        return [f"{type(error).__name__}: {error}"]
    found = [f"{strangers} persons stand in some tables only"] if strangers else []
    return found + ([f"{others} tables are of another run"] if others else [])


def _of_another_run(shop: Shop, house: House) -> int:
    with closing(sqlite3.connect(f"file:{shop.store}/control.sqlite?mode=ro", uri=True)) as look:
        (count,) = look.execute(OF_ANOTHER_RUN, (house.snapshot().id,)).fetchone()
        return int(count)
