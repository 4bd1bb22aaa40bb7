"""Is a limit used, and never passed, over a day? Prints JSON: `python -m benchmarks.limiting`.

The clock is virtual, and there is always more to send. Requests need 150 to 200 ms to arrive, and
the destination's windows may begin at any moment: what is counted is the fullest span of a window's
length, wherever it begins, to a hundredth of the shortest window. Limits are a fiftieth of
Braze's, so that a day takes seconds; with small numbers it is harder to use all of one.
"""

from __future__ import annotations

import asyncio
import json
import time
from array import array
from itertools import accumulate
from random import Random
from typing import Any

from onefold.destinations import Contract, Limits, VirtualClock, Window
from onefold.destinations.braze.endpoints import Bucket
from onefold.destinations.pacing import Limiter

DAY_S = 86_400
BEGIN = 1_767_225_600.0  # a full hour
SLOT_S = 0.03
BURST = Window(60, 3)
PER_HOUR = {Contract.DATA_POINTS: None, Contract.LEGACY: None, Contract.MAU: 50_000}


async def measure(contract: Contract) -> dict[str, Any]:
    """Take turns for a day, and look how full the fullest windows became."""
    limits = Limits(contract=contract, burst=BURST, requests_per_hour=PER_HOUR[contract])
    windows = limits.windows(Bucket.TRACK)
    clock, random = VirtualClock(now=BEGIN), Random(7)
    limiter = Limiter(windows, clock)
    arrived = array("L", bytes(8 * round((DAY_S + 60) / SLOT_S)))
    started = time.perf_counter()
    while True:
        await limiter.turn()
        if (now := clock.now() - BEGIN) >= DAY_S:
            break
        arrived[int((now + random.uniform(0.15, 0.2)) / SLOT_S)] += 1
    allowed = min(window.requests * DAY_S // window.seconds for window in windows)
    return {
        "contract": str(contract),
        "windows": [
            {
                "requests": window.requests,
                "seconds": window.seconds,
                "fullest": _fullest(arrived, window),
            }
            for window in windows
        ],
        "sent": sum(arrived),
        "allowed": allowed,
        "used": sum(arrived) / allowed,
        "seconds": time.perf_counter() - started,
    }


def _fullest(arrived: array[int], window: Window) -> int:
    """Give the most that any span of a window's length holds; of an hour, any full one."""
    slots = round(window.seconds / SLOT_S)
    sums = [0, *accumulate(arrived)]
    step = slots if window.on_the_clock else 1
    return max(sums[at + slots] - sums[at] for at in range(0, len(arrived) - slots + 1, step))


def main() -> None:
    report = [asyncio.run(measure(contract)) for contract in Contract]
    print(json.dumps({"command": "python -m benchmarks.limiting", "contracts": report}, indent=1))


if __name__ == "__main__":
    main()
