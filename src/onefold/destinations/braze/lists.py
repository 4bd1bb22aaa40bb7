"""Cohorts and subscription groups: lists of people, of which the changes alone are sent.

A list is a field. A cell of a cohort is TRUE or NULL; a cell of a subscription group is a state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import orjson
from sqlglot import exp

from onefold.destinations.addressed import Address, cut_cells, read_addressed
from onefold.destinations.braze.identifiers import part_of_alias
from onefold.destinations.columns import Fields, read_fields
from onefold.destinations.config import Attribute
from onefold.destinations.cut import Packing
from onefold.destinations.encode import encode_text
from onefold.destinations.formulas import formula
from onefold.destinations.port import Cut, Prepared, Request
from onefold.destinations.prepare import prepare_rows
from onefold.destinations.price import FREE, price_cut
from onefold.destinations.rules import Rule, one_of, text_rule, type_rule
from onefold.errors import ProjectError
from onefold.model import FieldType, IdentifierKind, Price
from onefold.warehouse import Engine, column, literal

__all__ = ["SUBSCRIBED", "UNSUBSCRIBED", "CohortsChannel", "SubscriptionsChannel"]

SUBSCRIBED, UNSUBSCRIBED = "subscribed", "unsubscribed"
MOST_COHORT_IDS = 1_000
MOST_GROUP_IDS = 50


class _Lists(ABC):
    """What cohorts and subscription groups share."""

    array: str
    most: int

    def __init__(self, fields: Sequence[Attribute]) -> None:
        self._fields = tuple(fields)

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate desired rows."""
        return prepare_rows(engine, relation, self._fields, self._rule)

    def cut(self, engine: Engine, changes: str, known: str | None = None) -> Cut:
        """Pack the changes by list and by what becomes of people there."""
        del known  # nothing is merged here
        return cut_cells(
            engine,
            changes,
            address=self._address(self._read(engine, changes)),
            written_as=self._written(),
            costs=FREE,
            packing=Packing(opening="", closing="", max_objects=self.most),
        )

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs: requests, and no data points."""
        return price_cut(engine, cut, self._read(engine, cut))

    def requests(self, engine: Engine, cut: str, first: int, last: int) -> Mapping[int, Request]:
        """Write the requests of a range of chunks."""
        return read_addressed(engine, cut, first, last, array=self.array)

    def _written(self) -> exp.Expr:
        return encode_text(column("_identifier"))

    def _read(self, engine: Engine, relation: str) -> Fields:
        return read_fields(engine.relation_columns(relation), self._fields)

    def _rule(self, attribute: Attribute, held: FieldType) -> Rule:
        return type_rule(attribute, held)

    @abstractmethod
    def _address(self, fields: Fields) -> Address:
        """Say where a row's change goes, and what stands around it."""


class CohortsChannel(_Lists):
    """Members of cohorts to `/partners/{partner}/cohorts/users`."""

    array = "user_ids"
    most = MOST_COHORT_IDS

    def __init__(
        self, partner: str, identifier: IdentifierKind, fields: Sequence[Attribute]
    ) -> None:
        if not partner:
            raise ProjectError(
                "cohorts need the name of a partner and its keys",
                hint="write cohorts: {partner: …, credential: …} in the destination's file",
            )
        super().__init__(fields)
        self._path = f"/partners/{partner}/cohorts"
        self._by_alias = identifier is IdentifierKind.USER_ALIAS

    def preludes(self, price: Price, *, now: datetime) -> Sequence[Request]:
        """Create the cohorts, before anybody enters: whose id is known already is named again."""
        return [
            Request(
                path=self._path,
                body=orjson.dumps(
                    {
                        "cohort_id": name,
                        "name": name,
                        "created_at": now.isoformat(timespec="seconds"),
                    }
                ),
                arrays={},
            )
            for name in price.sets
        ]

    def _address(self, fields: Fields) -> Address:
        removed = _per_field(fields, lambda name: formula(":it IS NULL", it=column(name)))
        opening = formula(
            """'{"cohort_id":' || :cohort || ',"cohort_changes":[{' || :ids || '['""",
            cohort=encode_text(column("_field")),
            ids=self._ids(),
        )
        closing = formula(
            """:end || ',"should_remove":' || """
            """CASE WHEN :removed THEN 'true' ELSE 'false' END || '}]}'""",
            end=literal("]}" if self._by_alias else "]"),
            removed=removed,
        )
        return Address(
            method=literal("POST"),
            path=literal(f"{self._path}/users"),
            opening=opening,
            closing=closing,
        )

    def _written(self) -> exp.Expr:
        return part_of_alias("alias_name") if self._by_alias else super()._written()

    def _ids(self) -> exp.Expr:
        """Give what comes before the list of people: aliases are listed under their label."""
        if not self._by_alias:
            return literal('"user_ids":')
        return formula("""'"aliases":{' || :label || ':'""", label=part_of_alias("alias_label"))


class SubscriptionsChannel(_Lists):
    """States of subscription groups to `/v2/subscription/status/set`."""

    array = "external_ids"
    most = MOST_GROUP_IDS

    def preludes(self, price: Price, *, now: datetime) -> Sequence[Request]:
        """Groups are made in Braze: nothing comes before."""
        del price, now
        return ()

    def _rule(self, attribute: Attribute, held: FieldType) -> Rule:
        del attribute, held
        known = one_of((SUBSCRIBED, UNSUBSCRIBED), "neither subscribed nor unsubscribed")
        return text_rule("lower(trim(CAST(:value AS VARCHAR)))", known)

    def _address(self, fields: Fields) -> Address:
        state = _per_field(fields, column)
        opening = formula(
            """'{"subscription_groups":[{"subscription_group_id":' || :group """
            """|| ',"subscription_state":' || :state || ',"external_ids":['""",
            group=encode_text(column("_field")),
            state=encode_text(
                formula("coalesce(:it, :none)", it=state, none=literal(UNSUBSCRIBED))
            ),
        )
        return Address(
            method=literal("POST"),
            path=literal("/v2/subscription/status/set"),
            opening=opening,
            closing=literal("]}]}"),
        )


def _per_field(fields: Fields, value_of: Callable[[str], exp.Expr]) -> exp.Expr:
    """Give what a formula says of the one field that a row is about."""
    if not fields.attributes:
        return exp.cast(exp.null(), "VARCHAR")
    case = exp.Case()
    for attribute, _ in fields.attributes:
        here = column("_field").eq(literal(attribute.name))
        case = case.when(here, value_of(attribute.name))
    return case
