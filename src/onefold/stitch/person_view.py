"""Landed relations with their `person_id`: what later tables join customers by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from onefold.model import FeedField, RecordShape
from onefold.stitch.normal import normal_email, normal_key
from onefold.warehouse import ident, literal

__all__ = ["person_view"]

LANDED = "landed"
UNIFIED = exp.table_("unified_coalesced", db="stitch")
KEY_PERSONS = exp.table_("key_persons", db="stitch")
PERSON = "person_id"


def person_view(shape: RecordShape) -> exp.Select:
    """Give the SELECT of a landed relation's columns and `person_id` (VARCHAR, NULL if unknown).

    A profile takes the person that its record was folded into; `attach` the one of the first of
    its `fk-` and e-mail fields, in declared order, that leads to exactly one person; a source
    that is already resolved its own field; any other NULL.

    The caller binds `landed.<source>`, `stitch.unified_coalesced` and `stitch.key_persons`.
    """
    if shape.person_id is not None:
        return _with_person(shape, _text(shape.person_id))
    if shape.stitch == "profile":
        return _of_profile(shape)
    if shape.stitch == "attach":
        return _of_keys(shape, [field for field in shape.fields if _leads_to_person(field)])
    return _with_person(shape, _no_person())


def _of_profile(shape: RecordShape) -> exp.Select:
    same_record = exp.and_(
        _column("unified", "datasource").eq(literal(shape.source)),
        _column("unified", "pk").eq(_column("record", "_key")),
    )
    return _with_person(shape, _column("unified", PERSON)).join(
        exp.alias_(UNIFIED.copy(), "unified", table=True), on=same_record, join_type="left"
    )


def _of_keys(shape: RecordShape, fields: Sequence[FeedField]) -> exp.Select:
    aliases = [f"key_{position}" for position, _ in enumerate(fields)]
    persons = [_column(alias, PERSON) for alias in aliases]
    select = _with_person(shape, exp.func("coalesce", *persons) if persons else _no_person())
    for alias, field in zip(aliases, fields, strict=True):
        same_value = exp.and_(
            _column(alias, "tag").eq(literal(field.tag)),
            _column(alias, "value").eq(_normal(field)),
        )
        select = select.join(
            exp.alias_(KEY_PERSONS.copy(), alias, table=True), on=same_value, join_type="left"
        )
    return select


def _leads_to_person(field: FeedField) -> bool:
    return field.tag is not None and (field.tag == "email" or field.tag.startswith("fk-"))


def _normal(field: FeedField) -> exp.Expr:
    column = _column("record", field.name)
    return normal_email(column) if field.tag == "email" else normal_key(column)


def _with_person(shape: RecordShape, person: exp.Expr) -> exp.Select:
    """Every column of the landed relation but one called `person_id`, and ours."""
    everything = exp.Column(this=exp.Star(), table=ident("record"))
    if any(field.name == PERSON for field in shape.fields):
        everything.this.set("except_", [ident(PERSON)])
    landed = exp.alias_(exp.table_(ident(shape.source), db=LANDED), "record", table=True)
    return exp.select(everything, exp.alias_(person, PERSON)).from_(landed)


def _text(field: str) -> exp.Expr:
    return exp.cast(_column("record", field), "VARCHAR", dialect="duckdb")


def _no_person() -> exp.Expr:
    return exp.cast(exp.null(), "VARCHAR", dialect="duckdb")


def _column(table: str, name: str) -> exp.Column:
    return exp.column(ident(name), table=table)
