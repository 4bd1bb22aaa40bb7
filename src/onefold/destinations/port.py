"""The port that every kind of destination fills, and the values that pass through it.

A relation is the name of a table or view of the engine. Columns that begin with `_` are ours; every
other column bears the exact name of an attribute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from onefold.destinations.clock import Clock
from onefold.destinations.config import Attribute
from onefold.destinations.occurrences import Occurrences
from onefold.destinations.request import Request
from onefold.destinations.turns import Turns
from onefold.errors import Final, Retryable
from onefold.model import (
    Answer,
    Column,
    DestinationObject,
    IdentifierKind,
    IdentityChange,
    Price,
)
from onefold.warehouse import Engine

__all__ = [
    "Channel",
    "Cut",
    "Departing",
    "Destination",
    "Erases",
    "KnowsIdentities",
    "Prepared",
    "ReadsBack",
    "RefusedWhole",
    "Request",
    "Sender",
    "Stayed",
    "Undelivered",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """Desired rows as the destination would store them. Both relations are temporary tables.

    Attributes:
        relation: one row an identifier: `_identifier` VARCHAR (not null, unique), the input's other
            internal columns, its attributes, `_refused` VARCHAR[] (names of the fields refused in
            this row; their value is NULL) and `_reasons` VARCHAR[] (why, in the same order).
        refusals: `_identifier`, `_person_id`, `field` (NULL: the whole row), `reason`.
        rows: rows of `relation`.
        refused_rows: input rows refused whole.
        collapsed_rows: input rows that repeated another one and went into it.
        remarks: what people should know of values: field and remark to how many.
    """

    relation: str
    refusals: str
    rows: int
    refused_rows: int
    collapsed_rows: int
    remarks: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Changes cut into requests. Both relations are temporary tables.

    Attributes:
        relation: the changes with `_object` VARCHAR (the row's JSON), `_costs` INTEGER[] (what each
            of `_changed` costs), `_points` INTEGER (what the row costs), `_chunk` BIGINT (its
            request, from 0, dense) and `_position` INTEGER (its place in the request, from 0).
        refusals: `_identifier`, `_person_id`, `field` (NULL), `reason`.
    """

    relation: str
    refusals: str


class RefusedWhole(Final):
    """The request is refused as a whole, nothing of it was taken, and no row is blamed.

    Smaller parts of it may be taken: see `halves`.
    """


class Undelivered(Retryable):
    """All tries failed. With `surely_not_sent` no byte was taken; else nobody knows what arrived.

    The caller settles it: a chunk surely not sent is still due, any other is unsettled.
    """

    def __init__(
        self,
        message: str,
        *,
        surely_not_sent: bool,
        hint: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, retry_after_s=retry_after_s)
        self.surely_not_sent = surely_not_sent


Departing = Callable[[], Awaitable[None]]
"""Awaited right before the bytes of each try leave, after every wait. There the caller makes `sent`
durable and looks at its lease; what it raises ends the sending, and nothing has left."""

Stayed = Callable[[], Awaitable[None]]
"""Awaited when a try failed and surely nothing of it was taken, nor of an earlier one, before the
wait for the next. There the caller takes `sent` back: who is stopped meanwhile has sent nothing."""


class Sender(Protocol):
    """Sends requests, many at a time; keeps to the limits; tries again where that is right."""

    async def send(
        self,
        request: Request,
        departing: Departing | None = None,
        stayed: Stayed | None = None,
    ) -> Answer:
        """Send one request and give the destination's answer to it.

        Args:
            request: as `Channel.requests` made it, or a part of one.
            departing: see `Departing`.
            stayed: see `Stayed`.

        Raises:
            Undelivered: every try failed, in ways that may pass; or a try may have arrived, and
                the request is not `repeatable`.
            KeyRejected: the key is not known there.
            PermissionMissing: the key may not do this.
            RefusedWhole: the request is refused, and parts of it may be taken.
            Final: the request is refused, and always will be.
        """


@runtime_checkable
class ReadsBack(Protocol):
    """A destination that tells what it holds."""

    def look_up(self, identifiers: Sequence[str]) -> Request:
        """Ask for the profiles of up to `most_looked_up` identifiers."""

    @property
    def most_looked_up(self) -> int:
        """How many identifiers one request may ask for."""

    def readable(self, fields: Sequence[Column]) -> tuple[Column, ...]:
        """Give those of the fields that the destination shows as it stores them."""

    def read_back(
        self, engine: Engine, answers: str, fields: Sequence[Column], *, result: str
    ) -> None:
        """Make a table of what answers say.

        Args:
            engine: where the relations are.
            answers: `asked` VARCHAR[] and `body` VARCHAR, a row a request.
            fields: see `readable`; the types that values are read as.
            result: the table: a row an identifier asked for: `_identifier`, `_found` BOOLEAN,
                `_unreadable` VARCHAR[] (fields whose value is of another type) and the fields.
        """


@runtime_checkable
class Erases(Protocol):
    """A destination that can be told to delete people."""

    def delete_requests(self, kind: IdentifierKind, identifiers: Sequence[str]) -> list[Request]:
        """Write requests that delete people, known by one kind of identifier; repeatable."""


class Channel(Protocol):
    """What a destination does with the rows of one object: attributes, a catalog."""

    @property
    def array(self) -> str:
        """The array of a request that holds its rows; see `Request.arrays`."""

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate and normalise desired rows to what the destination would store.

        Args:
            engine: where the relation lives; makes `<relation>_prepared`, `<relation>_refusals`.
            relation: `_identifier` (text, uuid or integer), `_person_id`, any further internal
                columns, and one column for each field that is to be sent. Read several times:
                a table, or a view that is cheap to read.

        Raises:
            UnknownReference: a column is not a field of this object.
            SqlError: a column's type is not its field's.
        """

    def cut(self, engine: Engine, changes: str, known: str | None = None) -> Cut:
        """Write each change as JSON, price it, and pack the changes into requests.

        Args:
            engine: where the changes live; makes `<changes>_cut` and `<changes>_too_large`.
            changes: one row an identifier: `_identifier`, `_person_id`, `_changed` VARCHAR[] (names
                of the fields to send, at least one) and a column for each of these fields, as
                `prepare` gave them. NULL in a changed field clears it.
            known: the acknowledged state that they were compared with: `_identifier`, `_unsettled`
                VARCHAR[] (fields whose value nobody knows) and the fields; None: there is none, and
                nothing is sent by part.
        """

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs."""

    def preludes(self, price: Price, *, now: datetime) -> Sequence[Request]:
        """Give what must be said before the first request: that a cohort exists, and its name.

        Args:
            price: of what follows; its fields name what it is about.
            now: the time.
        """

    def requests(self, engine: Engine, cut: str, first: int, last: int) -> Mapping[int, Request]:
        """Write a range of chunks of a cut relation, or of a Parquet copy of it, as requests.

        Returns:
            The request of each chunk, in order of chunks; `last` included.
        """


@runtime_checkable
class KnowsIdentities(Protocol):
    """A destination that can be told that identifiers changed."""

    def cut_identities(self, engine: Engine, changes: str, kind: IdentityChange) -> str:
        """Give the changes of one kind their places in requests.

        Args:
            engine: where the changes live.
            changes: `_kind`, `_from`, `_to`, `_turn` and `_order`; those whose turn is 1 are told.
            kind: which of them.

        Returns:
            The name of a table of these changes, with `_chunk` BIGINT and `_position` INTEGER.
        """

    def identity_requests(
        self, engine: Engine, cut: str, kind: IdentityChange, first: int, last: int
    ) -> Mapping[int, Request]:
        """Write the requests of a range of chunks, `last` included."""

    def identity_array(self, kind: IdentityChange) -> str:
        """The array that holds the changes; see `Request.arrays`."""

    def identities_reader(self) -> ReadsBack:
        """Give what reads back what people are called besides: a field a label."""


class Destination(Protocol):
    """A place that takes things: attributes of people, and what else it knows."""

    def channel(self, thing: DestinationObject, fields: Sequence[Attribute]) -> Channel:
        """Open the way of one object's rows, without a connection.

        Args:
            thing: what its rows are.
            fields: what may be sent of them.

        Raises:
            NotBuiltYet: this destination does not take such things.
            ProjectError: a field cannot be sent.
        """

    def occurrences(self) -> Occurrences:
        """Open the way of events and purchases, without a connection.

        Raises:
            NotBuiltYet: this destination does not take such things.
        """

    def sender(
        self, *, clock: Clock, seed: int, turns: Turns | None = None
    ) -> AbstractAsyncContextManager[Sender]:
        """Open connections.

        Args:
            clock: the time.
            seed: makes the jitter of waits repeatable.
            turns: where turns of rate limits are counted; in this process alone when absent.
        """
