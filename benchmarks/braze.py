"""`make bench-braze`: what issue "Braze, complete and exact" measures, into RESULTS.md.

Each measure runs in a process of its own, one after the other; both sides of every ratio in one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.page import RESULTS, machine, write_section

Report = dict[str, Any]

COMMANDS = {
    "unpaced": "benchmarks.speed.sending --people 300000 --shape wide --bare",
    "full": "benchmarks.speed.sending --people 75000 --shape wide --mode full --bare",
    "paced": "benchmarks.pacing --limit 3000 --seconds 60",
    "limits": "benchmarks.limiting",
    "receipts": "benchmarks.receipts 10000",
    "small": "benchmarks.speed.sending --people 1000000 --shape narrow",
    "large": "benchmarks.speed.sending --people 10000000 --shape narrow",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), help="to try one; no page")
    asked = parser.parse_args()
    began, load = time.perf_counter(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="onefold-bench-") as place:
        found = {name: _measure(name, place) for name in asked.only or COMMANDS}
    if asked.only:
        print(json.dumps(found, indent=1))
        return
    minutes = (time.perf_counter() - began) / 60
    write_section("braze", _section(found, load, minutes))
    print(f"written: {RESULTS}")


def _measure(name: str, place: str) -> Report:
    print(f"{name}: python -m {COMMANDS[name]}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", *COMMANDS[name].split()]
    environ = {**os.environ, "TMPDIR": place}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=RESULTS.parents[1], env=environ
    )
    report: Report = json.loads(done.stdout)
    return report


def _section(found: dict[str, Report], load: float, minutes: float) -> list[str]:
    return [
        "## Sending to Braze",
        "",
        f"`make bench-braze`, {minutes:.1f} minutes. {machine()} Load before it began: {load:.1f}.",
        "Client and sandbox share the cores.",
        "",
        *_throughput(found["unpaced"], found["full"]),
        *_paced(found["paced"]),
        *_limits(found["limits"]["contracts"]),
        *_receipts(found["receipts"]),
        *_memory(found["small"], found["large"]),
    ]


def _throughput(sink: Report, full: Report) -> list[str]:
    lines = [
        "### Unpaced",
        "",
        "*onefold* writes the bodies by SQL from the recorded change set, and commits outbox and "
        "receipts; *bare* sends the same bodies, ready in memory, in the same process. The sink "
        "parses every body and keeps nothing; the full sandbox does all that it can.",
        "",
        "| To | Requests | Users each | Bytes each | onefold, requests/s | bare, requests/s | "
        "Ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in (("the sink", sink), ("the full sandbox", full)):
        ours, bare = one["requests"] / one["seconds"]["sending"], one["requests"]
        bare /= one["plain_seconds"]
        lines.append(
            f"| {name} | {one['requests']:,} | {one['people'] // one['requests']} | "
            f"{one['body_bytes']:,} | {ours:,.0f} | {bare:,.0f} | {ours / bare:.2f} |"
        )
    wanted = "Wanted: at least 1,500 requests/s to the sink, on two cores."
    return [*lines, "", wanted, f"`python -m {COMMANDS['unpaced']}`", ""]


def _paced(one: Report) -> list[str]:
    return [
        "### Paced",
        "",
        f"Limit {one['limit']}; every answer takes {one['latency_ms']} ms more, and "
        f"{one['faults']:.0%} of the requests fail with 503; {one['seconds']} s of real time, "
        f"{one['body_bytes']:,} bytes a request.",
        "",
        "| Answered | Retries | Taken by the sandbox, of the limit | Answered, of the limit | "
        "Refused for the limit |",
        "|---|---|---|---|---|",
        f"| {one['onefold']['answered']:,} | {one['onefold']['retries']:,} | "
        f"{one['used_of_limit']:.1%} | {one['answered_of_limit']:.1%} | "
        f"{one['refused_by_limit']:,} |",
        "",
        "Wanted: at least 95 % of the limit.",
        f"`python -m {COMMANDS['paced']}`",
        "",
    ]


def _limits(contracts: list[Report]) -> list[str]:
    lines = [
        "### Limits over a day",
        "",
        "24 hours of a virtual clock, always more to send, 150 to 200 ms on the way; limits are a "
        "fiftieth of Braze's. *Fullest*: the most requests that arrived in any span of a window's "
        "length.",
        "",
        "| Contract | Limit | Fullest | Sent | Used of what is allowed |",
        "|---|---|---|---|---|",
    ]
    for one in contracts:
        windows = one["windows"]
        limits = ", ".join(f"{w['requests']:,} in {w['seconds']:,} s" for w in windows)
        fullest = ", ".join(f"{w['fullest']:,}" for w in windows)
        lines.append(
            f"| {one['contract']} | {limits} | {fullest} | {one['sent']:,} | {one['used']:.1%} |"
        )
    wanted = "Wanted: never above a limit, at least 95 % used."
    return [*lines, "", wanted, f"`python -m {COMMANDS['limits']}`", ""]


def _receipts(one: Report) -> list[str]:
    return [
        "### Errors on the right rows",
        "",
        f"{one['errors_injected']:,} errors of {one['kinds']} kinds among {one['objects']:,} "
        f"objects of three arrays, in {one['requests']:,} requests; the full sandbox refuses them.",
        "",
        "| On the right row | On a wrong row | Missed | With another reason | Unknown |",
        "|---|---|---|---|---|",
        f"| {one['on_the_right_row']:,} | {one['on_a_wrong_row']:,} | {one['missed']:,} | "
        f"{one['another_reason']:,} | {one['rows_unknown']:,} |",
        "",
        f"`python -m {COMMANDS['receipts']}`",
        "",
    ]


def _memory(*sizes: Report) -> list[str]:
    one = sizes[0]
    lines = [
        "### Memory while sending",
        "",
        "Peak resident memory of the sending process, in MiB: while it decides what to send "
        f"(prepare, compare, cut, record; the engine may use {one['memory_limit']}), while it "
        f"sends to the sink (the engine may hold {one['memory_while_sending']}), and while it "
        "settles.",
        "",
        "| Changed rows | Requests | Bytes each | Deciding | **Sending** | Settling | "
        "Seconds of sending |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        peak = size["peak_mib"]
        lines.append(
            f"| {size['people']:,} | {size['requests']:,} | {size['body_bytes']:,} | "
            f"{peak['deciding']:,.0f} | **{peak['sending']:,.0f}** | {peak['settling']:,.0f} | "
            f"{size['seconds']['sending']:.0f} |"
        )
    wanted = "Wanted while sending: flat, at most 600 MiB."
    return [*lines, "", wanted, f"`python -m {COMMANDS['small']}`, `… --people 10000000 …`"]


if __name__ == "__main__":
    main()
