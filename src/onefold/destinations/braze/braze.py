"""Braze as a destination: a table of contents of what happens to a row on its way there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

import pyarrow as pa

from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.exported import (
    MOST_EXPORTED,
    export_request,
    exportable,
    read_exported,
)
from onefold.destinations.braze.limiters import Limiters
from onefold.destinations.braze.sender import BrazeSender, open_session
from onefold.destinations.braze.standard_fields import STANDARD_FIELDS, attribute_rule
from onefold.destinations.clock import Clock
from onefold.destinations.columns import Fields, read_fields
from onefold.destinations.config import Attribute
from onefold.destinations.cut import Packing, cut_changes, member, object_text, write_bodies
from onefold.destinations.port import Cut, Prepared, Request
from onefold.destinations.prepare import prepare_rows
from onefold.destinations.price import points, price_cut
from onefold.destinations.retry import Persistence
from onefold.destinations.turns import Turns
from onefold.model import Column, Price, Secret
from onefold.warehouse import Engine, literal

__all__ = ["Braze"]

TRACK = "/users/track"
PACKING = Packing(opening='{"attributes":[', closing="]}")
FREE = frozenset(name for name, field in STANDARD_FIELDS.items() if not field.billable)


class Braze:
    """Attributes of people to `/users/track`."""

    def __init__(self, settings: BrazeSettings, secret: Secret) -> None:
        self.settings = settings
        self._secret = secret

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The fields that may be sent."""
        return self.settings.attributes

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate and normalise desired rows as Braze stores them."""
        return prepare_rows(engine, relation, self.attributes, attribute_rule)

    def cut(self, engine: Engine, changes: str) -> Cut:
        """Write request objects, price them in data points, pack them by 75."""
        fields = self._fields(engine, changes)
        extra = (
            [member("_update_existing_only", literal("true"))]
            if self.settings.update_existing_only
            else []
        )
        return cut_changes(
            engine,
            changes,
            written_as=object_text(self.settings.identifier, fields, *extra),
            points=points(fields, FREE),
            packing=PACKING,
        )

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs: one data point a field set or cleared."""
        return price_cut(engine, cut, self._fields(engine, cut))

    def bodies(self, engine: Engine, cut: str, first: int, last: int) -> pa.RecordBatchReader:
        """Write the bodies of a range of chunks."""
        return write_bodies(engine, cut, first, last, PACKING)

    def request(self, body: bytes, rows: int) -> Request:
        """Make the request of a body."""
        return Request(path=TRACK, body=body, arrays={"attributes": rows})

    @property
    def most_looked_up(self) -> int:
        """How many users one request may ask for."""
        return MOST_EXPORTED

    def look_up(self, identifiers: Sequence[str]) -> Request:
        """Ask `/users/export/ids` for users."""
        return export_request(identifiers)

    def readable(self, fields: Sequence[Column]) -> tuple[Column, ...]:
        """Give the fields that Braze exports as it stores them."""
        return exportable(fields)

    def read_back(
        self, engine: Engine, answers: str, fields: Sequence[Column], *, result: str
    ) -> None:
        """Read exported users into a table."""
        read_exported(engine, answers, fields, result=result)

    @asynccontextmanager
    async def sender(
        self, *, clock: Clock, seed: int, turns: Turns | None = None
    ) -> AsyncIterator[BrazeSender]:
        """Open connections to the endpoint."""
        persistence = Persistence(
            retrying=self.settings.retrying,
            clock=clock,
            random=Random(seed),  # noqa: S311 - jitter, no secret
        )
        limiters = Limiters(self.settings, clock, turns)
        async with open_session(self.settings, self._secret) as session:
            yield BrazeSender(session, self.settings, self._secret, persistence, limiters, clock)
        await limiters.close()

    def _fields(self, engine: Engine, relation: str) -> Fields:
        return read_fields(engine.relation_columns(relation), self.attributes)
