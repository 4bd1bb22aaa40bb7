"""The dummy destination: the same port as any other, and nothing leaves the machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any

from onefold.destinations.clock import Clock
from onefold.destinations.columns import Fields, read_fields
from onefold.destinations.config import Attribute
from onefold.destinations.cut import Packing, cut_changes, member, object_text, read_bodies
from onefold.destinations.dummy.config import DummySettings
from onefold.destinations.dummy.profiles import ID, Profiles
from onefold.destinations.dummy.sender import ROWS, DummySender
from onefold.destinations.encode import encode_text
from onefold.destinations.occurrences import Occurrences
from onefold.destinations.pacing import Limiter
from onefold.destinations.port import Channel, Cut, Prepared
from onefold.destinations.prepare import prepare_rows
from onefold.destinations.price import costs, price_cut
from onefold.destinations.request import Request
from onefold.destinations.retry import Persistence
from onefold.destinations.rules import type_rule
from onefold.destinations.turns import Turns
from onefold.errors import NotBuiltYet
from onefold.model import DestinationObject, ObjectKind, Price
from onefold.warehouse import Engine, column

__all__ = ["Dummy"]


class Dummy:
    """Keeps attributes of people in memory or in a file."""

    def __init__(self, settings: DummySettings) -> None:
        self.settings = settings
        self._profiles = Profiles(settings.file)

    @property
    def people(self) -> Mapping[str, Mapping[str, Any]]:
        """What it holds: each identifier's fields."""
        return self._profiles.people

    def channel(self, thing: DestinationObject, fields: Sequence[Attribute]) -> Channel:
        """Open the way of one object's rows: of attributes alone."""
        if thing.kind is not ObjectKind.ATTRIBUTES:
            raise NotBuiltYet(f"the dummy takes no {thing}", hint="it takes attributes")
        return _Attributes(fields, self.settings.max_objects)

    def occurrences(self) -> Occurrences:
        """Refuse events and purchases."""
        raise NotBuiltYet("the dummy takes no events or purchases", hint="it takes attributes")

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


class _Attributes:
    array = ROWS

    def __init__(self, attributes: Sequence[Attribute], max_objects: int) -> None:
        self._attributes = tuple(attributes)
        self._packing = Packing(opening=f'{{"{ROWS}":[', closing="]}", max_objects=max_objects)

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate and normalise desired rows, each by its type alone."""
        return prepare_rows(engine, relation, self._attributes, type_rule)

    def cut(self, engine: Engine, changes: str, known: str | None = None) -> Cut:
        """Write objects, price them at one point a field, pack them."""
        del known  # nothing is merged here
        fields = self._fields(engine, changes)
        return cut_changes(
            engine,
            changes,
            written_as=object_text(member(ID, encode_text(column("_identifier"))), fields),
            costs=costs(fields),
            packing=self._packing,
        )

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs."""
        return price_cut(engine, cut, self._fields(engine, cut))

    def preludes(self, price: Price, *, now: datetime) -> Sequence[Request]:
        """Nothing comes before."""
        del price, now
        return ()

    def requests(self, engine: Engine, cut: str, first: int, last: int) -> Mapping[int, Request]:
        """Write the requests of a range of chunks."""
        return {
            chunk: Request(path="/", body=body, arrays={ROWS: rows})
            for chunk, rows, body in read_bodies(engine, cut, first, last, self._packing)
        }

    def _fields(self, engine: Engine, relation: str) -> Fields:
        return read_fields(engine.relation_columns(relation), self._attributes)
