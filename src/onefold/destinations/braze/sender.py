"""Requests to `/users/track` over kept-alive connections."""

from __future__ import annotations

import asyncio
from functools import partial

import aiohttp

from onefold.destinations.braze.answers import Reply, read_reply
from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.clock import Clock
from onefold.destinations.port import Departing
from onefold.destinations.retry import Persistence, Setback
from onefold.model import Answer, Secret

__all__ = ["BrazeSender", "open_session"]

TRACK = "/users/track"

# Errors that end a try before a byte of the request has left.
_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def open_session(settings: BrazeSettings, secret: Secret) -> aiohttp.ClientSession:
    """Open a session that bears the key; only the sender uses it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=settings.max_in_flight),
        headers={
            "Authorization": f"Bearer {secret.reveal()}",
            "Content-Type": "application/json",
        },
        timeout=aiohttp.ClientTimeout(total=settings.timeout_s),
        auto_decompress=True,
    )


class BrazeSender:
    """Sends bodies; as many at once as the settings allow."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: BrazeSettings,
        secret: Secret,
        persistence: Persistence,
        clock: Clock,
    ) -> None:
        self._session = session
        self._url = settings.endpoint.rstrip("/") + TRACK
        self._secret = secret
        self._persistence = persistence
        self._clock = clock
        self._places = asyncio.Semaphore(settings.max_in_flight)

    async def send(self, body: bytes, rows: int, departing: Departing | None = None) -> Answer:
        """Send one body; see `Sender.send`."""
        async with self._places:
            return await self._persistence.deliver(partial(self._try, body, rows), departing)

    async def _try(self, body: bytes, rows: int) -> Answer:
        reply = await self._post(body)
        return read_reply(reply, rows, now=self._clock.now(), redact=self._secret.redact)

    async def _post(self, body: bytes) -> Reply:
        try:
            async with self._session.post(self._url, data=body, allow_redirects=False) as response:
                return Reply(response.status, response.headers, await response.read())
        except _NEVER_LEFT as error:
            raise self._setback(error, maybe_arrived=False) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._setback(error, maybe_arrived=True) from None

    def _setback(self, error: Exception, *, maybe_arrived: bool) -> Setback:
        """Tell what broke in words of ours: the error itself may hold request headers."""
        what = self._secret.redact(str(error)) or type(error).__name__
        return Setback(f"no answer from {self._url}: {what}", maybe_arrived=maybe_arrived)
