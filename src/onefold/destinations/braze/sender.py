"""Requests to Braze over kept-alive connections."""

from __future__ import annotations

from functools import partial

import aiohttp

from onefold.destinations.braze.answers import Reply, read_reply
from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.keys import Keys
from onefold.destinations.braze.limiters import Limiters
from onefold.destinations.clock import Clock
from onefold.destinations.gate import Gate
from onefold.destinations.pacing import Limiter
from onefold.destinations.port import Departing, Stayed
from onefold.destinations.request import Request
from onefold.destinations.retry import Persistence, Setback
from onefold.model import Answer

__all__ = ["BrazeSender", "open_session"]

# Errors that end a try before a byte of the request has left.
_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def open_session(settings: BrazeSettings) -> aiohttp.ClientSession:
    """Open a session; only the sender uses it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=settings.max_in_flight),
        headers={"Content-Type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=settings.timeout_s),
        auto_decompress=True,
    )


class BrazeSender:
    """Sends requests; as many at once as the settings allow."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: BrazeSettings,
        keys: Keys,
        persistence: Persistence,
        limiters: Limiters,
        clock: Clock,
    ) -> None:
        self._session = session
        self._endpoint = settings.endpoint.rstrip("/")
        self._keys = keys
        self._persistence = persistence
        self._limiters = limiters
        self._clock = clock
        self._gate = Gate(settings.max_in_flight, clock)

    async def send(
        self,
        request: Request,
        departing: Departing | None = None,
        stayed: Stayed | None = None,
    ) -> Answer:
        """Send one request; see `Sender.send`."""
        limiter = self._limiters.of(request)
        async with self._gate.place():
            return await self._persistence.deliver(
                partial(self._try, request, limiter),
                departing,
                stayed,
                limiter=limiter,
                repeatable=request.repeatable,
            )

    async def _try(self, request: Request, limiter: Limiter) -> Answer:
        waits = limiter.waits
        try:
            reply = await self._exchange(request)
            self._limiters.learn(request, reply.headers)
            answer = read_reply(reply, request, now=self._clock.now(), redact=self._keys.redact)
        except Setback as setback:
            if setback.maybe_arrived or setback.wait_s is None:
                self._gate.failed()
            raise
        self._gate.answered(limited=limiter.waits > waits)
        return answer

    async def _exchange(self, request: Request) -> Reply:
        url = f"{self._endpoint}{request.path}"
        headers, body = self._keys.signed(request)
        try:
            async with self._session.request(
                request.method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                return Reply(response.status, response.headers, await response.read())
        except _NEVER_LEFT as error:
            raise self._setback(url, error, maybe_arrived=False) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._setback(url, error, maybe_arrived=True) from None

    def _setback(self, url: str, error: Exception, *, maybe_arrived: bool) -> Setback:
        """Tell what broke in words of ours: the error itself may hold request headers."""
        what = self._keys.redact(str(error)) or type(error).__name__
        return Setback(f"no answer from {url}: {what}", maybe_arrived=maybe_arrived)
