"""Killed at any moment, run again, nothing is lost: a short trial of `make crash`.

One test, because one trial takes a minute or two: a round through every stage, then a round with
faults that is left unfinished, then one whose definitions and sources changed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STAGES = {
    "ingest",
    "stitch",
    "c360",
    "publish",
    "segments",
    "orchestrations",
    "prepare",
    "delta",
    "intend",
    "sending",
    "settle",
    "fold",
}
OF_FILES = {"ingest", "stitch", "c360", "intend", "fold"}  # a file is finished before its commit


@pytest.mark.timeout(900)
def test_nothing_is_lost_wherever_the_run_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    trial = [sys.executable, "-m", "benchmarks.crash.trial"]
    command = [*trial, "--kills", "22", "--customers", "1000", "--json", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

    report = json.loads(file.read_text())
    kills = report["kills"]
    assert report["wrong"] == []
    assert report["finished"] >= 2
    assert report["people"] > 900
    assert len(kills) >= 15

    stages = Counter(kill["stage"] for kill in kills)
    assert stages.keys() >= STAGES, done.stdout
    assert stages["sending"] >= 3
    assert {kill["stage"] for kill in kills if kill["files"]} >= OF_FILES, done.stdout
    amid_requests = [kill for kill in kills if kill["sent"] and kill["answered"]]
    assert len(amid_requests) >= 3, done.stdout

    assert report["readings"] > 10
    assert report["snapshots"] >= 3
