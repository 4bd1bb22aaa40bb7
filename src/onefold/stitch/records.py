"""All profile records under one set of columns, whatever their sources call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from onefold.model import FeedField, RecordShape, TypeKind
from onefold.stitch.normal import clean_text, normal_key
from onefold.stitch.semantics import PROFILE_COLUMNS, profile_tag
from onefold.warehouse import Engine, ident, literal

__all__ = ["gather_keys", "gather_records"]

_NOTHING = RecordShape(source="", fields=())  # for a project without profiles
_INSTANTS = {TypeKind.DATE, TypeKind.DATETIME}


def gather_records(
    engine: Engine, records: Sequence[tuple[RecordShape, str]], keys: Mapping[str, str]
) -> int:
    """Write `_stitch_records`: rid, datasource, pk, the profile columns, one column a key tag.

    `rid` numbers the records from 0 in no particular order; it means nothing beyond this run.
    """
    engine.table("_stitch_nothing", "SELECT '' AS _key LIMIT 0")
    parts = [
        _unified(shape, name, keys) for shape, name in records or [(_NOTHING, "_stitch_nothing")]
    ]
    union = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    numbered = exp.select("row_number() OVER () - 1 AS rid", "*", dialect="duckdb")
    return engine.table("_stitch_records", numbered.from_(union.subquery("every_record")))


def gather_keys(engine: Engine, keys: Mapping[str, str]) -> None:
    """Write `_stitch_keys`: rid, tag, value (normalised): one row a key that a record bears."""
    parts = [_key_values(tag, column) for tag, column in keys.items()]
    if not parts:
        engine.table("_stitch_keys", "SELECT 0 AS rid, '' AS tag, '' AS value LIMIT 0")
        return
    engine.table("_stitch_keys", exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0])


def _key_values(tag: str, column: str) -> exp.Select:
    value = normal_key(exp.column(ident(column)))
    return (
        exp.select("rid", exp.alias_(literal(tag), "tag"), exp.alias_(value, "value"))
        .from_("_stitch_records")
        .where(value.copy().is_(exp.null()).not_())
    )


def _unified(shape: RecordShape, relation: str, keys: Mapping[str, str]) -> exp.Select:
    columns = [
        exp.alias_(literal(shape.source), "datasource"),
        exp.alias_(exp.column(ident("_key")), "pk"),
        *(
            exp.alias_(_value(_source_field(shape, name), engine_type), ident(name))
            for name, engine_type in PROFILE_COLUMNS.items()
        ),
        *(
            exp.alias_(_value(shape.tagged(tag), "VARCHAR"), ident(column))
            for tag, column in keys.items()
        ),
    ]
    return exp.select(*columns).from_(exp.to_table(relation, dialect="duckdb"))


def _source_field(shape: RecordShape, column: str) -> FeedField | None:
    field = shape.tagged(profile_tag(column))
    if field is None and column == "update_dt" and shape.last_updated is not None:
        return next(
            (f for f in shape.fields if f.name == shape.last_updated and f.type.kind in _INSTANTS),
            None,
        )
    return field


def _value(field: FeedField | None, engine_type: str) -> exp.Expr:
    if field is None:
        return exp.cast(exp.null(), engine_type, dialect="duckdb")
    column = exp.column(ident(field.name))
    if engine_type == "VARCHAR":
        return clean_text(column)
    return exp.TryCast(this=column, to=exp.DataType.build(engine_type, dialect="duckdb"))
