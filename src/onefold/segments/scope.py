"""Where compiled rules find their columns: the person's tables outside, one row's table inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from onefold.model import FieldType
from onefold.segments.catalogue import Catalogue, Grain, TableShape
from onefold.segments.clock import Clock
from onefold.segments.config import SegmentSettings
from onefold.segments.operators import Family
from onefold.segments.refusals import Path, RuleError, UnknownRuleReference, near
from onefold.segments.rules import Condition, Rule, walk
from onefold.warehouse import ident

__all__ = [
    "PERSON",
    "ROW",
    "Field",
    "Scope",
    "column",
    "find_column",
    "person_scope",
    "relation",
    "split_field",
    "table_key",
]

PERSON = "person"  # the alias of the universe
ROW = "r"  # the alias of the row that an EXISTS looks at


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A column that a condition names.

    Attributes:
        label: `table.column`, for messages.
        type: its type in our words; None when there is no word for it.
        engine_type: its type in the engine's words.
        sql: the column as a tree, qualified by its alias.
    """

    label: str
    type: FieldType | None
    engine_type: str
    sql: exp.Column

    @property
    def family(self) -> Family:
        """The operators that compare it."""
        return Family.of(self.type)

    @property
    def kind(self) -> str:
        """Its type as messages name it: `decimal`."""
        return str(self.type.kind) if self.type else self.engine_type


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Everything that compiling one SELECT needs to know.

    Attributes:
        catalogue: the tables that rules may read.
        clock: what `today` is.
        settings: names of the universe and its fellows.
        aliases: the alias of every person-grain table that is joined.
        row_table: the table whose row is looked at, inside `any_row_of`.
    """

    catalogue: Catalogue
    clock: Clock
    settings: SegmentSettings
    aliases: Mapping[str, str]
    row_table: str | None = None

    @property
    def shape(self) -> TableShape:
        """The table whose row is looked at, or the universe."""
        return self.catalogue[self.row_table or self.settings.universe]

    def of_rows(self, table: str, path: Path) -> Scope:
        """Step inside a table: conditions there are about one row of it."""
        known = find_table(table, self.catalogue, path)
        return replace(self, row_table=known)

    def field(self, condition: Condition) -> Field:
        """Find the column that a condition names.

        Raises:
            RuleError: there is none, or it lies in a table that has many rows a person.
        """
        path = (*condition.path, "field")
        if self.row_table is not None:
            return self._field(self.row_table, condition.field, ROW, path)
        table, name = split_field(condition.field)
        table = find_table(table, self.catalogue, path)
        if self.catalogue[table].grain is not Grain.PERSON:
            raise RuleError(
                f"table {table} has many rows a person, so which row does {name!r} mean?",
                path=path,
                hint=f"write any_row_of: {table} with where: [{{field: {name}, …}}]",
            )
        return self._field(table, name, self.aliases[table], path)

    def _field(self, table: str, name: str, alias: str, path: Path) -> Field:
        shape = self.catalogue[table]
        found = find_column(name, table, shape, path)
        return Field(
            label=f"{table}.{found}",
            type=shape.type_of(found),
            engine_type=shape.columns[found],
            sql=column(alias, found),
        )


def person_scope(
    rules: Iterable[Rule], catalogue: Catalogue, clock: Clock, settings: SegmentSettings
) -> Scope:
    """Open the scope of persons, with an alias for each table that conditions on persons name."""
    aliases = {settings.universe: PERSON}
    for rule in rules:
        for _, node in walk(rule):
            if isinstance(node, Condition):
                table, _ = split_field(node.field)
                aliases.setdefault(table, _alias(table, aliases.values()))
    return Scope(catalogue=catalogue, clock=clock, settings=settings, aliases=aliases)


def find_table(name: str, catalogue: Catalogue, path: Path) -> str:
    """Return a table's name as the catalogue has it (`main.` may be written, case is free)."""
    folded = table_key(name)
    if folded not in catalogue:
        raise UnknownRuleReference(
            f"table {name} does not exist{near(folded, catalogue)}",
            path=path,
            hint="a table is offered to segments when it has person_id; `onefold list` shows all",
        )
    return folded


def table_key(name: str) -> str:
    """Write a table's name as the catalogue does: lower case, without schema `main`."""
    return name.lower().removeprefix("main.")


def split_field(field: str) -> tuple[str, str]:
    """Split `table.column` into the table's key and the column, lower case."""
    table, _, name = field.lower().rpartition(".")
    return table_key(table), name


def find_column(name: str, table: str, shape: TableShape, path: Path) -> str:
    """Return a column's name as the table has it (case is free)."""
    folded = name.lower()
    if folded not in shape.columns:
        raise UnknownRuleReference(
            f"table {table} has no column {name}{near(folded, shape.columns)}",
            path=path,
            hint=f"`onefold show {table}` lists its columns",
        )
    return folded


def column(alias: str, name: str) -> exp.Column:
    """Write `alias.name`, quoted."""
    return exp.Column(this=ident(name), table=ident(alias))


def relation(name: str, alias: str) -> exp.Table:
    """Write a relation of the engine with its alias, quoted."""
    schema, _, table = name.rpartition(".")
    return exp.Table(
        this=ident(table),
        db=ident(schema) if schema else None,
        alias=exp.TableAlias(this=ident(alias)) if alias != table else None,
    )


def _alias(table: str, taken: Iterable[str]) -> str:
    stem = table.rpartition(".")[2]
    used = set(taken)
    candidates = (stem, *(f"{stem}_{number}" for number in range(2, len(used) + 3)))
    return next(name for name in candidates if name not in used)
