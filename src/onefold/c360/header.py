"""Read a SQL file of the project: the `/* onefold … */` header, and the query under it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from onefold.c360.model import Model, ModelTest, OnFail, Rule, key_tests
from onefold.errors import Place, ProjectError, SqlError, UnknownKey, nearest
from onefold.model import TableName
from onefold.warehouse import UserSql, described_columns, parse_user_sql

__all__ = ["project_model"]

_HEADER = re.compile(r"\A\s*/\*[ \t]*onefold\b(?P<yaml>.*?)\*/", re.DOTALL)


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


_Names = Annotated[list[str], BeforeValidator(_listed)]
_Scalar = bool | int | float | str


class _Tests(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    not_null: _Names = []
    unique: list[str | list[str]] = []
    accepted_values: dict[str, list[_Scalar]] = {}
    relationships: dict[str, str] = {}


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = ""
    description: str = ""
    tags: list[str] = []
    formerly: str = ""
    primary_key: _Names = []
    tests: _Tests = Field(default_factory=_Tests)
    segments: bool = True
    on_fail: OnFail = Field(default=OnFail.STOP, strict=False)


def project_model(text: str, *, file: str, dialect: str = "duckdb") -> Model:
    """Read one `tables/<name>.sql`.

    Args:
        text: the whole file.
        file: its path as messages show it; its name is the table's name.
        dialect: the project's dialect.

    Raises:
        UnknownKey: the header has a key that there is not; with its line and the nearest one.
        ProjectError: the header is no YAML, a value in it is wrong, or the name is no table's.
        SqlError: the query is refused; see `parse_user_sql`.
    """
    name = _table_name(file)
    header = _header(text, file)
    sql = parse_user_sql(text, file=file, dialect=dialect)
    _every_column_named(sql)
    primary_key = tuple(column.lower() for column in header.primary_key)
    return Model(
        name=name,
        file=file,
        sql=sql,
        grain=header.description or header.title,
        primary_key=primary_key,
        tests=(*key_tests(primary_key), *_tests(header.tests, file)),
        columns=described_columns(sql),
        on_fail=header.on_fail,
        segments=header.segments,
    )


def _table_name(file: str) -> str:
    stem = PurePosixPath(file).stem.lower()
    try:
        return TableName("main", stem).name
    except ValueError as error:
        raise ProjectError(
            str(error), hint="rename the file: its name is the table's name", where=Place(file)
        ) from error


def _header(text: str, file: str) -> _Header:
    found = _HEADER.match(text)
    if found is None:
        return _Header()
    lines_above = text[: found.start("yaml")].count("\n")
    raw = _yaml(found["yaml"], file, lines_above)
    try:
        return _Header.model_validate(raw)
    except ValidationError as error:
        raise _wrong_key(error, raw, file, lines_above) from error


def _yaml(text: str, file: str, lines_above: int) -> CommentedMap:
    try:
        loaded = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = None if mark is None else lines_above + int(mark.line) + 1
        raise ProjectError(
            f"the header is no YAML: {error.problem}",
            hint="the comment begins with  /* onefold  and holds  key: value  lines",
            where=Place(file, line),
        ) from error
    if loaded is None:
        return CommentedMap()
    if not isinstance(loaded, CommentedMap):
        raise ProjectError(
            "the header holds no keys",
            hint="write  primary_key: person_id",
            where=Place(file, lines_above + 1),
        )
    return loaded


def _wrong_key(
    error: ValidationError, raw: CommentedMap, file: str, lines_above: int
) -> ProjectError:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    where = _place(path, raw, file, lines_above)
    if first["type"] != "extra_forbidden":
        return ProjectError(
            f"{'.'.join(path)}: {first['msg']}",
            hint="keys of a header: docs/reference/standard-tables.md",
            where=where,
        )
    known = (_Tests if path[:1] == ["tests"] and len(path) > 1 else _Header).model_fields
    close = nearest(path[-1], known)
    return UnknownKey(
        f"unknown key {path[-1]}" + (f"; nearest: {close}" if close else ""),
        hint=f"keys here: {', '.join(known)}",
        where=where,
    )


def _place(path: list[str], raw: Any, file: str, lines_above: int) -> Place:
    """Find the deepest key of a path that stands in the file."""
    place = Place(file, lines_above + 1)
    for key in path:
        if not isinstance(raw, CommentedMap) or key not in raw:
            break
        line, column = raw.lc.key(key)
        place = Place(file, lines_above + line + 1, column + 1)
        raw = raw[key]
    return place


def _every_column_named(sql: UserSql) -> None:
    for item in sql.tree.selects:
        if not item.alias_or_name and not item.is_star:
            raise SqlError(
                f"a column has no name: {item.sql(dialect='duckdb')}",
                hint="give it one:  … AS name",
                where=sql.source.place_of(item),
            )


def _tests(tests: _Tests, file: str) -> Iterator[ModelTest]:
    for name in tests.not_null:
        yield ModelTest(rule=Rule.NOT_NULL, columns=(name.lower(),))
    for names in tests.unique:
        together = [names] if isinstance(names, str) else names
        yield ModelTest(rule=Rule.UNIQUE, columns=tuple(name.lower() for name in together))
    for name, values in tests.accepted_values.items():
        yield ModelTest(rule=Rule.ACCEPTED_VALUES, columns=(name.lower(),), values=tuple(values))
    for name, target in tests.relationships.items():
        table, _, column = target.lower().rpartition(".")
        try:
            where = TableName.parse(table)
        except ValueError as error:
            raise ProjectError(
                f"tests.relationships.{name}: {target!r} is not table.column",
                hint="write  relationships: {customer_no: merged_customers.customer}",
                where=Place(file),
            ) from error
        yield ModelTest(
            rule=Rule.RELATIONSHIPS, columns=(name.lower(),), table=where, column=column
        )
