"""Field types: the words that project files use, and what the engine stores for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FieldType", "TypeKind", "parse_type", "stored_alike"]

MAX_DECIMAL_DIGITS = 38


class TypeKind(StrEnum):
    """The kinds of values that a field can hold."""

    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"  # an instant; naive input takes its field's, feed's, then project's zone
    DECIMAL = "decimal"
    FLOAT = "float"
    INTEGER = "integer"
    STRING = "string"
    VARCHAR = "varchar"  # a string with a greatest length in characters
    JSON = "json"  # nested values, kept as JSON text


_ENGINE_TYPES = {
    TypeKind.BOOLEAN: "BOOLEAN",
    TypeKind.DATE: "DATE",
    TypeKind.DATETIME: "TIMESTAMP WITH TIME ZONE",
    TypeKind.FLOAT: "DOUBLE",
    TypeKind.INTEGER: "BIGINT",
    TypeKind.STRING: "VARCHAR",
    TypeKind.VARCHAR: "VARCHAR",
    TypeKind.JSON: "VARCHAR",
}
_WRITTEN = re.compile(
    r"(?P<kind>[a-z]+)\s*(?:\(\s*(?P<first>\d+)\s*(?:,\s*(?P<second>\d+)\s*)?\))?"
)


@dataclass(frozen=True, slots=True)
class FieldType:
    """The type of a field, such as `decimal(12,2)`, `varchar(40)` or `date`.

    Attributes:
        kind: what the value is.
        precision: digits in all, for a decimal.
        scale: digits after the point, for a decimal.
        length: greatest length in characters, for a varchar that states one.
        nested: the engine's type of a nested value that is not JSON text, such as `VARCHAR[]`.
    """

    kind: TypeKind
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    nested: str | None = None

    def __str__(self) -> str:
        """Write the type as project files write it; a nested one as the engine does."""
        if self.nested is not None:
            return self.nested
        if self.kind is TypeKind.DECIMAL:
            return f"decimal({self.precision},{self.scale})"
        if self.length is not None:
            return f"{self.kind}({self.length})"
        return str(self.kind)

    @property
    def engine_type(self) -> str:
        """The type that the engine (DuckDB) and the Parquet files hold it as."""
        if self.kind is TypeKind.DECIMAL:
            return f"DECIMAL({self.precision},{self.scale})"
        return self.nested or _ENGINE_TYPES[self.kind]

    @classmethod
    def of_engine(cls, engine_type: str) -> FieldType | None:
        """Return the type of a column of the engine, or None for one that we have no word for."""
        name = engine_type.upper()
        decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", name)
        if decimal:
            return cls(TypeKind.DECIMAL, precision=int(decimal[1]), scale=int(decimal[2]))
        if name.endswith("]") or name.startswith(("STRUCT(", "MAP(")):
            return cls(TypeKind.JSON, nested=engine_type)
        kind = _OF_ENGINE.get(name)
        return None if kind is None else cls(kind)


_OF_ENGINE = {
    "BOOLEAN": TypeKind.BOOLEAN,
    "DATE": TypeKind.DATE,
    "TIMESTAMP WITH TIME ZONE": TypeKind.DATETIME,
    "TIMESTAMP": TypeKind.DATETIME,
    "TIMESTAMP_S": TypeKind.DATETIME,
    "TIMESTAMP_MS": TypeKind.DATETIME,
    "TIMESTAMP_NS": TypeKind.DATETIME,
    "FLOAT": TypeKind.FLOAT,
    "DOUBLE": TypeKind.FLOAT,
    "TINYINT": TypeKind.INTEGER,
    "SMALLINT": TypeKind.INTEGER,
    "INTEGER": TypeKind.INTEGER,
    "BIGINT": TypeKind.INTEGER,
    "UTINYINT": TypeKind.INTEGER,
    "USMALLINT": TypeKind.INTEGER,
    "UINTEGER": TypeKind.INTEGER,
    "UBIGINT": TypeKind.INTEGER,
    "HUGEINT": TypeKind.INTEGER,
    "VARCHAR": TypeKind.STRING,
    "UUID": TypeKind.STRING,
    "JSON": TypeKind.JSON,
}


_NUMBERS = {TypeKind.INTEGER, TypeKind.DECIMAL, TypeKind.FLOAT}
_TEXTS = {TypeKind.STRING, TypeKind.VARCHAR}


def stored_alike(one: str, other: str) -> bool:
    """Tell whether a destination stores equal values of two engine types alike.

    Numbers are numbers whatever their width, texts are texts; `12` and `'12'` are not alike.
    """
    if one == other:
        return True
    kinds = {found and found.kind for found in map(FieldType.of_engine, (one, other))}
    return kinds <= _NUMBERS or kinds <= _TEXTS


def parse_type(text: str) -> FieldType:
    """Read a type as project files write it.

    Raises:
        ValueError: the text names no type, or its numbers make no sense; the message says which.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or match["kind"] not in set(TypeKind):
        known = " ".join(TypeKind)
        raise ValueError(f"{text!r} is not a type. Types: {known}")
    kind = TypeKind(match["kind"])
    numbers = [int(match[part]) for part in ("first", "second") if match[part] is not None]
    if kind is TypeKind.DECIMAL:
        return _decimal(numbers)
    if kind is TypeKind.VARCHAR and len(numbers) <= 1:
        return FieldType(kind, length=numbers[0] if numbers else None)
    if numbers:
        raise ValueError(f"{kind} takes no numbers, so write: {kind}")
    return FieldType(kind)


def _decimal(numbers: list[int]) -> FieldType:
    precision, scale = (numbers + [MAX_DECIMAL_DIGITS, 0][len(numbers) :]) if numbers else (38, 9)
    if not 1 <= precision <= MAX_DECIMAL_DIGITS or scale > precision:
        raise ValueError(
            f"decimal({precision},{scale}): 1 to 38 digits, at most all after the point"
        )
    return FieldType(TypeKind.DECIMAL, precision=precision, scale=scale)
