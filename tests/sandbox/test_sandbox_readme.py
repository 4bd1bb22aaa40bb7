"""The sandbox's own README works: its commands are run, in order, against a fresh sandbox."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import braze_sandbox

README = Path(braze_sandbox.__file__).parent.joinpath("README.md").read_text(encoding="utf-8")


def blocks(language: str, port: int) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return [block.replace(":8765", f":{port}") for block in found]


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_the_examples_do_what_they_say(start_sandbox: Any) -> None:
    sandbox = start_sandbox()
    _, track, look = blocks("sh", sandbox.port)
    (program,) = blocks("python", sandbox.port)
    assert json.loads(run("bash", "-c", track))["message"] == "success"
    assert run(sys.executable, "-c", program) == "success\n"
    users = json.loads(run("bash", "-c", look))["users"]
    assert {user["external_id"]: user["custom_attributes"]["tier"] for user in users} == {
        "ada": "gold",
        "eve": "silver",
    }


def test_every_option_and_address_of_the_readme_exists(sandbox: Any) -> None:
    known = run(sys.executable, "-m", "braze_sandbox", "--help")
    assert {o for o in re.findall(r"`(--[a-z-]+)", README) if o not in known} == set()
    assert all(
        sandbox.ask("GET", path).status == 200
        for path in re.findall(r"`GET (/_sandbox/[a-z.-]+)", README)
    )
