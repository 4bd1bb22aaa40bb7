"""How many rows of a table fail each of its tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from onefold.c360.model import Model, ModelTest, OnFail, Rule
from onefold.errors import Place, UnknownReference, nearest
from onefold.model import TableName
from onefold.warehouse import Engine, column, literal, relation

__all__ = ["CheckResult", "check", "check_queries"]

Resolver = Callable[[TableName], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What became of one test.

    Attributes:
        table: the model's name.
        test: the test, as people say it: `unique(person_id)`.
        failed_rows: rows that fail; 0 is a pass.
        on_fail: what the run is asked to do about it.
    """

    table: str
    test: str
    failed_rows: int
    on_fail: OnFail


def check(
    engine: Engine, model: Model, rows: str, tables: Resolver = str
) -> tuple[CheckResult, ...]:
    """Run a model's tests on its built relation. Failing raises nothing: the run decides.

    Args:
        engine: where the relations are.
        model: the model.
        rows: the relation that `build` returned.
        tables: gives the relation of a table that a `relationships` test looks in.

    Raises:
        UnknownReference: a test names a column that the table lacks.
    """
    _columns_exist(engine, model, rows)
    return tuple(
        CheckResult(
            table=model.name,
            test=str(test),
            failed_rows=int(engine.scalar(query)),
            on_fail=model.on_fail,
        )
        for test, query in check_queries(model, rows, tables)
    )


def check_queries(
    model: Model, rows: str, tables: Resolver = str
) -> tuple[tuple[ModelTest, exp.Select], ...]:
    """Give each test with the query that counts the rows failing it."""
    return tuple((test, _failing(test, relation(rows), tables)) for test in model.tests)


def _columns_exist(engine: Engine, model: Model, rows: str) -> None:
    known = {found.name.lower() for found in engine.relation_columns(rows)}
    for test in model.tests:
        for name in test.columns:
            if name not in known:
                close = nearest(name, known)
                raise UnknownReference(
                    f"{test} names a column that {model.name} lacks"
                    + (f"; nearest: {close}" if close else ""),
                    hint="the header's tests name columns of the SELECT below it",
                    where=Place(model.file),
                )


def _failing(test: ModelTest, rows: exp.Table, tables: Resolver) -> exp.Select:
    if test.rule is Rule.UNIQUE:
        return _repeated(test, rows)
    return exp.select(exp.Count(this=exp.Star())).from_(rows).where(_fails(test, tables))


def _fails(test: ModelTest, tables: Resolver) -> exp.Expr:
    (name,) = test.columns
    value = column(name)
    if test.rule is Rule.NOT_NULL:
        return value.is_(exp.null())
    filled = value.is_(exp.null()).not_()
    if test.rule is Rule.ACCEPTED_VALUES:
        accepted = [literal(accepted) for accepted in test.values]
        return exp.and_(filled, exp.In(this=value, expressions=accepted).not_())
    return exp.and_(filled, _known_values(test, tables, value).not_())


def _known_values(test: ModelTest, tables: Resolver, value: exp.Expr) -> exp.In:
    if test.table is None:
        raise ValueError("a relationships test names a table")
    there = exp.select(column(test.column)).from_(relation(tables(test.table)))
    there = there.where(column(test.column).is_(exp.null()).not_())
    return exp.In(this=value, query=exp.Subquery(this=there))


def _repeated(test: ModelTest, rows: exp.Table) -> exp.Select:
    """Count the rows whose key another row has as well."""
    key = [column(name) for name in test.columns]
    filled = exp.and_(*(part.is_(exp.null()).not_() for part in key))
    groups = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(rows).where(filled)
    groups = groups.group_by(*key).having(exp.column("n") > 1)
    total = exp.Coalesce(this=exp.Sum(this=exp.column("n")), expressions=[exp.Literal.number(0)])
    return exp.select(total).from_(groups.subquery("repeated"))
