"""What an object holds, against what its feed declares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from onefold.errors import SourceUnreadable, nearest
from onefold.model import FeedField

__all__ = ["ObjectShape", "check_columns", "shape_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectShape:
    """An object's columns beside the declared fields.

    Attributes:
        object: the object's name.
        columns: its columns (NDJSON: the keys of its first records) in the order as delivered.
        extra: columns that no field reads; they are reported, never an error.
        missing: paths of fields that the object does not have.
    """

    object: str
    columns: tuple[str, ...]
    extra: tuple[str, ...]
    missing: tuple[str, ...]


def shape_of(
    name: str, columns: Sequence[str], fields: Sequence[FeedField], *, nested: bool
) -> ObjectShape:
    """Compare columns with fields; in a nested format a dotted path needs its first part."""
    known = set(columns)
    needed = {
        field.path: head(field.path) if nested and field.path not in known else field.path
        for field in fields
    }
    read = set(needed.values())
    return ObjectShape(
        object=name,
        columns=tuple(columns),
        extra=tuple(column for column in columns if column not in read),
        missing=tuple(path for path, column in needed.items() if column not in known),
    )


def head(path: str) -> str:
    """Give the part of a path before its first dot."""
    return path.partition(".")[0]


def check_columns(shape: ObjectShape) -> None:
    """Refuse an object that lacks a declared column, or has it twice.

    A missing column is never read as "no values": an upsert would blank what stands.
    """
    repeated = [name for name, times in Counter(shape.columns).items() if times > 1]
    wanted = [name for name in repeated if name not in shape.extra]
    if wanted:
        raise SourceUnreadable(
            f"{shape.object}: column {wanted[0]} stands in it twice",
            hint="rename one of the two in the file; onefold cannot tell which one is meant",
        )
    if shape.missing:
        raise missing_column(shape, shape.missing[0])


def missing_column(shape: ObjectShape, path: str) -> SourceUnreadable:
    """Say which column is missing, and which one looks most like it."""
    near = nearest(path, shape.extra) or nearest(path, shape.columns)
    close = f" (nearest: {near})" if near else f"; it has {', '.join(shape.columns[:20])}"
    return SourceUnreadable(
        f"{shape.object} has no column {path}{close}",
        hint="deliver the column, correct the field's `path:`, or remove the field;"
        " nothing of this load landed",
    )
