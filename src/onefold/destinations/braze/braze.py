"""Braze as a destination: which way each kind of object takes, and who sends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

from onefold.destinations.braze.attributes import AttributesChannel
from onefold.destinations.braze.catalogs import CatalogChannel
from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.deleting import delete_requests
from onefold.destinations.braze.exported import (
    IdentitiesReader,
    export_request,
    exportable,
    most_exported,
    read_exported,
)
from onefold.destinations.braze.identities import (
    cut_identities,
    identity_array,
    identity_requests,
)
from onefold.destinations.braze.keys import Keys, PartnerKeys
from onefold.destinations.braze.limiters import Limiters
from onefold.destinations.braze.lists import CohortsChannel, SubscriptionsChannel
from onefold.destinations.braze.occurrences import BrazeOccurrences
from onefold.destinations.braze.sender import BrazeSender, open_session
from onefold.destinations.clock import Clock
from onefold.destinations.config import Attribute
from onefold.destinations.occurrences import Occurrences
from onefold.destinations.port import Channel
from onefold.destinations.request import Request
from onefold.destinations.retry import Persistence
from onefold.destinations.turns import Turns
from onefold.errors import NotBuiltYet
from onefold.model import (
    Column,
    DestinationObject,
    IdentifierKind,
    IdentityChange,
    ObjectKind,
    Secret,
)
from onefold.warehouse import Engine

__all__ = ["Braze"]


class Braze:
    """A workspace of Braze."""

    def __init__(
        self, settings: BrazeSettings, secret: Secret, partner: PartnerKeys | None = None
    ) -> None:
        self.settings = settings
        self._keys = Keys(secret, partner)

    def channel(self, thing: DestinationObject, fields: Sequence[Attribute]) -> Channel:
        """Open the way of one object's rows."""
        match thing.kind:
            case ObjectKind.ATTRIBUTES:
                return AttributesChannel(self.settings, fields)
            case ObjectKind.COHORTS:
                return CohortsChannel(self.settings.partner, self.settings.identifier, fields)
            case ObjectKind.SUBSCRIPTION_GROUPS:
                return SubscriptionsChannel(fields)
            case ObjectKind.CATALOG:
                return CatalogChannel(thing.name, fields)
            case _:
                raise NotBuiltYet(f"{thing} cannot be sent to Braze yet")

    @property
    def most_looked_up(self) -> int:
        """How many users one request may ask for."""
        return most_exported(self.settings.identifier)

    def look_up(self, identifiers: Sequence[str]) -> Request:
        """Ask `/users/export/ids` for users."""
        return export_request(self.settings.identifier, identifiers)

    def readable(self, fields: Sequence[Column]) -> tuple[Column, ...]:
        """Give the fields that Braze exports as it stores them."""
        return exportable(fields)

    def read_back(
        self, engine: Engine, answers: str, fields: Sequence[Column], *, result: str
    ) -> None:
        """Read exported users into a table."""
        read_exported(engine, self.settings.identifier, answers, fields, result=result)

    def delete_requests(self, kind: IdentifierKind, identifiers: Sequence[str]) -> list[Request]:
        """Write requests that delete users."""
        return delete_requests(kind, identifiers)

    def occurrences(self) -> Occurrences:
        """Open the way of events and purchases."""
        return BrazeOccurrences(self.settings)

    def identities_reader(self) -> IdentitiesReader:
        """Give what reads back further identifiers."""
        return IdentitiesReader(self.settings.identifier)

    def cut_identities(self, engine: Engine, changes: str, kind: IdentityChange) -> str:
        """Give renames or merges their places in requests."""
        return cut_identities(engine, changes, kind, self.settings.identifier)

    def identity_requests(
        self, engine: Engine, cut: str, kind: IdentityChange, first: int, last: int
    ) -> Mapping[int, Request]:
        """Write requests that rename or merge users."""
        return identity_requests(engine, cut, kind, self.settings.identifier, first, last)

    def identity_array(self, kind: IdentityChange) -> str:
        """The array of renames or of merges."""
        return identity_array(kind, self.settings.identifier)

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
        async with open_session(self.settings) as session:
            yield BrazeSender(session, self.settings, self._keys, persistence, limiters, clock)
        await limiters.close()
