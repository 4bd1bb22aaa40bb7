"""The order in which models are built."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from graphlib import CycleError, TopologicalSorter

from onefold.c360.model import Model
from onefold.errors import Place, ProjectError, UnknownReference, nearest
from onefold.model import TableName

__all__ = ["order"]


def order(models: Sequence[Model], known: Collection[TableName] = ()) -> tuple[Model, ...]:
    """Sort models so that each comes after the tables it reads; by name where that leaves a choice.

    Args:
        models: standard ones and the project's.
        known: tables that stand already: sources, `stitch.…`, segments.

    Raises:
        ProjectError: two models have one name, or models read each other in a circle.
        UnknownReference: a model reads a table that neither `models` nor `known` have.
    """
    by_table = _by_table(models)
    for model in models:
        _all_known(model, by_table, known)
    graph = {
        table: sorted(read for read in by_table[table].reads if read in by_table)
        for table in sorted(by_table)
    }
    try:
        return tuple(by_table[table] for table in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise _circle(error.args[1], by_table) from error


def _by_table(models: Sequence[Model]) -> dict[TableName, Model]:
    by_table: dict[TableName, Model] = {}
    for model in models:
        other = by_table.setdefault(model.table, model)
        if other is not model:
            raise ProjectError(
                f"there are two tables {model.name}: {other.file} and {model.file}",
                hint="rename one file: its name is the table's name",
                where=Place(model.file),
            )
    return by_table


def _all_known(
    model: Model, by_table: dict[TableName, Model], known: Collection[TableName]
) -> None:
    for table in model.reads:
        if table not in by_table and table not in known:
            raise _unknown(table, model, {*by_table, *known})
    if model.table in model.sql.tables and model.table not in known:
        raise _circle([model.table, model.table], by_table)


def _unknown(table: TableName, model: Model, known: Collection[TableName]) -> UnknownReference:
    names = {_spoken(other) for other in known}
    close = nearest(_spoken(table), names)
    return UnknownReference(
        f"no table {_spoken(table)}" + (f"; nearest: {close}" if close else ""),
        hint=f"write {close}" if close else f"tables there are: {', '.join(sorted(names))}",
        where=model.sql.place_of_table(table),
    )


def _spoken(table: TableName) -> str:
    return table.name if table.schema == "main" else str(table)


def _circle(circle: list[TableName], by_table: dict[TableName, Model]) -> ProjectError:
    """Name the circle in reading order, from its first table in the alphabet."""
    tables = circle[:-1][::-1]
    start = tables.index(min(tables))
    around = [by_table[table] for table in tables[start:] + tables[: start + 1]]
    path = " -> ".join(f"{model.name} ({model.file})" for model in around)
    return ProjectError(
        f"tables read each other in a circle: {path}",
        hint="take one of these reads out, or move what both need into a third table",
        where=around[0].sql.place_of_table(around[1].table),
    )
