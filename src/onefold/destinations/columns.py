"""Which columns of a relation are ours, and which are attributes, of which type."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from onefold.destinations.config import Attribute
from onefold.errors import SqlError, UnknownReference, nearest
from onefold.model import Column, FieldType, TypeKind

__all__ = ["Fields", "read_fields", "refuse_identifier_type"]

INTERNAL = "_"  # our own columns begin with it

_TEXTS = {TypeKind.STRING, TypeKind.VARCHAR}
_IDENTIFIERS = {TypeKind.STRING, TypeKind.INTEGER}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """The columns of a relation.

    Attributes:
        internal: names of our own columns.
        attributes: the others, each with the type that its column has.
    """

    internal: tuple[str, ...]
    attributes: tuple[tuple[Attribute, FieldType], ...]


def read_fields(
    columns: Iterable[Column], attributes: Sequence[Attribute], *, prepared: bool = True
) -> Fields:
    """Sort a relation's columns.

    Args:
        columns: the relation's.
        attributes: what is declared.
        prepared: whether values have their prepared types: an attribute sent as a string is one.

    Raises:
        UnknownReference: a column is not an attribute.
        SqlError: a column's type is not its attribute's.
    """
    declared = {attribute.name: attribute for attribute in attributes}
    internal, fields = [], []
    for column in columns:
        if column.name.startswith(INTERNAL):
            internal.append(column.name)
        else:
            attribute = _attribute(column.name, declared)
            expected = attribute.sent_type if prepared else attribute.type
            fields.append((attribute, _held(column, expected)))
    return Fields(internal=tuple(internal), attributes=tuple(fields))


def refuse_identifier_type(
    columns: Iterable[Column], parts: Collection[str] = ("_identifier",)
) -> None:
    """Refuse an identifier column that has no exact text, such as a float: 77 would be `77.0`.

    Args:
        columns: a relation's.
        parts: those that hold the identifier, lower case.

    Raises:
        SqlError: the identifier is not text, uuid or integer.
    """
    for column in columns:
        if column.name.lower() in parts:
            type_ = FieldType.of_engine(column.engine_type)
            if type_ is None or type_.kind not in _IDENTIFIERS:
                told = "the identifier" if column.name == "_identifier" else f"column {column.name}"
                raise SqlError(
                    f"{told} is of type {column.engine_type}: it has no exact text",
                    hint="cast it in the SQL that makes it: CAST(… AS VARCHAR)",
                )


def _attribute(name: str, declared: dict[str, Attribute]) -> Attribute:
    if name in declared:
        return declared[name]
    close = nearest(name, declared)
    raise UnknownReference(
        f"column {name} is not an attribute of the destination",
        hint=f"did you mean {close}?" if close else "declare it under `attributes:`",
    )


def _held(column: Column, expected: FieldType) -> FieldType:
    held = FieldType.of_engine(column.engine_type)
    if held is None or not _same_kind(held.kind, expected.kind):
        raise SqlError(
            f"attribute {column.name} is declared as {expected}, "
            f"but its column holds {column.engine_type}",
            hint="cast the column in the SQL that makes it",
        )
    return held


def _same_kind(held: TypeKind, expected: TypeKind) -> bool:
    return held is expected or (held in _TEXTS and expected in {*_TEXTS, TypeKind.JSON})
