"""Takes bodies instead of sending them, with faults by chance."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Any

import orjson

from onefold.destinations.dummy.config import DummySettings
from onefold.destinations.dummy.profiles import Profiles
from onefold.destinations.port import Departing
from onefold.destinations.retry import Persistence, Setback
from onefold.errors import Final
from onefold.model import Answer, RowRefusal

__all__ = ["ROWS", "DummySender"]

ROWS = "rows"
TAKEN = 201


class DummySender:
    """A sender that stores what it is given."""

    def __init__(
        self, settings: DummySettings, profiles: Profiles, persistence: Persistence, random: Random
    ) -> None:
        self._settings = settings
        self._profiles = profiles
        self._persistence = persistence
        self._random = random

    async def send(self, body: bytes, rows: int, departing: Departing | None = None) -> Answer:
        """Take one body; see `Sender.send`."""
        if self._strikes(self._settings.fail_prob):
            raise Final("the dummy refuses this request", hint="lower fail_prob")
        return await self._persistence.deliver(partial(self._try, body, rows), departing)

    async def _try(self, body: bytes, rows: int) -> Answer:
        if self._strikes(self._settings.retry_prob):
            raise Setback("the dummy is busy", maybe_arrived=False)
        refused = [row for row in range(rows) if self._strikes(self._settings.refuse_prob)]
        objects: list[dict[str, Any]] = orjson.loads(body)[ROWS]
        self._profiles.take([item for row, item in enumerate(objects) if row not in refused])
        if self._strikes(self._settings.drop_prob):
            raise Setback("the dummy lost its answer", maybe_arrived=True)
        return Answer(
            status=TAKEN,
            accepted=rows - len(refused),
            refusals=tuple(RowRefusal(position=row, reason="refused by chance") for row in refused),
        )

    def _strikes(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability
