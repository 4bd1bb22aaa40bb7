"""Takes bodies instead of sending them, with faults by chance."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

import orjson

from onefold.destinations.dummy.config import DummySettings
from onefold.destinations.dummy.profiles import ID, Profiles
from onefold.destinations.pacing import Limiter
from onefold.destinations.port import Departing, RefusedWhole, Stayed
from onefold.destinations.request import Request
from onefold.destinations.retry import Persistence, Setback
from onefold.errors import Final
from onefold.model import Answer, RowRefusal

__all__ = ["ROWS", "DummySender"]

ROWS = "rows"
TAKEN = 201


class DummySender:
    """A sender that stores what it is given."""

    def __init__(
        self,
        settings: DummySettings,
        profiles: Profiles,
        persistence: Persistence,
        limiter: Limiter,
        random: Random,
    ) -> None:
        self._settings = settings
        self._profiles = profiles
        self._persistence = persistence
        self._limiter = limiter
        self._random = random

    async def send(
        self,
        request: Request,
        departing: Departing | None = None,
        stayed: Stayed | None = None,
    ) -> Answer:
        """Take one request; see `Sender.send`."""
        if self._strikes(self._settings.fail_prob):
            raise Final("the dummy refuses this request", hint="lower fail_prob")
        return await self._persistence.deliver(
            partial(self._try, request),
            departing,
            stayed,
            limiter=self._limiter,
            repeatable=request.repeatable,
        )

    async def _try(self, request: Request) -> Answer:
        if self._strikes(self._settings.retry_prob):
            raise Setback("the dummy is busy", maybe_arrived=False)
        objects: list[dict[str, Any]] = orjson.loads(request.body)[ROWS]
        if any(item[ID] in self._settings.poison for item in objects):
            raise RefusedWhole("the dummy is poisoned", hint="remove the identifier from poison")
        refused = [row for row in range(request.rows) if self._strikes(self._settings.refuse_prob)]
        self._profiles.take([item for row, item in enumerate(objects) if row not in refused])
        if self._strikes(self._settings.drop_prob):
            raise Setback("the dummy lost its answer", maybe_arrived=True)
        return Answer(
            status=TAKEN,
            accepted=request.rows - len(refused),
            refusals=tuple(RowRefusal(position=row, reason="refused by chance") for row in refused),
        )

    def _strikes(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability
