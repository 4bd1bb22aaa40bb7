"""Attributes of people: what `/users/track` takes in the array of that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.identifiers import creation, identified, most_bytes
from onefold.destinations.braze.names import name_problems, type_problem
from onefold.destinations.braze.standard_fields import STANDARD_FIELDS, attribute_rule
from onefold.destinations.columns import Fields, read_fields
from onefold.destinations.config import Attribute
from onefold.destinations.cut import Packing, cut_changes, object_text, read_bodies
from onefold.destinations.merging import never_twice, write_parts
from onefold.destinations.port import Cut, Prepared
from onefold.destinations.prepare import prepare_rows
from onefold.destinations.price import costs, price_cut
from onefold.destinations.request import Request
from onefold.errors import ProjectError
from onefold.model import Price, element_of
from onefold.warehouse import Engine

__all__ = ["ARRAY", "TRACK", "AttributesChannel"]

TRACK = "/users/track"
ARRAY = "attributes"
PACKING = Packing(opening=f'{{"{ARRAY}":[', closing="]}")
COSTS = {name: int(field.billable) for name, field in STANDARD_FIELDS.items()}


class AttributesChannel:
    """Attributes of people to `/users/track`."""

    array = ARRAY

    def __init__(self, settings: BrazeSettings, attributes: Sequence[Attribute]) -> None:
        elements = [element_of(attribute.name) for attribute in attributes]
        arrays = {found[0] for found in elements if found is not None}
        plain = [one.name for one, found in zip(attributes, elements, strict=True) if not found]
        problems = name_problems([*plain, *sorted(arrays - set(plain))])
        problems += [text for attribute in attributes if (text := type_problem(attribute))]
        if problems:
            raise ProjectError(problems[0])
        self._settings = settings
        self._attributes = tuple(attributes)

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate and normalise desired rows as Braze stores them."""
        longest = most_bytes(self._settings.identifier)
        return prepare_rows(engine, relation, self._attributes, attribute_rule, most_bytes=longest)

    def cut(self, engine: Engine, changes: str, known: str | None = None) -> Cut:
        """Write request objects, price them in data points, pack them by 75."""
        fields = self._fields(engine, changes)
        kind = self._settings.identifier
        extra = creation(kind, update_existing_only=self._settings.update_existing_only)
        parts = write_parts(engine, changes, known, fields)
        return cut_changes(
            engine,
            changes,
            written_as=object_text(
                identified(kind), fields, *extra, *parts.extra, texts=parts.texts
            ),
            costs=costs(fields, COSTS, parts.costs),
            packing=PACKING,
            source=parts.source,
        )

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs: a data point a cell, and an object one a leaf."""
        return price_cut(engine, cut, self._fields(engine, cut))

    def preludes(self, price: Price, *, now: datetime) -> Sequence[Request]:
        """Nothing comes before."""
        del price, now
        return ()

    def requests(self, engine: Engine, cut: str, first: int, last: int) -> Mapping[int, Request]:
        """Write the requests of a range of chunks; what adds elements is never repeated."""
        return {
            chunk: Request(
                path=TRACK, body=body, arrays={ARRAY: rows}, repeatable=not never_twice(body)
            )
            for chunk, rows, body in read_bodies(engine, cut, first, last, PACKING)
        }

    def _fields(self, engine: Engine, relation: str) -> Fields:
        return read_fields(engine.relation_columns(relation), self._attributes)
