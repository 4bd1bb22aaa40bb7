"""Events and purchases, as every kind of destination is given them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from onefold.destinations.request import Request
from onefold.destinations.together import Loaded
from onefold.model import Column, ObjectKind, Price
from onefold.warehouse import Engine

__all__ = ["ColumnProblem", "OccurrenceSource", "Occurrences", "PreparedOccurrences"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnProblem:
    """Why a table's columns cannot become events or purchases.

    Attributes:
        message: what is wrong.
        hint: what to do.
        key: the place in `event_key` that it is about, from 0; None: the table's columns.
    """

    message: str
    hint: str
    key: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OccurrenceSource:
    """The rows of one orchestration of events or purchases.

    Attributes:
        relation: `_identifier` (text, uuid or integer), `_person_id`, and the columns of its table.
        key: the columns that tell one row from every other.
        since: rows that are older are not sent.
        kept_since: rows that are older are not even looked at: nobody knows what was sent then.
        resend: whether what nobody knows to have arrived is sent again.
    """

    relation: str
    key: tuple[str, ...]
    since: datetime
    kept_since: datetime
    resend: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedOccurrences:
    """Events or purchases as they would be sent. Both relations are temporary tables.

    Attributes:
        relation: one row a request object: `_identifier` VARCHAR (the id of the object, unique),
            `_person_id`, `user` (who it happened to, as the destination knows people), `row` (the
            id of the row it comes from; one row of a large quantity makes several objects), `time`
            TIMESTAMPTZ, `hash` (of what the row says), `_object` (its JSON), `_points` INTEGER,
            `_since` TIMESTAMPTZ and `_resend` BOOLEAN (as its orchestration says).
        refusals: `_identifier` (the profile's), `_person_id`, `field` (NULL), `reason`.
        rows: rows of `relation`.
        refused_rows: input rows that were refused.
        collapsed_rows: input rows that repeat another one.
        old_rows: input rows from before `kept_since`.
    """

    relation: str
    refusals: str
    rows: int
    refused_rows: int
    collapsed_rows: int
    old_rows: int


class Occurrences(Protocol):
    """What a destination does with events and purchases, and with the attributes beside them."""

    @property
    def identifiers(self) -> frozenset[str]:
        """Columns, lower case, that say whose a row is: they are never part of what it says."""

    def problems(
        self, kind: ObjectKind, columns: Sequence[Column], key: Sequence[str]
    ) -> Iterable[ColumnProblem]:
        """Say what is wrong with the columns of a table or query, and with its key.

        Args:
            kind: events or purchases.
            columns: all of the table's.
            key: the columns that tell one row from another (`event_key`).
        """

    def prepare(
        self, engine: Engine, kind: ObjectKind, sources: Sequence[OccurrenceSource], *, result: str
    ) -> PreparedOccurrences:
        """Check rows, write them as JSON, and give each request object its id.

        Args:
            engine: where the relations are; makes `<result>` and `<result>_refusals`.
            kind: events or purchases.
            sources: the orchestrations that send them.
            result: the stem of the names of the tables made.

        Raises:
            SqlError: the identifier has no exact text.
        """

    def price(self, engine: Engine, relation: str) -> Price:
        """Say what prepared rows cost; they need not be in requests yet."""

    def deal(self, engine: Engine, loads: Sequence[Loaded]) -> tuple[Mapping[str, str], int]:
        """Give objects of several kinds their places in shared requests.

        What belongs to one person is in one request, or in the fewest that hold it.

        Args:
            engine: where the relations are; makes `<relation>_dealt` of each.
            loads: in the order in which the destination is to process them.

        Returns:
            By array the relation with `_chunk` BIGINT (the request, from 0) and `_position` INTEGER
            (in its array, from 0); and how many requests there are.
        """

    def requests(
        self, engine: Engine, dealt: Mapping[str, str], first: int, last: int
    ) -> Mapping[int, Request]:
        """Write a range of the requests that `deal` made, or of Parquet copies of its relations.

        Returns:
            The request of each chunk, in order of chunks; `last` included.
        """
