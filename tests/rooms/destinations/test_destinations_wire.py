"""Real bytes on a real socket: a tiny HTTP server of our own answers as each test says."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from onefold.destinations import (
    BrazeSettings,
    Limits,
    Request,
    Retrying,
    Sender,
    Undelivered,
    VirtualClock,
    Window,
    open_destination,
)
from onefold.errors import Final, KeyRejected, Retryable
from onefold.model import RowRefusal

KEY = "0a1b2c3d-very-secret"
BODY = b'{"attributes":[{"external_id":"ada","first_name":"Ada"}]}'
TAKEN = b'{"message":"success","attributes_processed":1}'


@dataclass(frozen=True)
class Reaction:
    """What the server does when it has read a request: write this, and keep or cut the line."""

    answer: bytes
    cut: bool = False
    after_s: float = 0.0


def http(status: int, body: bytes = b'{"message":"no"}', **headers: str) -> Reaction:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Reaction("\r\n".join([*lines, "", ""]).encode() + body)


OK = http(201, TAKEN)
HALF = Reaction(OK.answer[:-9], cut=True)
DROP = Reaction(b"", cut=True)
SILENT = Reaction(b"", after_s=60)


class Server:
    """Reacts to requests one by one as it was told; then takes everything."""

    def __init__(self) -> None:
        self.reactions: list[Reaction] = []
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.under_way = self.most_under_way = 0
        self.pause_s = 0.0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self.answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1])
            for line in head.splitlines()
            if line.lower().startswith("content-length")
        )
        self.bodies.append(await reader.readexactly(length))
        self.heads.append(head)
        reaction = self.reactions.pop(0) if self.reactions else OK
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(reaction.after_s or self.pause_s)
        self.under_way -= 1
        writer.write(reaction.answer)
        await writer.drain()
        return not reaction.cut


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield server
    listener.close()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def track(body: bytes = BODY, rows: int = 1, **others: Any) -> Request:
    return Request(path="/users/track", body=body, arrays={"attributes": rows}, **others)


Open = Callable[..., Any]


@pytest.fixture
async def sender_to(
    braze_settings: Callable[..., BrazeSettings], clock: VirtualClock
) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_sender(url: str, **others: Any) -> Sender:
            settings = braze_settings(endpoint=url, **others)
            destination = open_destination("braze", settings, KEY)
            return await stack.enter_async_context(destination.sender(clock=clock, seed=1))

        yield open_sender


async def test_one_request(server: Server, sender_to: Open) -> None:
    sender = await sender_to(server.url)
    answer = await sender.send(track())
    assert (answer.status, answer.accepted, answer.retries) == (201, 1, 0)
    assert server.bodies == [BODY]
    (head,) = server.heads
    assert head.startswith("POST /users/track HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}" in head.lower()
    assert "content-type: application/json" in head.lower()


async def test_connections_are_kept(server: Server, sender_to: Open) -> None:
    sender = await sender_to(server.url)
    for _ in range(10):
        await sender.send(track())
    assert server.connections == 1


async def test_so_many_under_way_and_no_more(server: Server, sender_to: Open) -> None:
    server.pause_s = 0.02
    sender = await sender_to(server.url, max_in_flight=4)
    await asyncio.gather(*(sender.send(track()) for _ in range(20)))
    assert server.most_under_way == 4
    assert server.connections <= 4


@pytest.mark.parametrize(
    "reaction", [http(500), http(503), http(504), DROP, HALF, http(200, b"<p>")]
)
async def test_what_passes_is_tried_again(
    server: Server, sender_to: Open, clock: VirtualClock, reaction: Reaction
) -> None:
    server.reactions = [reaction, reaction]
    sender = await sender_to(server.url)
    answer = await sender.send(track())
    assert (answer.accepted, answer.retries) == (1, 2)
    assert server.bodies == [BODY] * 3
    first, second = clock.slept_s
    assert 0.25 <= first <= 0.5 <= second <= 1.0


async def test_a_429_is_waited_for_by_everybody(
    server: Server, sender_to: Open, clock: VirtualClock
) -> None:
    server.reactions = [http(429, x_ratelimit_retry_after="17")]
    sender = await sender_to(server.url)
    began = clock.now()
    assert (await sender.send(track())).retries == 1
    assert clock.now() - began == pytest.approx(17, abs=0.1)
    await sender.send(track())
    assert clock.now() - began == pytest.approx(17, abs=0.1)


async def test_a_small_window_lets_everybody_through_in_the_end(
    server: Server, sender_to: Open
) -> None:
    """Twelve at once, one a window: the last is told 429 far more often than it has tries."""
    waiting = 12
    for left in range(waiting, 0, -1):
        server.reactions += [http(201), *[http(429, x_ratelimit_retry_after="1")] * (left - 1)]
    sender = await sender_to(server.url, retrying=Retrying(tries=3))
    answers = await asyncio.gather(*(sender.send(track()) for _ in range(waiting)))
    assert sum(answer.retries for answer in answers) == sum(range(waiting))
    assert max(answer.retries for answer in answers) > 3


async def test_backoff_doubles_to_its_limit_and_ends(
    server: Server, sender_to: Open, clock: VirtualClock
) -> None:
    server.reactions = [http(503)] * 9
    retrying = Retrying(tries=9, backoff_s=1, longest_backoff_s=10)
    sender = await sender_to(server.url, retrying=retrying)
    with pytest.raises(Undelivered, match=r"Braze answered 503 \(tried 9 times\)") as error:
        await sender.send(track())
    assert not error.value.surely_not_sent
    assert isinstance(error.value, Retryable)
    assert len(server.bodies) == 9
    for wait_s, most in zip(clock.slept_s, [1, 2, 4, 8, 10, 10, 10, 10], strict=True):
        assert most / 2 <= wait_s <= most


async def test_jitter_is_repeatable(server: Server, braze_settings: Any) -> None:
    waits = []
    for seed in (1, 1, 2):
        server.reactions = [http(503)] * 3
        clock = VirtualClock()
        destination = open_destination("braze", braze_settings(endpoint=server.url), KEY)
        async with destination.sender(clock=clock, seed=seed) as sender:
            await sender.send(track())
        waits.append(clock.slept_s)
    assert waits[0] == waits[1] != waits[2]


async def test_nobody_listens(sender_to: Open) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    sender = await sender_to(f"http://127.0.0.1:{port}")
    with pytest.raises(Undelivered, match="no answer from") as error:
        await sender.send(track())
    assert error.value.surely_not_sent
    assert "run again" in error.value.hint


async def test_a_429_to_the_end_was_surely_not_taken(server: Server, sender_to: Open) -> None:
    server.reactions = [http(429)] * 6
    sender = await sender_to(server.url)
    with pytest.raises(Undelivered, match="rate limit") as error:
        await sender.send(track())
    assert error.value.surely_not_sent


async def test_one_lost_answer_leaves_a_doubt(server: Server, sender_to: Open) -> None:
    server.reactions = [DROP, *[http(429)] * 5]
    sender = await sender_to(server.url)
    with pytest.raises(Undelivered) as error:
        await sender.send(track())
    assert not error.value.surely_not_sent


async def test_an_answer_that_never_comes(server: Server, sender_to: Open) -> None:
    server.reactions = [SILENT]
    sender = await sender_to(server.url, timeout_s=0.05, retrying=Retrying(tries=1))
    with pytest.raises(Undelivered) as error:
        await sender.send(track())
    assert not error.value.surely_not_sent


async def test_a_refusal_is_not_tried_again(server: Server, sender_to: Open) -> None:
    server.reactions = [http(413, b"")]
    sender = await sender_to(server.url)
    with pytest.raises(Final):
        await sender.send(track())
    assert len(server.bodies) == 1


async def test_a_refusal_after_a_lost_answer_leaves_a_doubt(
    server: Server, sender_to: Open
) -> None:
    """The first try may have been taken before the key was withdrawn: nobody knows."""
    server.reactions = [DROP, http(401)]
    sender = await sender_to(server.url)
    with pytest.raises(Undelivered, match="401") as error:
        await sender.send(track())
    assert not error.value.surely_not_sent
    assert isinstance(error.value.__cause__, KeyRejected)


async def test_a_redirect_is_not_followed_with_the_key(server: Server, sender_to: Open) -> None:
    server.reactions = [http(307, location="http://127.0.0.1:9/users/track")]
    sender = await sender_to(server.url)
    with pytest.raises(Final, match="307"):
        await sender.send(track())


async def test_refused_rows_come_by_position(server: Server, sender_to: Open) -> None:
    errors = [{"index": 1, "input_array": "attributes", "type": "bad email"}]
    content = {"message": "success", "attributes_processed": 2, "errors": errors}
    server.reactions = [http(201, json.dumps(content).encode())]
    sender = await sender_to(server.url)
    answer = await sender.send(track(rows=3))
    assert answer.refusals == (RowRefusal(position=1, reason="bad email"),)


async def test_the_caller_is_asked_right_before_each_try(server: Server, sender_to: Open) -> None:
    server.reactions = [http(503), http(503)]
    seen: list[int] = []

    async def departing() -> None:
        seen.append(len(server.bodies))

    sender = await sender_to(server.url)
    await sender.send(track(), departing)
    assert seen == [0, 1, 2]


async def test_who_waits_for_a_connection_has_not_departed(server: Server, sender_to: Open) -> None:
    server.pause_s = 0.01
    sender = await sender_to(server.url, max_in_flight=1)
    departed_at: list[int] = []

    async def departing() -> None:
        departed_at.append(len(server.bodies))

    await asyncio.gather(*(sender.send(track(), departing) for _ in range(4)))
    assert departed_at == [0, 1, 2, 3]


async def test_a_caller_that_lost_its_lease_stops_the_sending(
    server: Server, sender_to: Open
) -> None:
    async def departing() -> None:
        raise RuntimeError("the lease is gone")

    sender = await sender_to(server.url)
    with pytest.raises(RuntimeError, match="lease"):
        await sender.send(track(), departing)
    assert server.bodies == []


async def test_pacing_counts_every_try(
    server: Server, sender_to: Open, clock: VirtualClock
) -> None:
    server.reactions = [http(503)] * 2
    limits = Limits(burst=Window(1, 60), use_at_most=1.0)
    sender = await sender_to(server.url, limits=limits)
    began = clock.now()
    await sender.send(track())
    assert 120 <= clock.now() - began <= 120 / 0.95


@pytest.mark.parametrize(
    "reaction",
    [
        http(401, f'{{"message":"Invalid API key: {KEY}"}}'.encode()),
        http(403, f'{{"message":"{KEY}"}}'.encode()),
        http(400, f'{{"message":"{KEY}"}}'.encode()),
        http(500, KEY.encode()),
        DROP,
        Reaction(f"HTTP/1.1 abc {KEY}\r\n\r\n".encode()),
    ],
)
async def test_the_key_is_nowhere(
    server: Server, sender_to: Open, caplog: pytest.LogCaptureFixture, reaction: Reaction
) -> None:
    server.reactions = [reaction] * 6
    sender = await sender_to(server.url)
    with caplog.at_level(logging.DEBUG), pytest.raises((Final, Undelivered)) as error:
        await sender.send(track())
    told = "".join(traceback.format_exception(error.value)) + caplog.text + repr(sender)
    assert KEY not in told
    assert KEY not in repr(vars(sender))


async def test_a_request_that_counts_twice_is_not_repeated_blindly(
    server: Server, sender_to: Open
) -> None:
    server.reactions = [http(429), http(503), http(201, TAKEN)]
    sender = await sender_to(server.url)
    with pytest.raises(Undelivered, match="503") as error:
        await sender.send(track(repeatable=False))
    assert not error.value.surely_not_sent
    assert len(server.bodies) == 2  # the 429 was surely not taken, and tried again


async def test_nothing_left_is_waited_for_before_a_429(
    server: Server, sender_to: Open, clock: VirtualClock
) -> None:
    left = {"x_ratelimit_limit": "3000", "x_ratelimit_remaining": "0"}
    server.reactions = [http(201, TAKEN, **left, x_ratelimit_reset=str(int(clock.now()) + 2))]
    sender = await sender_to(server.url)
    began = clock.now()
    await sender.send(track())
    await sender.send(track())
    assert clock.now() - began == pytest.approx(2, abs=0.1)


async def test_a_lower_limit_is_kept_to_once_it_is_told(
    server: Server, sender_to: Open, clock: VirtualClock
) -> None:
    told = {"X_RateLimit_Limit": "2", "X_RATELIMIT_Remaining": "1", "x_ratelimit_reset": "1"}
    server.reactions = [http(201, TAKEN, **told)]
    sender = await sender_to(server.url)
    began = clock.now()
    for _ in range(200):
        await sender.send(track())
    # A block that was drawn before lasts for its slot, which on this clock never ends by itself.
    assert clock.now() - began >= (200 - 150) / 2 * 3 * 0.9


async def test_each_address_waits_for_its_own_limit(
    server: Server, sender_to: Open, clock: VirtualClock
) -> None:
    server.reactions = [http(429, x_ratelimit_retry_after="17"), OK, OK]
    sender = await sender_to(server.url, retrying=Retrying(tries=1))
    with pytest.raises(Undelivered):
        await sender.send(track())
    began = clock.now()
    await sender.send(Request(path="/users/identify", body=b"{}", arrays={}))
    assert clock.now() == began
