"""Items of a catalog: new ones are put, changed ones updated, those that left deleted.

A new item is put, not added: what is added leaves an item alone that is there already, be it from
a request that got no answer, and so would the values be that are wanted by now.


That an item is there is a field of its own, `id`: TRUE, or NULL once it is deleted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlglot import exp

from onefold.destinations.addressed import Address, cut_addressed, read_addressed
from onefold.destinations.columns import Fields, read_fields
from onefold.destinations.config import Attribute
from onefold.destinations.cut import Packing, changed, member
from onefold.destinations.encode import encode, encode_text
from onefold.destinations.formulas import formula
from onefold.destinations.port import Cut, Prepared, Request
from onefold.destinations.prepare import prepare_rows
from onefold.destinations.price import FREE, price_cut
from onefold.destinations.rules import VALUE, Problem, Rule, type_rule
from onefold.errors import ProjectError
from onefold.model import FieldType, Price, TypeKind
from onefold.warehouse import Engine, call, column, literal

__all__ = ["ITEM", "CatalogChannel", "catalog_problem"]

ITEM = "id"  # the field that says that an item is there
ARRAY = "items"
MOST_ITEMS = 50
MOST_FIELDS = 500
MOST_CHARACTERS = 5_000
SHAPE = "[A-Za-z0-9_-]{1,250}"  # of the name of a catalog or field, and of the id of an item
NAME = re.compile(SHAPE)
_TEXTS = {TypeKind.STRING, TypeKind.VARCHAR}


def catalog_problem(name: str, fields: Sequence[str]) -> str | None:
    """Say why Braze would not have such a catalog, or give None."""
    if not NAME.fullmatch(name):
        return f"`{name}` is no name of a catalog: letters, digits, - and _, at most 250"
    wrong = [field for field in fields if not NAME.fullmatch(field)]
    if wrong:
        return f"`{wrong[0]}` is no field of a catalog: letters, digits, - and _, at most 250"
    if len(fields) >= MOST_FIELDS:
        return f"a catalog has at most {MOST_FIELDS} fields, its id among them"
    return None


class CatalogChannel:
    """Items to `/catalogs/{catalog}/items`."""

    array = ARRAY

    def __init__(self, catalog: str, fields: Sequence[Attribute]) -> None:
        problem = catalog_problem(catalog, [one.name for one in fields if one.name != ITEM])
        if problem is not None:
            raise ProjectError(problem, hint="rename it in the query")
        nested = [one.name for one in fields if one.type.kind is TypeKind.JSON]
        if nested:
            raise ProjectError(
                f"the field {nested[0]} is an array or an object, and items hold single values",
                hint="cast it to a text in the query, or leave it out",
            )
        self._path = f"/catalogs/{catalog}/items"
        self._fields = tuple(fields)

    def prepare(self, engine: Engine, relation: str) -> Prepared:
        """Validate and normalise items."""
        return prepare_rows(engine, relation, self._fields, _rule, shape=SHAPE)

    def cut(self, engine: Engine, changes: str, known: str | None = None) -> Cut:
        """Write items, and pack them by 50 and by what becomes of them."""
        del known  # nothing is merged here
        fields = read_fields(engine.relation_columns(changes), self._fields)
        return cut_addressed(
            engine,
            changes,
            stem=changes,
            address=Address(
                method=_method(),
                path=literal(self._path),
                opening=literal(f'{{"{ARRAY}":['),
                closing=literal("]}"),
            ),
            written_as=_item(fields),
            costs=FREE,
            packing=Packing(opening="", closing="", max_objects=MOST_ITEMS),
        )

    def price(self, engine: Engine, cut: str) -> Price:
        """Say what a cut relation costs: requests, and no data points."""
        return price_cut(engine, cut, read_fields(engine.relation_columns(cut), self._fields))

    def preludes(self, price: Price, *, now: datetime) -> Sequence[Request]:
        """Catalogs are made in Braze: nothing comes before."""
        del price, now
        return ()

    def requests(self, engine: Engine, cut: str, first: int, last: int) -> Mapping[int, Request]:
        """Write the requests of a range of chunks."""
        return read_addressed(engine, cut, first, last, array=ARRAY)


def _method() -> exp.Expr:
    return formula(
        "CASE WHEN NOT :moved THEN 'PATCH' WHEN :it IS NULL THEN 'DELETE' ELSE 'PUT' END",
        moved=changed(ITEM),
        it=column(ITEM),
    )


def _item(fields: Fields) -> exp.Expr:
    """Write an item: its id, and its changed fields; of a deleted one the id alone."""
    deleted = formula(":moved AND :it IS NULL", moved=changed(ITEM), it=column(ITEM))
    members = [
        formula(
            "CASE WHEN :changed AND NOT :deleted THEN :member END",
            changed=changed(attribute.name),
            deleted=deleted,
            member=member(attribute.name, encode(column(attribute.name), held)),
        )
        for attribute, held in fields.attributes
        if attribute.name != ITEM
    ]
    identified = member(ITEM, encode_text(column("_identifier")))
    joined = call("concat_ws", literal(","), identified, *members)
    return formula("'{' || :members || '}'", members=joined)


def _rule(attribute: Attribute, held: FieldType) -> Rule:
    """Keep texts of up to 5,000 characters; other types as attributes are kept."""
    if held.kind not in _TEXTS:
        return type_rule(attribute, held)
    too_long = formula("length(:value) > :most", most=literal(MOST_CHARACTERS))
    return Rule(
        normal=formula("nfc_normalize(CAST(:value AS VARCHAR))", value=VALUE),
        problems=(Problem(too_long, f"longer than {MOST_CHARACTERS} characters"),),
    )
