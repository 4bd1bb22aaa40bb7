"""How the control calls answer, and how they read what they are given."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import TypeAlias, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from braze_sandbox.sandbox import Sandbox
from braze_sandbox.web import Answer, Exchange

MAX_BODY_BYTES = 1024 * 1024
STREAMED_ITEMS = 200
"""Items in one piece of a streamed answer."""

Routes: TypeAlias = dict[tuple[str, str], Callable[[Exchange, Sandbox], Awaitable[None]]]
"""Handlers by method and by what stands after `/_sandbox/`."""

T = TypeVar("T")


class Unfit(Exception):
    """A body that a control call can't use; its text says why."""


async def read(exchange: Exchange, shape: TypeAdapter[T], what: str) -> T:
    """The body in its shape; raises `Unfit` with a text that begins with "Not {what}"."""
    body = await exchange.read(MAX_BODY_BYTES)
    try:
        return shape.validate_json(body or b"")
    except ValidationError as error:
        raise Unfit(f"Not {what}: {_reasons(error)}") from None


async def reply(exchange: Exchange, content: dict[str, object]) -> None:
    """200 and this."""
    await exchange.answer(Answer(status=200, content=content))


def as_list(sent: object) -> object:
    """One of something is as good as a list of one."""
    return sent if isinstance(sent, list) else [sent]


def message(status: int, text: str) -> Answer:
    """An answer that is only a sentence."""
    return Answer(status=status, content={"message": text})


async def stream(exchange: Exchange, name: str, items: Iterable[object]) -> None:
    """`{"name": [items]}`, or an item a line when asked for, a few items at a time."""
    lines = map(orjson.dumps, items)
    if exchange.query.get("format") == "ndjson":
        await exchange.stream(b"application/x-ndjson", _ndjson(lines))
    else:
        await exchange.stream(b"application/json", _array(name, lines))


def _reasons(error: ValidationError) -> str:
    """What is wrong and where, without repeating what was sent."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors()
    )


async def _ndjson(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := list(islice(lines, STREAMED_ITEMS)):
        yield b"\n".join(piece) + b"\n"


async def _array(name: str, lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield b'{"%s":[' % name.encode()
    separator = b""
    while piece := list(islice(lines, STREAMED_ITEMS)):
        yield separator + b",".join(piece)
        separator = b","
    yield b"]}"
