"""The dummy destination: the same port as any other, and nothing leaves the machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pyarrow as pa

from onefold.destinations.clock import Clock
from onefold.destinations.columns import Fields, read_fields
from onefold.destinations.config import Attribute
from onefold.destinations.cut import Packing, cut_changes, object_text, write_bodies
from onefold.destinations.dummy.config import DummySettings
from onefold.destinations.dummy.profiles import ID, Profiles
from onefold.destinations.dummy.sender import ROWS, DummySender
from onefold.destinations.pacing import Limiter
from onefold.destinations.port import Cut, Prepared, Request
from onefold.destinations.prepare import prepare_rows
from onefold.destinations.price import points, price_cut
from onefold.destinations.retry import Persistence
from onefold.destinations.rules import type_rule
from onefold.destinations.turns import Turns
from onefold.model import Price
from onefold.warehouse import Engine

__all__ = ["Dummy"]


class Dummy:
    """Keeps attributes of people in memory or in a file."""

    def __init__(self, settings: DummySettings) -> None:
        self.settings = settings
        self._profiles = Profiles(settings.file)
        self._packing = Packing(
            opening=f'{{"{ROWS}":[', closing="]}", max_objects=settings.max_objects
        )

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The fields that may be sent."""
        return self.settings.attributes

    @property
    def people(self) -> Mapping[str, Mapping[str, Any]]:
        """What it holds: each identifier's fields."""
        return self._profiles.people

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate and normalise desired rows, each by its type alone."""
        return prepare_rows(engine, relation, self.attributes, type_rule)

    def cut(self, engine: Engine, changes: str) -> Cut:
        """Write objects, price them at one point a field, pack them."""
        fields = self._fields(engine, changes)
        return cut_changes(
            engine,
            changes,
            written_as=object_text(ID, fields),
            points=points(fields),
            packing=self._packing,
        )

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs."""
        return price_cut(engine, cut, self._fields(engine, cut))

    def bodies(self, engine: Engine, cut: str, first: int, last: int) -> pa.RecordBatchReader:
        """Write the bodies of a range of chunks."""
        return write_bodies(engine, cut, first, last, self._packing)

    def request(self, body: bytes, rows: int) -> Request:
        """Make the request of a body."""
        return Request(path="/", body=body, arrays={ROWS: rows})

    @asynccontextmanager
    async def sender(
        self, *, clock: Clock, seed: int, turns: Turns | None = None
    ) -> AsyncIterator[DummySender]:
        """Begin to take requests; `turns` are not needed, for there is no limit."""
        del turns
        random = Random(seed)  # noqa: S311 - faults and jitter, no secret
        persistence = Persistence(retrying=self.settings.retrying, clock=clock, random=random)
        limiter = Limiter((), clock)
        yield DummySender(self.settings, self._profiles, persistence, limiter, random)

    def _fields(self, engine: Engine, relation: str) -> Fields:
        return read_fields(engine.relation_columns(relation), self.attributes)
