"""Is a limit used, and never passed, in real time? Prints JSON: `python -m benchmarks.pacing`.

The sandbox enforces a limit in windows of its own, answers after 150 ms, and fails one request in
a hundred with 503. Both sides count: what onefold's sender was answered, and what the sandbox took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from collections import Counter
from typing import Any
from urllib.request import Request as Call
from urllib.request import urlopen

from onefold.app import start_sandbox
from onefold.destinations import (
    BrazeSettings,
    Limits,
    Request,
    Retrying,
    Sender,
    SystemClock,
    Window,
    open_destination,
)

USERS = 75
WORKERS = 256
LATENCY_MS = 150
FAULTS = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=600, help="requests in 3 seconds")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--mode", default="sink", choices=["sink", "full"])
    asked = parser.parse_args()
    options = ["--port", "0", "--mode", asked.mode, "--limit", f"{asked.limit}/3"]
    sandbox = start_sandbox(options)
    try:
        report = asyncio.run(measure(sandbox.url, Window(asked.limit, 3), asked.seconds))
    finally:
        sandbox.stop()
    command = (
        f"python -m benchmarks.pacing --limit {asked.limit} --seconds {asked.seconds} "
        f"--mode {asked.mode}"
    )
    machine = f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}"
    print(json.dumps({"command": command, "machine": machine, **report}, indent=1))


async def measure(url: str, window: Window, seconds: int) -> dict[str, Any]:
    """Send as much as the limit allows for so long, and compare both sides."""
    _call(
        url,
        "faults",
        [
            {"kind": "slow", "ms": LATENCY_MS},
            {"kind": "status", "status": 503, "probability": FAULTS, "seed": 7},
        ],
    )
    settings = BrazeSettings(
        endpoint=url,
        workspace="bench",
        limits=Limits(burst=window),
        retrying=Retrying(tries=8),
    )
    destination = open_destination("braze", settings, "sandbox-key")
    people = [{"external_id": f"p{number}", "n": number} for number in range(USERS)]
    body = json.dumps({"attributes": people}).encode()
    request = Request(path="/users/track", body=body, arrays={"attributes": USERS})
    answers: Counter[str] = Counter()
    async with destination.sender(clock=SystemClock(), seed=7) as sender:
        end = time.monotonic() + seconds
        workers = [
            asyncio.create_task(_work(sender, request, answers, end)) for _ in range(WORKERS)
        ]
        await asyncio.sleep(seconds)
        answered, retries = answers["answered"], answers["retries"]
        taken = (await asyncio.to_thread(_call, url, "summary"))["requests_by_path"]["/users/track"]
        await asyncio.gather(*workers)
    allowed = window.requests * seconds / window.seconds
    at_sandbox = sum(taken.values()) - taken.get("429", 0)
    return {
        "limit": f"{window.requests} requests in {window.seconds} s",
        "latency_ms": LATENCY_MS,
        "faults": FAULTS,
        "seconds": seconds,
        "body_bytes": len(body),
        "onefold": {"answered": answered, "retries": retries},
        "sandbox": taken,
        "used_of_limit": round(at_sandbox / allowed, 4),
        "answered_of_limit": round(answered / allowed, 4),
        "refused_by_limit": taken.get("429", 0),
    }


async def _work(sender: Sender, request: Request, answers: Counter[str], end: float) -> None:
    while time.monotonic() < end:
        answer = await sender.send(request)
        answers["answered"] += 1
        answers["retries"] += answer.retries


def _call(url: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Call(f"{url}/_sandbox/{path}", data=data), timeout=60) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
