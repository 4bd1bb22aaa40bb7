"""The operators of conditions: which types each compares, what value it takes, what it negates.

One spelling each, as marketers read it aloud. Synonyms (Amperity's words, SQL's signs) are read
too, and written back in the spelling of this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from onefold.model import FieldType, TypeKind

__all__ = ["OPERATORS", "Family", "Operator", "Takes", "find_operator", "operators_of"]


class Family(StrEnum):
    """Types that share their operators."""

    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    NUMBER = "number"
    STRING = "string"
    OTHER = "other"  # lists, structures, JSON: only asked whether there is a value

    @classmethod
    def of(cls, type_: FieldType | None) -> Family:
        """Return the family of a field's type; None is a type of the engine without a word."""
        return cls.OTHER if type_ is None else _FAMILIES.get(type_.kind, cls.OTHER)


_FAMILIES = {
    TypeKind.BOOLEAN: Family.BOOLEAN,
    TypeKind.DATE: Family.DATE,
    TypeKind.DATETIME: Family.DATETIME,
    TypeKind.DECIMAL: Family.NUMBER,
    TypeKind.FLOAT: Family.NUMBER,
    TypeKind.INTEGER: Family.NUMBER,
    TypeKind.STRING: Family.STRING,
    TypeKind.VARCHAR: Family.STRING,
}


class Takes(StrEnum):
    """What an operator wants as `value`."""

    NOTHING = "no value"
    ONE = "one value"
    RANGE = "a list of two values, the smaller first"
    MANY = "a list of values"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """One operator.

    Attributes:
        name: its spelling in project files.
        families: the types it compares.
        takes: what stands in `value`.
        negates: the operator whose exact opposite it is: true for every person for whom that one
            is not true, so also for those who have no value.
        synonyms: other spellings that are read.
    """

    name: str
    families: frozenset[Family]
    takes: Takes = Takes.ONE
    negates: str | None = None
    synonyms: tuple[str, ...] = ()


_DAYS = frozenset({Family.DATE, Family.DATETIME})
_NUMBERS = frozenset({Family.NUMBER})
_STRINGS = frozenset({Family.STRING})
_BOOLEANS = frozenset({Family.BOOLEAN})
_ANY = frozenset(Family)

_TABLE = (
    Operator(
        name="is",
        families=_DAYS | _NUMBERS | _STRINGS,
        synonyms=("is exactly", "=", "=="),
    ),
    Operator(
        name="is not",
        families=_DAYS | _NUMBERS | _STRINGS,
        negates="is",
        synonyms=("is not exactly", "!=", "<>"),
    ),
    Operator(name=">", families=_NUMBERS),
    Operator(name=">=", families=_NUMBERS),
    Operator(name="<", families=_NUMBERS),
    Operator(name="<=", families=_NUMBERS),
    Operator(name="before", families=_DAYS, synonyms=("is before",)),
    Operator(name="after", families=_DAYS, synonyms=("is after",)),
    Operator(name="on or before", families=_DAYS, synonyms=("is on or before",)),
    Operator(name="on or after", families=_DAYS, synonyms=("is on or after",)),
    Operator(
        name="between",
        families=_DAYS | _NUMBERS,
        takes=Takes.RANGE,
        synonyms=("is between",),
    ),
    Operator(
        name="not between",
        families=_DAYS | _NUMBERS,
        takes=Takes.RANGE,
        negates="between",
        synonyms=("is not between",),
    ),
    Operator(
        name="in list",
        families=_NUMBERS | _STRINGS,
        takes=Takes.MANY,
        synonyms=("is in list", "in"),
    ),
    Operator(
        name="not in list",
        families=_NUMBERS | _STRINGS,
        takes=Takes.MANY,
        negates="in list",
        synonyms=("is not in list", "not in"),
    ),
    Operator(name="contains", families=_STRINGS, synonyms=("has",)),
    Operator(
        name="does not contain",
        families=_STRINGS,
        negates="contains",
        synonyms=("does not have",),
    ),
    Operator(name="starts with", families=_STRINGS),
    Operator(name="ends with", families=_STRINGS),
    Operator(name="is empty", families=_STRINGS, takes=Takes.NOTHING),
    Operator(name="is not empty", families=_STRINGS, takes=Takes.NOTHING),
    Operator(name="is true", families=_BOOLEANS, takes=Takes.NOTHING),
    Operator(name="is false", families=_BOOLEANS, takes=Takes.NOTHING),
    Operator(name="is null", families=_ANY, takes=Takes.NOTHING),
    Operator(name="is not null", families=_ANY, takes=Takes.NOTHING),
)
OPERATORS = {operator.name: operator for operator in _TABLE}
_SPELLINGS = {
    spelling: operator for operator in _TABLE for spelling in (operator.name, *operator.synonyms)
}


def find_operator(text: str) -> Operator | None:
    """Find an operator by any of its spellings, case and extra blanks apart."""
    return _SPELLINGS.get(" ".join(text.casefold().split()))


def operators_of(family: Family) -> tuple[str, ...]:
    """Name the operators that compare a family's values, in the table's order."""
    return tuple(operator.name for operator in _TABLE if family in operator.families)
