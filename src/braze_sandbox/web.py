"""Requests and answers: a thin layer over ASGI."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Ready = Callable[[], Awaitable[None]]

ABORT = "braze_sandbox.abort"
"""Key of the ASGI extension that cuts the connection; the server provides it."""


class ClientGone(Exception):
    """The client closed the connection before it had sent all it announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, a JSON value, and headers in lower case."""

    status: int
    content: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The content as JSON."""
        return orjson.dumps(self.content)


class Exchange:
    """One HTTP request and the way to answer it; no answer begins before `ready` returns."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, ready: Ready) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._scope = scope
        self._receive = receive
        self._send = send
        self._ready = ready

    @property
    def query(self) -> dict[str, str]:
        """The parameters after the question mark."""
        return dict(parse_qsl(self._scope["query_string"].decode("latin-1")))

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The same, with all values of each name: `id=1`, or `id[]=1&id[]=2`."""
        several = parse_qs(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return {name.removesuffix("[]"): values for name, values in several.items()}

    @property
    def address(self) -> str:
        """Where the request comes from; empty when that is not known."""
        return str((self._scope.get("client") or ("",))[0])

    def header(self, name: str) -> str:
        """A request header by its lower-case name; empty when absent."""
        wanted = name.encode()
        return next((v.decode("latin-1") for k, v in self._scope["headers"] if k == wanted), "")

    async def read(self, max_bytes: int) -> bytes | None:
        """The whole body; None when it is longer than `max_bytes` (it is read all the same).

        Raises `ClientGone` when the client leaves before the body is complete.
        """
        pieces: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece = message.get("body", b"")
            size += len(piece)
            if size <= max_bytes:
                pieces.append(piece)
            more = message.get("more_body", False)
        return b"".join(pieces) if size <= max_bytes else None

    async def answer(self, answer: Answer) -> None:
        """Send the answer."""
        body = answer.body
        await self._start(answer.status, b"application/json", answer.headers, len(body))
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, content_type: bytes, body: bytes, headers: Mapping[str, str]) -> None:
        """200 and something that is no JSON."""
        await self._start(200, content_type, headers, len(body))
        await self._send({"type": "http.response.body", "body": body})

    async def answer_half(self, answer: Answer) -> None:
        """Promise the whole answer, send half of its body, cut the connection."""
        body = answer.body
        await self._start(answer.status, b"application/json", answer.headers, len(body))
        half = body[: len(body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        await self.cut()

    async def stream(self, content_type: bytes, pieces: AsyncIterator[bytes]) -> None:
        """Send an answer of unknown length."""
        await self._start(200, content_type, {}, None)
        async for piece in pieces:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    def abort(self) -> None:
        """Close the socket under the client."""
        self._scope["extensions"][ABORT]()

    async def cut(self) -> None:
        """Close the socket under the client, and wait until it is closed."""
        await self._ready()
        self.abort()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(
        self, status: int, content_type: bytes, headers: Mapping[str, str], length: int | None
    ) -> None:
        await self._ready()
        raw = [(b"content-type", content_type)]
        raw += [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        if length is not None:
            raw.append((b"content-length", str(length).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
