"""A model: one table of the customer 360, its query, and what must hold in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from onefold.model import TableName
from onefold.warehouse import ColumnNote, UserSql

__all__ = ["Model", "ModelTest", "OnFail", "Rule", "key_tests"]


class OnFail(StrEnum):
    """What a run does when a test fails."""

    STOP = "stop"
    WARN = "warn"


class Rule(StrEnum):
    """What a test asks of a table's rows."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    ACCEPTED_VALUES = "accepted_values"
    RELATIONSHIPS = "relationships"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelTest:
    """One test. NULL passes all rules but `not_null`.

    Attributes:
        rule: what is asked.
        columns: of which columns; more than one only for `unique`.
        values: what `accepted_values` accepts.
        table: where `relationships` looks the value up,
        column: and in which column.
    """

    rule: Rule
    columns: tuple[str, ...]
    values: tuple[str | int | float | bool, ...] = ()
    table: TableName | None = None
    column: str = ""

    def __str__(self) -> str:
        """Write it as people say it: `unique(person_id)`."""
        return f"{self.rule}({', '.join(self.columns)})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A table that c360 builds.

    Attributes:
        name: the table's name, lower case, in schema `main`.
        file: the project's file, or `standard/<name>.sql`.
        sql: its query.
        grain: one sentence: what one row is.
        primary_key: columns that are unique together and never NULL.
        tests: what must hold, those of the primary key among them.
        columns: what is known of columns: personal data, a sentence.
        on_fail: what a run does when a test fails.
        segments: may segments and campaigns offer it? Only when it has a `person_id` as well.
        standard: built in, not of the project.
        passes_on: it adds no work of its own, so it is a view.
    """

    name: str
    file: str
    sql: UserSql
    grain: str = ""
    primary_key: tuple[str, ...] = ()
    tests: tuple[ModelTest, ...] = ()
    columns: tuple[ColumnNote, ...] = ()
    on_fail: OnFail = OnFail.STOP
    segments: bool = True
    standard: bool = False
    passes_on: bool = False

    @property
    def table(self) -> TableName:
        """The table's full name."""
        return TableName("main", self.name)

    @property
    def reads(self) -> tuple[TableName, ...]:
        """The tables that must stand before it: those of its query, and those its tests look in."""
        looked_up = {test.table for test in self.tests if test.table is not None}
        return tuple(sorted({*self.sql.tables, *looked_up} - {self.table}))


def key_tests(primary_key: tuple[str, ...]) -> tuple[ModelTest, ...]:
    """Return what a primary key implies."""
    if not primary_key:
        return ()
    filled = (ModelTest(rule=Rule.NOT_NULL, columns=(name,)) for name in primary_key)
    return (ModelTest(rule=Rule.UNIQUE, columns=primary_key), *filled)
