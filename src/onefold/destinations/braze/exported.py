"""`/users/export/ids`: what Braze holds, asked for and read as the ledger holds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson
from sqlglot import exp

from onefold.destinations.braze.standard_fields import STANDARD_FIELDS
from onefold.destinations.formulas import formula
from onefold.destinations.request import Request
from onefold.model import Column, FieldType, IdentifierKind, TypeKind, element_of
from onefold.warehouse import Engine, call, column, ident, literal, relation

__all__ = [
    "IdentitiesReader",
    "export_request",
    "exportable",
    "most_exported",
    "read_exported",
]

MOST_EXPORTED = 50  # users a request

# Standard fields that Braze exports under their own name, as it stores them. `time_zone` is none of
# them: Braze may show another name of the same zone.
_EXPORTED = frozenset({"country", "dob", "email", "email_subscribe", "first_name", "gender"}) | {
    *("home_city", "language", "last_name", "phone", "push_subscribe")
}
_NUMBERS = ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE")
_WHOLE = ("BIGINT", "UBIGINT", "HUGEINT")


def most_exported(kind: IdentifierKind) -> int:
    """Give how many users one request may ask for."""
    return 1 if kind is IdentifierKind.BRAZE_ID else MOST_EXPORTED


_VALUES = (*sorted(_EXPORTED), "custom_attributes")


def export_request(
    kind: IdentifierKind, identifiers: Sequence[str], fields: Sequence[str] = _VALUES
) -> Request:
    """Ask for users: their identifiers, and these fields."""
    asked: dict[str, object]
    match kind:
        case IdentifierKind.EXTERNAL_ID:
            asked = {"external_ids": list(identifiers)}
        case IdentifierKind.USER_ALIAS:
            asked = {"user_aliases": [orjson.Fragment(alias) for alias in identifiers]}
        case IdentifierKind.BRAZE_ID:  # the only one of which a request takes no list
            (identifier,) = identifiers
            asked = {"braze_id": identifier}
    key = "user_aliases" if kind is IdentifierKind.USER_ALIAS else kind.value
    asked_fields = list(dict.fromkeys((key, *fields)))
    return Request(
        path="/users/export/ids",
        body=orjson.dumps({**asked, "fields_to_export": asked_fields}),
        arrays={next(iter(asked)): len(identifiers)},
        reads=True,
    )


def exportable(fields: Sequence[Column]) -> tuple[Column, ...]:
    """Give the fields that can be read back: custom attributes, and what Braze exports by name.

    Nested values are none, for how Braze exports times inside them is not documented; and elements
    of arrays that others may fill too.
    """
    return tuple(
        field
        for field in fields
        if (field.name not in STANDARD_FIELDS or field.name in _EXPORTED)
        and (held := FieldType.of_engine(field.engine_type)) is not None
        and held.kind is not TypeKind.JSON
        and element_of(field.name) is None
    )


def read_exported(
    engine: Engine,
    kind: IdentifierKind,
    answers: str,
    fields: Sequence[Column],
    *,
    held_as: Callable[[str], exp.Expr] | None = None,
    result: str,
) -> None:
    """Make the table `result` of profiles that were looked up.

    A row an identifier asked for: `_identifier`, `_found` BOOLEAN, `_unreadable` VARCHAR[] (fields
    whose value in Braze is not of the field's type) and the fields; NULL is no value.

    Args:
        engine: where the relations are.
        kind: what they were looked up by.
        answers: `asked` VARCHAR[] and `body` VARCHAR, a row a request.
        fields: see `exportable`; types are those of the ledger.
        held_as: gives a field's value as JSON, over `u.profile`; that of an attribute when absent.
        result: the name of the table.
    """
    asked = exp.select(call("unnest", column("asked")).as_("_identifier")).from_(relation(answers))
    users = formula("CAST(json_extract(body, '$.users') AS JSON[])")
    profiles = exp.select(call("unnest", users).as_("profile")).from_(relation(answers))
    found = exp.select("profile", _identifiers(kind).as_("_identifier")).from_(
        profiles.subquery("p")
    )
    same = column("_identifier", "u").eq(column("_identifier", "a"))
    values, unreadable = [], []
    for field in fields:
        held = (held_as or _attribute)(field.name)
        value = _value(held, field.engine_type)
        values.append(value.as_(ident(field.name)))
        odd = formula(
            "CASE WHEN coalesce(json_type(:held), 'NULL') <> 'NULL' AND :value IS NULL "
            "THEN :name END",
            held=held,
            value=value,
            name=literal(field.name),
        )
        unreadable.append(odd)
    names = formula(
        "list_filter(:items, lambda x : NOT x IS NULL)", items=exp.Array(expressions=unreadable)
    )
    engine.table(
        result,
        exp.select(column("_identifier", "a"))
        .select(formula("NOT u.profile IS NULL").as_("_found"), names.as_("_unreadable"), *values)
        .from_(asked.subquery("a"))
        .join(found.subquery("u"), on=same, join_type="left"),
    )


class IdentitiesReader:
    """Reads back what users are called besides; see `ReadsBack`."""

    def __init__(self, identifier: IdentifierKind) -> None:
        self._identifier = identifier
        self.most_looked_up = most_exported(identifier)

    def look_up(self, identifiers: Sequence[str]) -> Request:
        """Ask for the identifiers of users."""
        return export_request(self._identifier, identifiers, ("external_id", "user_aliases"))

    def readable(self, fields: Sequence[Column]) -> tuple[Column, ...]:
        """Give the fields: Braze shows all identifiers."""
        return tuple(fields)

    def read_back(
        self, engine: Engine, answers: str, fields: Sequence[Column], *, result: str
    ) -> None:
        """Read exported users into a table."""
        by_alias = self._identifier is IdentifierKind.USER_ALIAS
        held_as = _external_id if by_alias else _alias_name
        read_exported(engine, self._identifier, answers, fields, held_as=held_as, result=result)


def _attribute(name: str) -> exp.Expr:
    return formula("json_extract(u.profile, :path)", path=literal(_path(name)))


def _external_id(_name: str) -> exp.Expr:
    return formula("json_extract(u.profile, '/external_id')")


def _alias_name(label: str) -> exp.Expr:
    return formula(
        "json_extract(list_filter(CAST(json_extract(u.profile, '/user_aliases') AS JSON[]), "
        "lambda a : json_extract_string(a, '/alias_label') = :label)[1], '/alias_name')",
        label=literal(label),
    )


def _identifiers(kind: IdentifierKind) -> exp.Expr:
    """Give the identifier of a profile, as the ledger writes it; a row each of several aliases."""
    if kind is not IdentifierKind.USER_ALIAS:
        return formula("json_extract_string(profile, :path)", path=literal(f"/{kind}"))
    parts: list[exp.Expr] = []
    for name in kind.columns:
        value = formula("json_extract_string(a, :path)", path=literal(f"/{name}"))
        parts += [literal(name), value]
    packed = exp.cast(call("json_object", *parts), "VARCHAR")
    aliases = formula("CAST(json_extract(profile, '/user_aliases') AS JSON[])")
    return formula(
        "unnest(list_transform(:aliases, lambda a : :packed))", aliases=aliases, packed=packed
    )


def _path(name: str) -> str:
    """Point at a field of a profile (RFC 6901)."""
    escaped = name.replace("~", "~0").replace("/", "~1")
    return f"/{escaped}" if name in STANDARD_FIELDS else f"/custom_attributes/{escaped}"


def _value(held: exp.Expr, engine_type: str) -> exp.Expr:
    """Read a JSON value as a field's type; NULL when it is none of that type."""
    type_ = FieldType.of_engine(engine_type)
    text = formula("json_extract_string(:held, '$')", held=held)
    match type_.kind if type_ else TypeKind.STRING:
        case TypeKind.BOOLEAN:
            return _as(held, text, "BOOLEAN", ("BOOLEAN",))
        case TypeKind.INTEGER:
            return _as(held, text, engine_type, _WHOLE)
        case TypeKind.FLOAT | TypeKind.DECIMAL:
            return _as(held, text, engine_type, _NUMBERS)
        case TypeKind.DATE:  # a custom attribute is a time at midnight UTC, `dob` a date alone
            day = formula("left(:text, 10)", text=text)
            return _as(held, day, "DATE", ("VARCHAR",))
        case TypeKind.DATETIME:
            return _as(held, text, "TIMESTAMPTZ", ("VARCHAR",))
        case _:
            return _as(held, text, "VARCHAR", ("VARCHAR",))


def _as(held: exp.Expr, text: exp.Expr, engine_type: str, json_types: Sequence[str]) -> exp.Expr:
    known = exp.In(
        this=formula("json_type(:held)", held=held), expressions=[literal(t) for t in json_types]
    )
    cast = exp.TryCast(this=text, to=exp.DataType.build(engine_type, dialect="duckdb"))
    return exp.case().when(known, cast)
