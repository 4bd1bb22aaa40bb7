"""What the columns of events and purchases mean to Braze, and which of them it cannot take.

A few columns are members of the request object (`time`, `price`…), one names the profile, those
that name it otherwise are dropped, and every other column is a property under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from onefold.destinations.braze.currencies import CURRENCIES
from onefold.destinations.config import Attribute
from onefold.destinations.formulas import formula
from onefold.destinations.occurrences import ColumnProblem
from onefold.destinations.rules import Problem, Rule, one_of, text_rule, type_rule
from onefold.errors import nearest
from onefold.model import IDENTIFYING, Column, FieldType, ObjectKind, TypeKind

__all__ = [
    "IDENTIFIERS",
    "MEMBERS",
    "PROPERTY_ID",
    "Member",
    "column_problems",
    "missing",
    "property_columns",
]

PROPERTY_ID = "onefold_id"  # the id under which the ledger knows it, and Currents confirms it
IDENTIFIERS = IDENTIFYING | {"person_id", "user_alias"}
MAX_PROPERTIES = 256  # `onefold_id` is one of them
MAX_NAME_CHARACTERS = 255
MAX_QUANTITY = 10_000  # a row of more is a mistake rather than a hundred purchases of a hundred
RESERVED = frozenset({"time", "event_name", PROPERTY_ID})

_TEXT = frozenset({TypeKind.STRING, TypeKind.VARCHAR})
_CODE = _TEXT | {TypeKind.INTEGER}
_EXACT = frozenset({TypeKind.DECIMAL, TypeKind.INTEGER})
_KEY = _CODE | {TypeKind.BOOLEAN, TypeKind.DATE, TypeKind.DATETIME}


def missing(when: str = ":value IS NULL") -> Problem:
    """Refuse a row that lacks a value."""
    return Problem(formula(when), "missing")


def _named(_column: FieldType) -> Rule:
    return text_rule("trim(CAST(:value AS VARCHAR))", missing("coalesce(:value, '') = ''"))


def _app(_column: FieldType) -> Rule:
    return text_rule("nullif(trim(CAST(:value AS VARCHAR)), '')")


def _required(column: FieldType) -> Rule:
    rule = type_rule(Attribute(name="", type=column), column)
    return replace(rule, problems=(missing(), *rule.problems))


def _currency(_column: FieldType) -> Rule:
    codes = one_of(CURRENCIES, "not a currency (ISO 4217, three letters)")
    return text_rule("upper(trim(:value))", missing("coalesce(:value, '') = ''"), codes)


def _quantity(_column: FieldType) -> Rule:
    most = MAX_QUANTITY
    bad = Problem(formula(f"NOT :value BETWEEN 1 AND {most}"), f"not from 1 to {most}")
    return Rule(
        normal=formula("coalesce(:value, 1)"),
        problems=(bad,),
        stored=formula("TRY_CAST(:value AS INTEGER)"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A column that is a member of the request object.

    Attributes:
        kinds: the types that it may have.
        rule: how its values are kept, by the column's type.
        example: how a SELECT would make one.
        required: whether a table must have it.
    """

    kinds: frozenset[TypeKind]
    rule: Callable[[FieldType], Rule]
    example: str
    required: bool = True


_WHEN = Member(
    kinds=frozenset({TypeKind.DATETIME}), rule=_required, example="CAST(ordered_on AS TIMESTAMP)"
)
_APP = Member(kinds=_TEXT, rule=_app, example="'…'", required=False)

MEMBERS: Mapping[ObjectKind, Mapping[str, Member]] = {
    ObjectKind.EVENTS: {
        "name": Member(kinds=_TEXT, rule=_named, example="'order_shipped'"),
        "time": _WHEN,
        "app_id": _APP,
    },
    ObjectKind.PURCHASES: {
        "product_id": Member(kinds=_CODE, rule=_named, example="sku"),
        "currency": Member(kinds=_TEXT, rule=_currency, example="'EUR'"),
        "price": Member(kinds=_EXACT, rule=_required, example="CAST(price AS DECIMAL(12, 2))"),
        "quantity": Member(
            kinds=frozenset({TypeKind.INTEGER}),
            rule=_quantity,
            example="CAST(quantity AS INTEGER)",
            required=False,
        ),
        "time": _WHEN,
        "app_id": _APP,
    },
}


def property_columns(kind: ObjectKind, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give the columns that become properties, by name: their order in a SELECT means nothing."""
    apart = IDENTIFIERS | MEMBERS[kind].keys()
    found = (one for one in columns if one.name.lower() not in apart)
    return tuple(sorted(found, key=lambda one: one.name))


def column_problems(
    kind: ObjectKind, columns: Sequence[Column], key: Sequence[str]
) -> Iterator[ColumnProblem]:
    """Say what is wrong with the columns of a table or query, and with its key.

    Args:
        kind: events or purchases.
        columns: all of the table's.
        key: the columns that tell one row from another (`event_key`).
    """
    types = {one.name.lower(): FieldType.of_engine(one.engine_type) for one in columns}
    named = {one.name.lower(): one.engine_type for one in columns}
    for name, member in MEMBERS[kind].items():
        yield from _member(kind, name, member, types, named)
    properties = property_columns(kind, columns)
    for one in properties:
        yield from _property(one)
    if len(properties) >= MAX_PROPERTIES:
        yield ColumnProblem(
            message=f"{len(properties)} properties, and Braze keeps {MAX_PROPERTIES}, of which "
            f"{PROPERTY_ID} is one",
            hint="select fewer columns",
        )
    for at, name in enumerate(key):
        yield from _key(at, name, types, named)


def _member(
    kind: ObjectKind,
    name: str,
    member: Member,
    types: Mapping[str, FieldType | None],
    named: Mapping[str, str],
) -> Iterator[ColumnProblem]:
    if name not in types:
        if member.required:
            others = [one for one in types if one not in MEMBERS[kind]]
            close = nearest(name, others)
            yield ColumnProblem(
                message=f"there is no column {name}, which {kind} need"
                + (f"; nearest: {close}" if close else ""),
                hint=f"add it to the SELECT:  {close or member.example} AS {name}",
            )
        return
    found = types[name]
    if found is None or found.kind not in member.kinds:
        fitting = " or ".join(sorted(member.kinds - {TypeKind.VARCHAR}))
        yield ColumnProblem(
            message=f"the column {name} is of type {named[name]}, and {kind} need {fitting}",
            hint=f"cast it in the SELECT:  {member.example} AS {name}",
        )


def _property(one: Column) -> Iterator[ColumnProblem]:
    name = one.name
    if name.lower() in RESERVED:
        why = "is ours: the id of the row" if name.lower() == PROPERTY_ID else "is Braze's own"
        yield ColumnProblem(
            message=f"a property cannot be called {name}: the name {why}",
            hint="give the column another name in the SELECT, or leave it out",
        )
    elif not name.strip() or name.startswith(("$", "_")) or len(name) > MAX_NAME_CHARACTERS:
        yield ColumnProblem(
            message=f"a property cannot be called {name[:40]!r}: names have 1 to "
            f"{MAX_NAME_CHARACTERS} characters, and neither $ nor _ in front",
            hint="give the column another name in the SELECT, or leave it out",
        )
    if FieldType.of_engine(one.engine_type) is None:
        yield ColumnProblem(
            message=f"the column {name} is of type {one.engine_type}, which cannot be sent",
            hint="cast it in the SELECT to boolean, date, datetime, decimal, float, integer or "
            "string, or leave it out",
        )


def _key(
    at: int, name: str, types: Mapping[str, FieldType | None], named: Mapping[str, str]
) -> Iterator[ColumnProblem]:
    known = name.lower() in types
    if not known:
        close = nearest(name, types)
        yield ColumnProblem(
            message=f"there is no column {name} for the event_key"
            + (f"; nearest: {close}" if close else ""),
            hint="event_key names the columns that tell one row from every other",
            key=at,
        )
        return
    found = types[name.lower()]
    if found is None or found.kind not in _KEY:
        yield ColumnProblem(
            message=f"the column {name} of the event_key is of type {named[name.lower()]}, which "
            "has no exact text",
            hint="cast it in the SELECT to a string or an integer",
            key=at,
        )
