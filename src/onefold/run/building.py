"""Customer 360: the standard tables and the project's own, in order, each with its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from onefold.c360 import (
    CheckResult,
    Model,
    OnFail,
    build,
    build_query,
    check,
    order,
    project_model,
    standard_models,
)
from onefold.errors import CheckFailed, OnefoldError, Place
from onefold.model import Column, TableName
from onefold.project import SqlFile
from onefold.run.context import Walk
from onefold.run.user_queries import user_query
from onefold.segments import PERSONS, Grain, TableShape
from onefold.warehouse import relation

__all__ = ["bind_models", "build_tables", "models_of", "offer_to_segments", "run_project_tests"]


def models_of(walk: Walk) -> tuple[Model, ...]:
    """Give all models of the project, in the order in which they are built.

    Raises:
        ProjectError: a header is wrong, or tables read each other in a circle.
        SqlError, UnknownReference: a query is refused, or reads what does not exist.
    """
    project = walk.project
    standard = standard_models(walk.shapes, compat_amperity=project.settings.compat == "amperity")
    own = [_model(file, project.settings.dialect) for file in project.tables.values()]
    sources = {TableName("main", name) for name in project.sources}
    stitched = {TableName("stitch", "unified_coalesced")}
    return order([*standard, *own], known=sources | stitched)


def build_tables(walk: Walk) -> None:
    """Build every model, test it, and record it as the run's own table."""
    walk.models = models_of(walk)
    for model in walk.models:
        if model.passes_on:
            walk.tables.name(model.table, _query(walk, model))
        elif walk.steps.done("c360", model.name) is None:
            _build(walk, model)
    run_project_tests(walk)
    offer_to_segments(walk)


def bind_models(walk: Walk) -> None:
    """Make the models of a published snapshot readable, without building anything."""
    walk.models = models_of(walk)
    for model in walk.models:
        if model.passes_on:
            walk.tables.name(model.table, _query(walk, model))
        elif walk.tables.get(model.table) is None:
            raise OnefoldError(
                f"table {model.name} is not built yet",
                hint="build it: onefold run --no-send",
                where=Place(model.file),
            )
    offer_to_segments(walk)


def offer_to_segments(walk: Walk) -> None:
    """List the tables that rules may read: those with a person, unless they say otherwise."""
    for model in walk.models:
        if not model.segments:
            continue
        columns = walk.columns(str(model.table))
        if "person_id" in {column.name for column in columns}:
            grain = Grain.PERSON if model.primary_key == ("person_id",) else Grain.ROWS
            walk.catalogue[model.name] = TableShape.of(columns, grain)
    for name in (*walk.project.segments, *walk.project.sql_segments):
        walk.catalogue[f"segments.{name}"] = PERSONS


def run_project_tests(walk: Walk) -> None:
    """Run `tests/*.sql`: any row returned is a failure.

    Raises:
        CheckFailed: one returned rows.
    """
    for name, file in walk.project.tests.items():
        with walk.steps.step("c360", f"test {name}") as step:
            with user_query(walk, file) as query:
                step.rejected = walk.engine.scalar(
                    exp.select("count(*)").from_(query.subquery("t"))
                )
            if step.rejected:
                raise CheckFailed(
                    f"the test returned {step.rejected} rows, and any row is a failure",
                    hint=f"look at them with: onefold query < {file.file}",
                    where=Place(file.file),
                )


def _model(file: SqlFile, dialect: str) -> Model:
    return project_model(file.text, file=file.file, dialect=dialect)


def _query(walk: Walk, model: Model) -> exp.Query:
    return build_query(
        model, as_of=walk.as_of, timezone=walk.project.timezone, variables=walk.variables
    )


def _build(walk: Walk, model: Model) -> None:
    with walk.steps.step("c360", model.name) as step:
        built = build(walk.engine, model, as_of=walk.as_of, variables=walk.variables)
        results = check(walk.engine, model, built)
        _stop_on_failure(model, results)
        version = walk.tables.write(
            model.table,
            exp.select("*").from_(relation(built)),
            columns=_described(model, walk.columns(built)),
        )
        step.rows_out = version.rows
        step.rows_in = _rows_read(walk, model)
        step.rejected = 0
        step.result = {"tests": [_told(result) for result in results]}
        walk.keep(step, [version])
    walk.engine.drop(built)


def _rows_read(walk: Walk, model: Model) -> int:
    """Count the rows of the stored tables that a model reads: landed ones, and other models."""
    sources = walk.project.sources
    stored = [
        TableName("landed", table.name) if table.name in sources else table for table in model.reads
    ]
    versions = [walk.tables.get(table) for table in stored]
    return sum(version.rows for version in versions if version is not None)


def _described(model: Model, columns: Sequence[Column]) -> list[Column]:
    notes = {note.name: note for note in model.columns}
    return [
        replace(column, pii=notes[column.name].pii, description=notes[column.name].description)
        if column.name in notes
        else column
        for column in columns
    ]


def _stop_on_failure(model: Model, results: Sequence[CheckResult]) -> None:
    failed = [result for result in results if result.failed_rows]
    stopping = [result for result in failed if result.on_fail is OnFail.STOP]
    if stopping:
        told = "; ".join(f"{result.test}: {result.failed_rows} rows" for result in stopping)
        raise CheckFailed(
            f"table {model.name} fails its tests: {told}",
            hint="correct the SQL or the data, or write on_fail: warn in the header to go on",
            where=Place(model.file),
        )


def _told(result: CheckResult) -> Mapping[str, object]:
    return {"test": result.test, "failed_rows": result.failed_rows, "on_fail": result.on_fail}
