"""What every destination does, whatever it is: the dummy and Braze pass the same tests."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.contracts.places import Place

from onefold.destinations import (
    Attribute,
    Departing,
    Destination,
    Undelivered,
    VirtualClock,
)
from onefold.errors import Final
from onefold.model import ATTRIBUTES, Answer, Price, parse_type
from onefold.warehouse import Engine

PEOPLE = 200
FIELDS = """'Ada ' || i AS first_name, 'ada' || i || '@example.com' AS email,
    DATE '2000-01-01' + CAST(i AS INTEGER) AS dob, 'FR' AS country, 'gold "' || i AS "Loyalty Tier",
    CAST(i * 1.25 AS DECIMAL(12,2)) AS "Lifetime revenue", i AS "Orders",
    i / 7.0::DOUBLE AS "Ratio", i % 2 = 0 AS "Newsletter",
    TIMESTAMPTZ '2026-01-05 09:30:00.123456+00' + to_seconds(i) AS "Last visit" """
NAMES = ["first_name", "email", "dob", "country", "Loyalty Tier", "Lifetime revenue", "Orders",
         "Ratio", "Newsletter", "Last visit"]  # fmt: skip


TYPES = {
    "first_name": "string",
    "email": "string",
    "dob": "date",
    "country": "string",
    "Loyalty Tier": "string",
    "Lifetime revenue": "decimal(12,2)",
    "Orders": "integer",
    "Ratio": "float",
    "Newsletter": "boolean",
    "Last visit": "datetime",
}
SENT = tuple(Attribute(name=name, type=parse_type(type_)) for name, type_ in TYPES.items())


def changes(engine: Engine, destination: Destination, fields: str, changed: list[str]) -> Price:
    """Prepare and cut rows of all people; the cut stands in `changes_cut`."""
    engine.table(
        "desired",
        f"SELECT 'p' || i AS _identifier, i AS _person_id, {fields} FROM range({PEOPLE}) AS t(i)",
    )
    channel = destination.channel(ATTRIBUTES, SENT)
    prepared = channel.prepare(engine, "desired")
    assert engine.rows(f"FROM {prepared.refusals}") == []
    names = ", ".join(f"'{name}'" for name in changed)
    engine.table("changes", f"SELECT *, [{names}] AS _changed FROM {prepared.relation}")
    cut = channel.cut(engine, "changes")
    assert cut.relation == "changes_cut"
    return channel.price(engine, cut.relation)


async def send_all(
    engine: Engine, destination: Destination, departing: Departing | None = None
) -> list[Answer | BaseException]:
    requests = destination.channel(ATTRIBUTES, []).requests(engine, "changes_cut", 0, PEOPLE)
    async with destination.sender(clock=VirtualClock(), seed=7) as sender:
        return await asyncio.gather(
            *(sender.send(one, departing) for one in requests.values()),
            return_exceptions=True,
        )


def as_held(place: Place) -> list[tuple[Any, ...]]:
    """What the place holds, in the order of the people, with dates in their first ten letters."""
    held = place.people()
    assert len(held) == PEOPLE
    people = (held[f"p{number}"] for number in range(PEOPLE))
    return [
        tuple(person[name][:10] if name == "dob" else person[name] for name in NAMES)
        for person in people
    ]


def expected(number: int) -> tuple[Any, ...]:
    """The same people, computed in Python."""
    seen = datetime(2026, 1, 5, 9, 30, 0, 123_000, UTC) + timedelta(seconds=number)
    return (
        f"Ada {number}",
        f"ada{number}@example.com",
        (date(2000, 1, 1) + timedelta(days=number)).isoformat(),
        "FR",
        f'gold "{number}',
        number * 1.25,
        number,
        number / 7.0,
        number % 2 == 0,
        seen.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


async def test_what_was_desired_is_held(engine: Engine, place: Place) -> None:
    destination = place.open()
    price = changes(engine, destination, FIELDS, NAMES)
    assert (price.rows, price.requests, price.data_points) == (200, 3, 200 * len(NAMES))
    answers = await send_all(engine, destination)
    assert [answer.accepted for answer in answers if isinstance(answer, Answer)] == [75, 75, 50]
    assert as_held(place) == [expected(number) for number in range(PEOPLE)]


async def test_changed_fields_alone_are_touched_and_null_clears(
    engine: Engine, place: Place
) -> None:
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)
    await send_all(engine, destination)
    price = changes(
        engine,
        destination,
        'CAST(NULL AS VARCHAR) AS first_name, -i AS "Orders", CAST(NULL AS DATE) AS dob',
        ["first_name", "Orders"],
    )
    assert price.sets == {"Orders": PEOPLE}
    assert price.clears == {"first_name": PEOPLE}
    await send_all(engine, destination)
    people = place.people()
    for number in (0, 7, PEOPLE - 1):
        person = people[f"p{number}"]
        assert "first_name" not in person
        assert person["Orders"] == -number
        assert person["dob"][:10] == expected(number)[2]


async def test_a_busy_place_is_tried_until_it_takes(engine: Engine, place: Place) -> None:
    place.be_busy()
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)
    answers = await send_all(engine, destination)
    assert all(isinstance(answer, Answer) for answer in answers)
    assert sum(answer.retries for answer in answers if isinstance(answer, Answer)) >= 1
    assert len(as_held(place)) == PEOPLE


async def test_what_was_surely_not_taken(engine: Engine, place: Place) -> None:
    place.be_gone()
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)
    for outcome in await send_all(engine, destination):
        assert isinstance(outcome, Undelivered)
        assert outcome.surely_not_sent
    assert place.people() == {}


async def test_a_lost_answer_is_not_called_unsent(engine: Engine, place: Place) -> None:
    place.lose_answers()
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)
    for outcome in await send_all(engine, destination):
        assert isinstance(outcome, Undelivered)
        assert not outcome.surely_not_sent
    assert len(as_held(place)) == PEOPLE  # it was taken, indeed


async def test_a_request_refused_for_good(engine: Engine, place: Place) -> None:
    place.refuse_requests()
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)
    for outcome in await send_all(engine, destination):
        assert isinstance(outcome, Final)
        assert outcome.hint
    assert place.people() == {}


async def test_a_refused_row_comes_with_a_reason(place: Place) -> None:
    request = place.bad_request()
    destination = place.open()
    async with destination.sender(clock=VirtualClock(), seed=1) as sender:
        answer = await sender.send(request)
    assert answer.accepted == 0
    (refusal,) = answer.refusals
    assert refusal.position == 0
    assert refusal.reason
    assert place.people() == {}


async def test_the_caller_is_asked_before_bytes_leave(engine: Engine, place: Place) -> None:
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)

    async def departing() -> None:
        assert place.people() == {}
        raise RuntimeError("no lease")

    for outcome in await send_all(engine, destination, departing):
        assert isinstance(outcome, RuntimeError)
    assert place.people() == {}


async def test_sending_again_changes_nothing(engine: Engine, place: Place) -> None:
    destination = place.open()
    changes(engine, destination, FIELDS, NAMES)
    await send_all(engine, destination)
    first = as_held(place)
    await send_all(engine, destination)
    assert as_held(place) == first
