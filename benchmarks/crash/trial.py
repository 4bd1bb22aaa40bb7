"""`make crash`: kill a run again and again, everywhere, and look what was lost.

A shop beside a sandbox that lives through everything. In every round `onefold run` is killed with
-9 at chosen moments of every stage or at random ones, and started again with the same instant. Some
rounds are left unfinished: definitions and sources change, and the next round must cover both. At
the end of a round the sandbox and the ledger must hold exactly what the tables say, another run
must send nothing, and a reader that looked all the time must never have seen half a snapshot.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.crash.journal import STAGES, in_flight, left_sent, stood, unregistered
from benchmarks.crash.moments import Moment, amid_requests, sometime, walk_moments
from benchmarks.crash.oracle import Assignments, assignments, differences
from benchmarks.crash.place import Faults, Place, open_place
from benchmarks.crash.process import Started, start
from benchmarks.crash.reader import Reader

from onefold.app import open_house

__all__ = ["Kill", "Report", "Trial", "main"]

DONE = (0, 3)
FINISHES_WITHIN = 3  # runs: a destination with faults may leave requests without an answer
RANDOM_KILLS_IN_A_ROUND = 3
SLOW: Faults = ({"kind": "slow", "ms": 500, "probability": 0.5, "seed": 1},)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kill:
    """One kill: where it was aimed, where the run stood, and what was half done.

    Attributes:
        round: from 1.
        aim: the stage that was aimed at, or `random`.
        stage: where the run stood, by its journal.
        files: finished files of the watched tables without a commit.
        sent: requests under way.
        answered: requests answered, of the open change set.
    """

    round: int
    aim: str
    stage: str
    files: int
    sent: int
    answered: int


@dataclass(kw_only=True, slots=True)
class Report:
    """What the trial did and found. `wrong` is empty when nothing was lost."""

    kills: list[Kill] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    rounds: int = 0
    finished: int = 0
    people: int = 0
    requests: int = 0
    readings: int = 0
    snapshots: int = 0
    seconds: float = 0.0

    def by_stage(self) -> Mapping[str, int]:
        """Count kills by stage, in the order of the walk."""
        counts = Counter(kill.stage for kill in self.kills)
        order = {stage: number for number, stage in enumerate(STAGES)}
        return dict(sorted(counts.items(), key=lambda one: (order.get(one[0], 99), one[0])))


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round: when to kill, what the sandbox does, and whether the run is let to its end."""

    number: int
    moments: Sequence[Moment]
    faults: Faults
    finish: bool


class Trial:
    """Goes round by round; what it finds is in `report`."""

    def __init__(self, place: Place, folder: Path, *, seed: int) -> None:
        self._place = place
        self._folder = folder
        self._random = Random(seed)
        self._assigned: Assignments = {}
        self._version = ""
        self._full_s = 5.0
        self.report = Report()

    def run(self, kills: int) -> None:
        """Kill so often, and let the last round end well."""
        began = time.monotonic()
        reader = Reader(self._place.shop, self._folder / "reader.json")
        for one in self._rounds():
            self._round(one)
            if one.finish and len(self.report.kills) >= kills:
                break
        seen = reader.report()
        self.report.readings, self.report.snapshots = seen["readings"], seen["snapshots"]
        self.report.wrong += seen["wrong"]
        self.report.requests = self._place.requests
        self.report.seconds = round(time.monotonic() - began, 1)

    def _rounds(self) -> Iterator[Round]:
        number = 0
        while True:
            yield Round(
                number=number + 1, moments=walk_moments(self._random), faults=SLOW, finish=True
            )
            for finish in (False, True):
                number += 1
                yield Round(
                    number=number + 1,
                    moments=self._random_moments(),
                    faults=self._faults(),
                    finish=finish,
                )
            number += 1

    def _random_moments(self) -> list[Moment]:
        chosen = [
            sometime(self._random.uniform(0, self._full_s)) for _ in range(RANDOM_KILLS_IN_A_ROUND)
        ]
        return [*chosen, amid_requests(self._random.randint(0, 3))]

    def _faults(self) -> Faults:
        """Let answers fail before and after the request was taken, by chance and by seed."""
        chances: list[tuple[dict[str, Any], float]] = [
            ({"kind": "status", "status": 503}, 0.08),
            ({"kind": "status", "status": 502, "when": "after"}, 0.04),
            ({"kind": "drop", "when": "before"}, 0.06),
            ({"kind": "drop", "when": "after"}, 0.06),
            ({"kind": "truncate"}, 0.04),
            ({"kind": "rate_limited", "retry_after_s": 0}, 0.04),
        ]
        return [
            *SLOW,
            *(
                {**fault, "probability": chance, "seed": self._random.randint(0, 999)}
                for fault, chance in chances
            ),
        ]

    def _round(self, one: Round) -> None:
        self.report.rounds += 1
        if one.number > 1:
            self._change_files(one.number)
        self._place.faults(one.faults)
        for moment in one.moments:
            if not self._kill(one, moment):
                break
        if one.finish:
            self._finish(one)

    def _change_files(self, number: int) -> None:
        """Bring the next day's files, and a definition that changes everybody's profile."""
        shop = self._place.shop
        shop.write(day=number)
        before = f" || '{'+' * (number - 2)}'" if number > 2 else ""
        shop.edit(
            "tables/braze_customer_attributes.sql",
            f"mc.surname{before} AS last_name",
            f"mc.surname || '{'+' * (number - 1)}' AS last_name",
        )

    def _start(self, number: int) -> Started:
        shop = self._place.shop
        arguments = ["run", "--project", str(shop.folder), "--as-of", shop.morning(number)]
        return start(arguments, environ=shop.environ, log=self._folder / "run.log")

    def _kill(self, one: Round, moment: Moment) -> bool:
        """Kill a run at a moment; False when it ended before."""
        shop = self._place.shop
        before = {table: unregistered(shop, table) for table in WATCHED}
        run = self._start(one.number)
        moment.wait(shop, run)
        if not run.kill():
            self._ended(run)
            return False
        files = {table: unregistered(shop, table) - before[table] for table in WATCHED}
        sent, answered = in_flight(shop)
        stage = "fold" if files["ledger/base_1"] else stood(shop)
        kill = Kill(
            round=one.number,
            aim=moment.aim,
            stage=stage,
            files=sum(files.values()),
            sent=sent,
            answered=answered,
        )
        self.report.kills.append(kill)
        self._look_at_assignments(str(kill))
        return True

    def _ended(self, run: Started) -> int:
        code = run.wait()
        again = code == 1 and any("run again" in line for line in run.said)
        if code not in DONE and not again:
            self.report.wrong.append(f"exit code {code}:\n" + "\n".join(run.said[-20:]))
        return code

    def _finish(self, one: Round) -> None:
        began = time.monotonic()
        for _ in range(FINISHES_WITHIN):
            if self._ended(self._start(one.number)) in DONE:
                break
        else:
            self.report.wrong.append(f"round {one.number} did not finish")
        self._full_s = time.monotonic() - began
        self.report.finished += 1
        self._place.faults(())
        self._verify(one)

    def _verify(self, one: Round) -> None:
        shop, wrong = self._place.shop, self.report.wrong
        found = differences(shop, self._place.users)
        self.report.people = found.people
        wrong += [f"round {one.number}: {text}" for text in found.found[:20]]
        if count := left_sent(shop):
            wrong.append(f"round {one.number}: {count} chunks are left `sent`")
        for state, count in shop.look(RUNS, _microseconds(shop.morning(one.number))):
            if (state, count) != ("done", 1):
                wrong.append(f"round {one.number}: {count} runs are {state}: not one, resumed")
        before = self._place.requests
        code = self._ended(self._start(one.number))
        if code not in DONE or self._place.requests != before:
            more = self._place.requests - before
            wrong.append(f"round {one.number}: run again, exit {code}, sent {more} requests")
        self._look_at_assignments(f"round {one.number}")

    def _look_at_assignments(self, when: str) -> None:
        """Nobody's group or treatment may ever change; looked at when the pointer moved."""
        pointer = self._place.shop.look("SELECT version_id FROM assignment")
        version = pointer[0][0] if pointer else ""
        if version == self._version:
            return
        with open_house(self._place.shop.folder, environ=self._place.shop.environ) as house:
            now = assignments(house)
        moved = [name for name, given in self._assigned.items() if now.get(name) != given]
        if moved:
            self.report.wrong.append(f"{when}: {len(moved)} people moved: {moved[:3]}")
        self._assigned, self._version = now, version


WATCHED = (
    "landed/pos_customers",
    "stitch/unified_coalesced",
    "main/transaction_attributes_extended",
    "assignments/vip_spring",
    "ledger/changes_1",
    "ledger/base_1",
)
RUNS = "SELECT state, count(*) FROM run WHERE as_of = ? GROUP BY state"


def _microseconds(as_of: str) -> int:
    return int(datetime.fromisoformat(as_of).timestamp() * 1_000_000)


def print_report(report: Report) -> None:
    """Print kills by stage, and the result."""
    uncommitted = Counter(kill.stage for kill in report.kills if kill.files)
    print(f"{'stage':<24} {'kills':>6} {'file without commit':>20}")
    for stage, count in report.by_stage().items():
        print(f"{stage:<24} {count:>6} {uncommitted[stage]:>20}")
    amid = sum(kill.sent > 0 for kill in report.kills)
    print(f"{'in all':<24} {len(report.kills):>6}   ({amid} of them with requests under way)")
    print(
        f"{report.rounds} rounds, {report.finished} to their end, {report.people} people, "
        f"{report.requests} requests, {report.seconds:.0f} s; a reader looked {report.readings} "
        f"times at {report.snapshots} snapshots"
    )
    print("nothing was lost" if not report.wrong else "WRONG:\n" + "\n".join(report.wrong))


def main() -> int:
    """Run the trial; exit 1 when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--customers", type=int, default=1_200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, default=None, help="write the report here too")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="onefold-crash-") as folder,
        open_place(Path(folder) / "shop", customers=options.customers) as place,
    ):
        trial = Trial(place, Path(folder), seed=options.seed)
        trial.run(options.kills)
    print_report(trial.report)
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(trial.report)), encoding="utf-8")
    return 1 if trial.report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
