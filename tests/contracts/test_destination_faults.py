"""Whatever goes wrong on the way to a destination, what is said of each row afterwards is true.

Every destination, Braze under every contract, meets each of its faults, once and lastingly, with
rows that are set (attributes) and with rows that happen once more each time they are sent (events
and purchases, beside attributes). What must hold under all of them is written once: `check`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from enum import Enum, auto

import pytest
from tests.contracts.places import FAULTS_OF_BRAZE, FAULTS_OF_THE_DUMMY, KEY, PLACES, Fault, Place

from onefold.destinations import Request, Sender, Undelivered, VirtualClock
from onefold.errors import Final, SendError
from onefold.model import Answer


class Verdict(Enum):
    """What is said of a row; its name is `request.position`."""

    ACKNOWLEDGED = auto()
    REJECTED = auto()
    UNSETTLED = auto()
    DUE = auto()  # surely not taken: it may be sent again


Verdicts = Mapping[str, Verdict]


def trials() -> Iterator[tuple[str, Fault, bool]]:
    """Give each place each of its faults: lastingly, and where it can be told so, once."""
    for place in PLACES:
        for fault in FAULTS_OF_THE_DUMMY if place == "dummy" else FAULTS_OF_BRAZE:
            yield place, fault, True
            if place != "dummy":
                yield place, fault, False


TRIALS = [
    pytest.param(place, fault, lasting, id=f"{place}, {fault.name}{'' if lasting else ' once'}")
    for place, fault, lasting in trials()
]


@pytest.mark.parametrize("repeatable", [True, False], ids=["set", "happens"])
@pytest.mark.parametrize(("place", "fault", "lasting"), TRIALS, indirect=["place"])
async def test_what_is_said_of_each_row_is_true(
    place: Place, fault: Fault, lasting: bool, repeatable: bool
) -> None:
    requests = dict(enumerate(place.numbered(repeatable=repeatable)))
    place.break_by(fault.given if lasting else {**fault.given, "next": 1})
    first = await send(place, requests)
    check(place, fault, first)
    place.heal()
    due = {number: one for number, one in requests.items() if first[f"{number}.0"] is Verdict.DUE}
    second = await send(place, due)
    check(place, fault, {**first, **second})
    assert Verdict.DUE not in second.values()
    if fault.passes and not lasting:  # tried again by itself, unless it might have arrived twice
        assert not due
        assert not repeatable or fault.nameless or Verdict.UNSETTLED not in first.values()


def check(place: Place, fault: Fault, said: Verdicts) -> None:
    """Hold what is said of each row against what the place holds of it."""
    held = place.held()
    for row, verdict in said.items():
        match verdict:
            case Verdict.ACKNOWLEDGED if row in place.bad:
                assert fault.silent, f"{row} was refused, and nothing said so"
                assert held[row] == 0
            case Verdict.ACKNOWLEDGED:
                assert held[row] == 1, f"{row} is acknowledged"
            case Verdict.UNSETTLED:
                assert held[row] <= 1, f"{row} was sent twice"
            case Verdict.REJECTED | Verdict.DUE:
                assert held[row] == 0, f"{row} is {verdict}"
                assert verdict is Verdict.DUE or row in place.bad or place.refuses_by_chance


async def send(place: Place, requests: Mapping[int, Request]) -> Verdicts:
    """Send requests side by side; give what is then said of each row."""
    async with place.open().sender(clock=VirtualClock(), seed=7) as sender:
        outcomes = await asyncio.gather(*(outcome(sender, one) for one in requests.values()))
    return {
        f"{number}.{position}": verdict(told, position)
        for (number, request), told in zip(requests.items(), outcomes, strict=True)
        for position in range(request.rows)
    }


async def outcome(sender: Sender, request: Request) -> Answer | SendError:
    """Send a request; whatever comes of it can be told to people, and has no key in it."""
    (found,) = await asyncio.gather(sender.send(request), return_exceptions=True)
    assert isinstance(found, Answer | Undelivered | Final)
    assert KEY not in repr(found)
    if isinstance(found, Answer):
        assert all(refusal.reason for refusal in found.refusals)
        return found
    assert found.hint
    assert KEY not in found.hint
    return found


def verdict(told: Answer | SendError, position: int) -> Verdict:
    """Read of one row what is told of its request; see `Answer`."""
    if isinstance(told, SendError):
        lost = isinstance(told, Undelivered) and not told.surely_not_sent
        return Verdict.UNSETTLED if lost else Verdict.DUE
    if any(refusal.position == position for refusal in told.refusals):
        return Verdict.REJECTED
    if any(position in span for span in told.unknown):
        return Verdict.UNSETTLED
    return Verdict.ACKNOWLEDGED
