"""Changes to requests: each row's JSON object, its price, its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from onefold.destinations.columns import Fields
from onefold.destinations.encode import encode
from onefold.destinations.formulas import formula, statement
from onefold.destinations.joining import join_objects
from onefold.destinations.nested import install_nested
from onefold.destinations.port import Cut
from onefold.model import FieldType, element_of
from onefold.warehouse import Engine, call, column, literal, relation, select

__all__ = [
    "Packing",
    "changed",
    "cut_changes",
    "member",
    "object_text",
    "pack",
    "priced",
    "read_bodies",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Packing:
    """How objects become requests.

    Attributes:
        opening: what a body begins with.
        closing: what it ends with.
        max_objects: objects in one request.
        max_object_bytes: a longer object is refused.
        max_body_bytes: a longer body is cut in pieces.
    """

    opening: str
    closing: str
    max_objects: int = 75
    max_object_bytes: int = 100_000
    max_body_bytes: int = 3_800_000

    @property
    def room_bytes(self) -> int:
        """Bytes for objects, each with its comma."""
        return self.max_body_bytes - len(self.opening.encode()) - len(self.closing.encode())


def cut_changes(
    engine: Engine,
    changes: str,
    *,
    written_as: exp.Expr,
    costs: exp.Expr,
    packing: Packing,
    source: exp.Select | None = None,
) -> Cut:
    """Cut changes into requests; see `Channel.cut`.

    Args:
        engine: where the changes live.
        changes: see `Channel.cut`.
        written_as: a row's JSON object.
        costs: what each changed cell of a row costs, an INTEGER[] in the order of `_changed`.
        packing: how objects become requests.
        source: the changes with what the object and the costs read besides; as they are if absent.
    """
    install_nested(engine)
    held = [column(one.name) for one in engine.relation_columns(changes)]
    read = exp.select("*").from_(relation(changes)) if source is None else source
    told = exp.select(*held, written_as.as_("_object"), *priced(costs))
    return pack(
        engine,
        changes,
        rows=told.from_(read.subquery("changed")),
        into="chunks",
        packing=packing,
        max_bytes=packing.room_bytes,
        stride=packing.room_bytes - packing.max_object_bytes - 1,
    )


def pack(
    engine: Engine, stem: str, *, rows: exp.Query, into: str, packing: Packing, **more: int
) -> Cut:
    """Refuse what is too long, and give the other rows their places in requests.

    Args:
        engine: where the rows are; makes `<stem>_cut` and `<stem>_too_large`.
        stem: of the names of the tables made.
        rows: the changes, each with `_object`.
        into: the statement of `sql/` that deals them.
        packing: how objects become requests.
        more: what else the statement asks for.
    """
    cut, refusals = f"{stem}_cut", f"{stem}_too_large"
    with engine.scratch("written") as (written,):
        engine.table(written, rows)
        engine.table(refusals, _refuse_too_large(written, packing))
        dealt = statement(
            into,
            {"written": written},
            max_objects=packing.max_objects,
            max_object_bytes=packing.max_object_bytes,
            **more,
        )
        engine.table(cut, dealt)
    return Cut(relation=cut, refusals=refusals)


def priced(costs: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Give the columns that say what a row costs: `_costs` of each changed cell, `_points` of all.

    Args:
        costs: see `cut_changes`.
    """
    points = formula("CAST(coalesce(list_sum(:costs), 0) AS INTEGER)", costs=costs)
    return costs.as_("_costs"), points.as_("_points")


def read_bodies(
    engine: Engine, cut: str, first: int, last: int, packing: Packing
) -> Iterator[tuple[int, int, bytes]]:
    """Write the bodies of a range of chunks: each with its chunk and how many rows it holds."""
    query = statement("bodies", {"cut": cut}, first=first, last=last)
    opening, closing = packing.opening.encode(), packing.closing.encode()
    for one in join_objects(engine.arrow(query)):
        yield one.first["chunk"], one.rows, opening + one.objects + closing


def object_text(
    identified: exp.Expr,
    fields: Fields,
    *extra: exp.Expr,
    texts: Mapping[str, exp.Expr] = MappingProxyType({}),
) -> exp.Expr:
    """Give a row's JSON object: its identifier, the changed fields, then further members.

    Args:
        identified: the member that says whose it is, a text such as `"external_id":"77"`.
        fields: the columns of the changes.
        extra: further members, each a text such as `"key":true`.
        texts: by field, its JSON text where it is not simply the value's; NULL for null.
    """
    members = [
        identified,
        *(
            formula(
                "CASE WHEN :changed THEN :member END",
                changed=changed(attribute.name),
                member=member(attribute.name, _value_text(attribute.name, held, texts)),
            )
            for attribute, held in fields.attributes
            if element_of(attribute.name) is None
        ),
        *_arrays([attribute.name for attribute, _ in fields.attributes]),
        *extra,
    ]
    joined = call("concat_ws", literal(","), *members)
    return formula("'{' || :members || '}'", members=joined)


def _value_text(name: str, held: FieldType, texts: Mapping[str, exp.Expr]) -> exp.Expr:
    if name in texts:
        return call("coalesce", texts[name], literal("null"))
    return encode(column(name), held)


def _arrays(names: Sequence[str]) -> Iterator[exp.Expr]:
    """Write a person's changed elements of an array as one `"array":{"add":[…],"remove":[…]}`."""
    elements: dict[str, dict[str, str]] = {}
    for name in names:
        if found := element_of(name):
            elements.setdefault(found[0], {})[name] = found[1]
    for array, texts in elements.items():
        lists = [
            formula("CASE WHEN :list <> '' THEN :order || :list || ']' END", list=one, order=order)
            for order, one in (
                (literal('"add":['), _elements(texts, ":changed AND NOT :value IS NULL")),
                (literal('"remove":['), _elements(texts, ":changed AND :value IS NULL")),
            )
        ]
        orders = call("concat_ws", literal(","), *lists)
        told = formula("'{' || :orders || '}'", orders=orders)
        yield formula(
            "CASE WHEN :orders <> '' THEN :member END", orders=orders, member=member(array, told)
        )


def _elements(texts: Mapping[str, str], condition: str) -> exp.Expr:
    """List the elements, as JSON, for whose cell a condition holds."""
    told = [
        exp.case().when(
            formula(condition, changed=changed(name), value=column(name)), literal(_json_text(text))
        )
        for name, text in texts.items()
    ]
    return call("concat_ws", literal(","), *told)


def member(key: str, value: exp.Expr) -> exp.Expr:
    """Give `"key":value`."""
    return formula(":key || :value", key=literal(f"{_json_text(key)}:"), value=value)


def changed(name: str) -> exp.Expr:
    """Tell whether a field of a change is to be sent."""
    return formula("list_contains(_changed, :name)", name=literal(name))


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse_too_large(written: str, packing: Packing) -> exp.Select:
    """Select the rows whose JSON is too long, as refusals of them."""
    too_large = formula("strlen(_object) > :most", most=literal(packing.max_object_bytes))
    return select(
        "_identifier",
        "_person_id",
        "CAST(NULL AS VARCHAR) AS field",
        "'object_too_large' AS reason",
        source=written,
    ).where(too_large)
