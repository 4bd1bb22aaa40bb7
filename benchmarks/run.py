"""`make bench`: speed and memory of the walk, room by room, into RESULTS.md.

Each size runs in a process of its own, so that its peak memory is its own. Beside every room
stands the plain DuckDB statement that does the same work over the same files, run in the same
process right after it: a ratio means something on any machine, seconds on one only.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.page import RESULTS, machine, write_section

Report = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--dir", type=Path, default=None, help="where the shops are written")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onefold-bench-") as folder:
        place = options.dir or Path(folder)
        walks = [_measure("walk", place / str(size), size) for size in options.customers]
    write_section("walk", _section(walks))
    print(f"written: {RESULTS}")


def _measure(script: str, folder: Path, customers: int) -> Report:
    print(f"{script}: {customers} customers", flush=True)
    module = f"benchmarks.speed.{script}"
    command = [sys.executable, "-m", module, str(folder), str(customers)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=RESULTS.parents[1]
    )
    report: Report = json.loads(done.stdout)
    return report


def _section(walks: list[Report]) -> list[str]:
    lines = [
        f"`make bench`. {machine()}",
        "Data: the shop (`onefold init DIR --example shop --customers N`), day 1, seed 7.",
        "",
        "## The walk, room by room",
        "",
        "*Plain* is the DuckDB statement that does the same work over the same files, without "
        "onefold: no rejects, no journal, no versions. Peak is the process's resident memory "
        "while the room worked; the engine may use "
        f"{walks[0]['memory_limit']} before it spills.",
    ]
    for walk in walks:
        lines += ["", f"### {walk['customers']:,} customers", "", *_walk_table(walk)]
    if len(walks) > 1:
        lines += ["", "### Growth", "", *_growth(walks[0], walks[-1])]
    return lines


def _walk_table(walk: Report) -> list[str]:
    rows = [
        "| Room | Seconds | Plain | Ratio | Peak MiB | What the plain statement does |",
        "|---|---|---|---|---|---|",
    ]
    for room in walk["rooms"]:
        plain = room["plain_seconds"]
        ratio = f"{room['seconds'] / plain:.2f}" if plain else "-"
        shown = f"{plain:.2f}" if plain else "-"
        rows.append(
            f"| {room['room']} | {room['seconds']:.2f} | {shown} | {ratio} | "
            f"{room['peak_mib']:.0f} | {room['what']} |"
        )
    total = sum(room["seconds"] for room in walk["rooms"])
    peak = max(room["peak_mib"] for room in walk["rooms"])
    rows.append(f"| **all** | **{total:.1f}** | | | **{peak:.0f}** | |")
    rows += [
        "",
        f"{walk['people']:,} people from {walk['records']:,} records; {walk['requests']:,} "
        f"requests, {walk['data_points']:,} data points; an unchanged run: "
        f"{walk['unchanged_seconds']:.1f} s, {walk['unchanged_requests']} requests; day 2: "
        f"{walk['day2_seconds']:.1f} s, {walk['day2_people']:,} people, "
        f"{walk['day2_requests']:,} requests.",
    ]
    return rows


def _growth(small: Report, large: Report) -> list[str]:
    factor = large["customers"] / small["customers"]
    before = sum(room["seconds"] for room in small["rooms"])
    after = sum(room["seconds"] for room in large["rooms"])
    return [
        f"{factor:.0f} times the customers: {before:.1f} s, then {after:.1f} s: "
        f"{after / before:.1f} times "
        f"the time."
    ]


if __name__ == "__main__":
    main()
