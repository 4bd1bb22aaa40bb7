"""What a rule reads, and the order in which segments that read each other can be computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from onefold.errors import ProjectError, UnknownReference
from onefold.segments.config import SegmentSettings
from onefold.segments.purchases import purchase_columns
from onefold.segments.refusals import near
from onefold.segments.rules import AnyRowOf, Condition, InList, InSegment, Purchased, Rule, walk
from onefold.segments.scope import split_field, table_key

__all__ = ["References", "order_segments", "references"]


@dataclass(frozen=True, kw_only=True, slots=True)
class References:
    """Names that a rule reads, each once, sorted, lower case.

    Attributes:
        tables: the universe and every table of a condition.
        fields: every column, as `table.column`.
        segments: segments named by `in_segment`.
        lists: lists named by `in_list`.
    """

    tables: tuple[str, ...]
    fields: tuple[str, ...]
    segments: tuple[str, ...]
    lists: tuple[str, ...]


def references(rule: Rule, *, settings: SegmentSettings | None = None) -> References:
    """List what a rule reads: what must be computed before it, and what changes when a name does.

    The names are as written, whether they exist or not.
    """
    settings = settings or SegmentSettings()
    nodes = [node for _, node in walk(rule)]
    fields = {field for node in nodes for field in _fields(node, settings)}
    return References(
        tables=_sorted({settings.universe, *(field.rpartition(".")[0] for field in fields)}),
        fields=_sorted(fields),
        segments=_sorted(node.segment for node in nodes if isinstance(node, InSegment)),
        lists=_sorted(node.list for node in nodes if isinstance(node, InList)),
    )


def order_segments(uses: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Order segments so that each comes after those it reads; ties by name.

    Args:
        uses: for every segment of the project the segments it reads.

    Raises:
        UnknownReference: a segment reads one that does not exist.
        ProjectError: segments read each other in a circle; the message names it.
    """
    for name, used in uses.items():
        for other in used:
            if other not in uses:
                raise UnknownReference(
                    f"segment {name} reads segment {other}, which does not exist{near(other, uses)}"
                )
    sorter = TopologicalSorter({name: sorted(uses[name]) for name in sorted(uses)})
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        circle = reversed(error.args[1])  # graphlib walks from the read to the reader
        raise ProjectError(
            f"segments read each other in a circle: {' → '.join(circle)}",
            hint="take one in_segment out of the circle",
        ) from error


def _fields(node: Rule, settings: SegmentSettings) -> Iterable[str]:
    match node:
        case Condition(field=field):
            return [".".join(split_field(field))]
        case AnyRowOf(table=table, where=where):
            columns = (inner.field for _, inner in walk(where) if isinstance(inner, Condition))
            return [f"{table_key(table)}.{column.lower()}" for column in columns]
        case Purchased():
            return [f"{settings.purchases}.{column}" for column in purchase_columns(node)]
        case _:
            return []


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.lower() for name in names}))
