"""The fields of a source: their names, types and meanings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from onefold.errors import nearest
from onefold.model import FieldType, TypeKind, parse_type
from onefold.project.kinds.base import FrozenMap, Part
from onefold.project.tags import Tag
from onefold.project.values import PLAIN_NAME, PLAIN_RULE, Timezone, made_plain, wrong

__all__ = ["Fields", "SourceField"]

_TIMES = (TypeKind.DATE, TypeKind.DATETIME)
_ELSEWHERE = {
    "text": "string",
    "char": "varchar",
    "int": "integer",
    "bigint": "integer",
    "long": "integer",
    "bool": "boolean",
    "timestamp": "datetime",
    "number": "decimal",
    "numeric": "decimal",
    "double": "float",
    "real": "float",
    "object": "json",
    "array": "json",
}


def _type(value: object) -> FieldType:
    if isinstance(value, FieldType):
        return value
    if not isinstance(value, str):
        raise wrong(f"`{value}` is not a type", f"types: {' '.join(TypeKind)}")
    try:
        return parse_type(value)
    except ValueError as error:
        raise wrong(str(error), _meant(value)) from None


def _meant(written: str) -> str:
    """Say which type was probably meant, for those who think in another system's words."""
    word = written.partition("(")[0].strip().lower()
    close = _ELSEWHERE.get(word) or nearest(word, list(TypeKind))
    return f"nearest: {close}" if close and close != word else ""


def _long_form(value: object) -> object:
    """Read `fname: string` as `fname: {type: string}`."""
    if isinstance(value, (dict, SourceField)):
        return value
    if isinstance(value, str):
        return {"type": value}
    raise wrong("a field needs a type", "write fname: string, or fname: {type: string, tag: …}")


def _field_name(name: str) -> str:
    if PLAIN_NAME.fullmatch(name):
        return name
    plain = made_plain(name)
    paste = f'{plain}: {{type: …, path: "{name}"}}' if plain else PLAIN_RULE
    raise wrong(f"`{name}` is not a plain name", f"write {paste}")


FieldName = Annotated[
    str,
    AfterValidator(_field_name),
    Field(json_schema_extra={"pattern": f"^{PLAIN_NAME.pattern}$"}),
]


class SourceField(Part):
    """One field of a source, in its long form."""

    what: ClassVar = "a field of a source"

    type: Annotated[FieldType, PlainValidator(_type, json_schema_input_type=str)] = Field(
        description="boolean, date, datetime, decimal(p,s), float, integer, string, varchar(n), "
        "json."
    )
    tag: Tag | None = Field(default=None, description="What the field means.")
    format: str | None = Field(
        default=None, description="How dates and datetimes are written, such as %d/%m/%Y."
    )
    timezone: Timezone | None = Field(
        default=None, description="The zone of datetimes that have none."
    )
    description: str = Field(default="", description="One sentence for people.")
    path: str | None = Field(
        default=None,
        min_length=1,
        description="The column's name in the file, or the dotted path of a nested value.",
    )

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Yield what the type cannot have: the key, a message, a hint."""
        if self.format is not None and self.type.kind not in _TIMES:
            yield "format", f"a {self.type} has no format", "remove it"
        elif self.format is not None and "%" not in self.format:
            yield "format", f"`{self.format}` is not a format", "write it with %, such as %d/%m/%Y"
        if self.timezone is not None and self.type.kind is not TypeKind.DATETIME:
            yield "timezone", f"a {self.type} has no time zone", "remove it"


LongForm = Annotated[SourceField, BeforeValidator(_long_form, str | SourceField)]
Fields = FrozenMap[FieldName, LongForm]
"""Fields by name, in the order of the file."""
