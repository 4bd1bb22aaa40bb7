"""The room's verbs: name the standard models, and build one model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlglot import exp

from onefold.c360.config import MergeSettings
from onefold.c360.itemized_transactions import LINE_NOTES, itemized_transactions
from onefold.c360.merged_customers import key_columns, merged_customers, merged_customers_notes
from onefold.c360.model import Model, key_tests
from onefold.c360.transaction_attributes import transaction_attributes, window_notes
from onefold.c360.unified_coalesced import unified_coalesced, unified_coalesced_notes
from onefold.errors import SqlError
from onefold.model import RecordShape, TableName
from onefold.warehouse import (
    ColumnNote,
    Engine,
    UserSql,
    Value,
    bind,
    column,
    described_columns,
    explain_sql_error,
    fixed_sql,
    parse_user_sql,
)

__all__ = ["build", "build_query", "standard_models"]


def standard_models(
    shapes: Sequence[RecordShape],
    *,
    merge: MergeSettings | None = None,
    compat_amperity: bool = False,
) -> tuple[Model, ...]:
    """Return the standard models of a project, in no order.

    They read `stitch.unified_coalesced` and the landed sources with `txn-item/` tags, by their ids.

    Args:
        shapes: all sources of the project.
        merge: which record gives a person's columns.
        compat_amperity: give each table that has a `person_id` a column `amperity_id` as well.

    Raises:
        ProjectError: a source's tags for transactions do not fit; see `itemized_transactions`.
    """
    keys = key_columns(shapes)
    models = (
        _standard(
            "unified_coalesced",
            unified_coalesced(),
            grain="One row per record of a person, with the person it was found to be of",
            key=("datasource", "pk"),
            notes=unified_coalesced_notes(keys),
            passes_on=True,
        ),
        _standard(
            "merged_customers",
            merged_customers(keys, merge or MergeSettings()),
            grain="One row per person; columns that belong together come from one record",
            key=("person_id",),
            notes=merged_customers_notes(keys),
        ),
        _standard(
            "unified_itemized_transactions",
            itemized_transactions(shapes),
            grain="One row per line of an order",
            key=("datasource", "pk"),
            notes=LINE_NOTES,
        ),
        _standard(
            "unified_transactions",
            fixed_sql("onefold.c360", "unified_transactions"),
            grain="One row per order of a source",
            key=("datasource", "order_id"),
        ),
        _standard(
            "transaction_attributes_extended",
            transaction_attributes(),
            grain="One row per person with at least one order",
            key=("person_id",),
            notes=tuple(window_notes()),
        ),
    )
    return tuple(map(_with_amperity_id, models)) if compat_amperity else models


def build(
    engine: Engine,
    model: Model,
    *,
    as_of: datetime,
    variables: Mapping[str, Value],
    tables: Mapping[TableName, str] | Callable[[TableName], str] = str,
) -> str:
    """Compute a model into a temporary relation of the engine, and return its name.

    A model that only passes rows on becomes a view. `Engine.drop` lets go of either.

    Args:
        engine: holds the relations that the model reads; its zone gives `:today` its day.
        model: the model.
        as_of: the run's instant.
        variables: values of `:name`.
        tables: the relation of each table; by default its full name, `schema.name`.

    Raises:
        SqlError: the engine refuses the query, or a `:name` has no value; with file:line:column.
        UnknownReference: a table has no relation.
    """
    query = build_query(
        model, as_of=as_of, timezone=engine.settings.timezone, variables=variables, tables=tables
    )
    relation = f"c360_{model.name}"

    def columns_of(table: TableName) -> list[str]:
        there = tables(table) if callable(tables) else tables[table]
        return [found.name for found in engine.relation_columns(there)]

    try:
        if model.passes_on:
            engine.view(relation, query)
        else:
            engine.table(relation, query)
    except SqlError as error:
        raise explain_sql_error(error, model.sql, columns_of) from error.__cause__
    return relation


def build_query(
    model: Model,
    *,
    as_of: datetime,
    timezone: str,
    variables: Mapping[str, Value],
    tables: Mapping[TableName, str] | Callable[[TableName], str] = str,
) -> exp.Query:
    """Return the query that `build` runs; `Engine.columns` of it checks a model without rows."""
    return bind(model.sql, as_of=as_of, timezone=timezone, variables=variables, tables=tables)


def _standard(
    name: str,
    query: exp.Expr,
    *,
    grain: str,
    key: tuple[str, ...],
    notes: tuple[ColumnNote, ...] = (),
    passes_on: bool = False,
) -> Model:
    """Give a standard query the way of all SQL: through the fence, with its parameters named."""
    sql = _parsed(name, query)
    return Model(
        name=name,
        file=sql.source.file,
        sql=sql,
        grain=grain,
        primary_key=key,
        tests=key_tests(key),
        columns=(*described_columns(sql), *notes),
        standard=True,
        passes_on=passes_on,
    )


def _with_amperity_id(model: Model) -> Model:
    """Add the column that SQL brought along asks for."""
    inner = model.sql.tree.copy().subquery("standard")
    query = exp.select("*", column("person_id").as_("amperity_id")).from_(inner)
    note = ColumnNote(name="amperity_id", description="The person, as Amperity names the column")
    return replace(model, sql=_parsed(model.name, query), columns=(*model.columns, note))


def _parsed(name: str, query: exp.Expr) -> UserSql:
    return parse_user_sql(query.sql(dialect="duckdb", pretty=True), file=f"standard/{name}.sql")
