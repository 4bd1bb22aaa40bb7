"""One walk over the shop, measured by room; prints JSON. Arguments: folder, customers."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from threading import Event, Thread

import duckdb
import psutil
from benchmarks.speed.plain import plain_seconds

from onefold.app import open_house, run_project, start_project, start_sandbox
from onefold.app.demonstrating import morning
from onefold.app.house import DEFAULT_MEMORY_LIMIT
from onefold.run import RunOptions, RunSummary

WHAT = {
    "ingest": "read the same files with typed columns, last row of each key, COPY to Parquet",
    "stitch": "normalised e-mail and phone, keys, one label for the records of a key, COPY",
    "c360": "the same model queries, COPY to Parquet",
    "segments": "the same SELECTs, COPY to Parquet",
    "orchestrations": "the desired rows' SELECT, COPY to Parquet",
    "delta": "the bare join of desired and acknowledged Parquet, IS DISTINCT FROM by field",
    "destinations": "to_json of every row and string_agg by 75, COPY (nothing is sent)",
    "ledger": "COPY of the change set, and of its rows as the new state",
}


class PeakByRoom:
    """Hears of the steps, and samples the process's resident memory while each room works."""

    def __init__(self) -> None:
        self.peak_bytes: dict[str, int] = {}
        self._room: str | None = None
        self._process = psutil.Process()
        self._end = Event()
        self._thread = Thread(target=self._sample, daemon=True)
        self._thread.start()

    def started(self, stage: str, name: str, total: int | None) -> None:
        self._room = stage

    def advanced(self, stage: str, name: str, rows: int) -> None:
        """Nothing to measure."""

    def finished(self, stage: str, name: str) -> None:
        self._look()

    def _sample(self) -> None:
        while not self._end.wait(0.05):
            self._look()

    def _look(self) -> None:
        if self._room is not None:
            used = self._process.memory_info().rss
            self.peak_bytes[self._room] = max(used, self.peak_bytes.get(self._room, 0))


def main() -> None:
    folder, customers = Path(sys.argv[1]), int(sys.argv[2])
    start_project(folder, example="shop", customers=customers)
    sandbox = start_sandbox(["--port", "0", "--mode", "sink"])
    peaks = PeakByRoom()
    try:
        environ = {**os.environ, "BRAZE_ENDPOINT": sandbox.url}
        first, _ = _run(folder, environ, 1, peaks)
        measured = dict(peaks.peak_bytes)
        plain = plain_seconds(folder, environ)
        again, again_seconds = _run(folder, environ, 1, peaks)
        start_project(folder, example="shop", customers=customers, day=2)
        second, second_seconds = _run(folder, environ, 2, peaks)
    finally:
        sandbox.stop()
    report = {
        "customers": customers,
        "duckdb": duckdb.__version__,
        "memory_limit": DEFAULT_MEMORY_LIMIT,
        "records": next(room.rows_in for room in first.rooms if room.room == "stitch"),
        "people": first.people,
        "requests": first.requests,
        "data_points": first.data_points,
        "unchanged_seconds": again_seconds,
        "unchanged_requests": again.requests,
        "day2_seconds": second_seconds,
        "day2_people": second.acknowledged,
        "day2_requests": second.requests,
        "rooms": [
            {
                "room": room.room,
                "seconds": room.seconds,
                "plain_seconds": plain.get(room.room),
                "peak_mib": measured.get(room.room, 0) / 2**20,
                "what": WHAT[room.room],
            }
            for room in first.rooms
        ],
    }
    print(json.dumps(report))


def _run(
    folder: Path, environ: dict[str, str], day: int, peaks: PeakByRoom
) -> tuple[RunSummary, float]:
    with open_house(folder, environ=environ, progress=peaks) as house:
        started = time.perf_counter()
        summary = run_project(
            house,
            RunOptions(),
            as_of=morning(day, house.project.timezone),
            randomness=os.urandom,
            stopping=lambda: False,
        )
        return summary, time.perf_counter() - started


if __name__ == "__main__":
    main()
