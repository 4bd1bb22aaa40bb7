"""A document to a definition, or to errors that people can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onefold.errors import ProjectError, UnknownKey, nearest
from onefold.project.documents import Document, Path
from onefold.project.keys import field_keys, part_at
from onefold.project.kinds import Origin, Root
from onefold.project.variables import is_unresolved

__all__ = ["Invalid", "validate"]

AnyRoot = TypeVar("AnyRoot", bound=Root)

# pydantic's error types, in words; {key} is the key
_WORDS = {
    "string_type": ("`{key}` must be a text", "put the value in quotes"),
    "bool_type": ("`{key}` must be true or false", "write true or false, without quotes"),
    "int_type": ("`{key}` must be a whole number", "write digits only, without quotes"),
    "greater_than": ("`{key}` must be greater than {gt}", ""),
    "string_too_short": ("`{key}` is empty", "write a value, or remove the key"),
    "string_too_long": ("`{key}` has more than {max_length} characters", "shorten it"),
    "too_short": ("`{key}` is empty", "write at least one"),
}
_LISTS = frozenset({"tuple_type", "list_type"})
_MAPPINGS = frozenset({"model_type", "mapping_type", "dict_type", "model_attributes_type"})


class Invalid(Exception):
    """A document is not what its kind asks for."""

    def __init__(self, errors: list[ProjectError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


def validate(model: type[AnyRoot], data: dict[str, Any], origin: Origin, *, whole: bool) -> AnyRoot:
    """Make a definition of a document's values.

    Args:
        model: the kind of definition.
        data: the values, variables replaced.
        origin: goes into the definition.
        whole: False when something was left out of the data already, and was reported: then
            nothing is said of what is missing.

    Raises:
        Invalid: with every error found.
    """
    try:
        definition = model.model_validate(data, context=origin)
    except ValidationError as error:
        details = error.errors(include_url=False)
        missing_counts = [found for found in details if whole or found["type"] != "missing"]
        raise Invalid([_error(model, found, origin.document) for found in missing_counts]) from None
    if problems := list(definition.problems()) if whole else []:
        raise Invalid(problems)
    return definition


def _error(model: type[Root], found: ErrorDetails, document: Document) -> ProjectError:
    path = tuple(step for step in found["loc"] if step != "[key]")
    if found["type"] == "extra_forbidden":
        return _unknown_key(model, path, document)
    if found["type"] == "missing":
        return _missing(model, path, document)
    if is_unresolved(document.written(path)):
        message, hint = _about_variable(found, path, document)
    else:
        message, hint = _sentence(found, path, document)
    is_key = "[key]" in found["loc"]
    where = document.key_place(path) if is_key else document.place(path)
    return ProjectError(message, hint=hint, where=where)


def _unknown_key(model: type[Root], path: Path, document: Document) -> UnknownKey:
    part = part_at(model, path[:-1]) or model
    known, key = list(field_keys(part)), str(path[-1])
    close = nearest(key, known)
    hint = part.elsewhere.get(key) or (
        f"nearest: {close}" if close else f"its keys: {', '.join(known)}"
    )
    return UnknownKey(
        f"`{key}` is not a key of {part.what}", hint=hint, where=document.key_place(path)
    )


def _missing(model: type[Root], path: Path, document: Document) -> ProjectError:
    part = part_at(model, path[:-1]) or model
    about = field_keys(part)[str(path[-1])].description or ""
    return ProjectError(
        f"{part.what} needs `{path[-1]}`", hint=about, where=document.place(path[:-1])
    )


def _about_variable(found: ErrorDetails, path: Path, document: Document) -> tuple[str, str]:
    """Return message and hint of an error about a `${NAME}`; its value is not repeated."""
    key, written = _last_key(path), document.written(path)
    if is_unresolved(found["input"]):
        return (
            f"`{key}` cannot be checked without the value of {written}",
            "give it one to go by: ${NAME:-value}",
        )
    return f"the value of {written} is nothing that `{key}` takes", "look at the variable"


def _last_key(path: Path) -> str:
    return next((str(step) for step in reversed(path) if isinstance(step, str)), "")


def _sentence(found: ErrorDetails, path: Path, document: Document) -> tuple[str, str]:
    """Return message and hint of an error about one value."""
    kind, context = found["type"], found.get("ctx", {})
    key = _last_key(path)
    if kind == "onefold":
        return str(context["message"]), str(context["hint"])
    if kind == "literal_error":
        return _not_among(key, document.value(path), str(context["expected"]))
    if kind in _LISTS:
        return f"`{key}` must be a list", _as_list(key, document.value(path))
    if kind in _MAPPINGS:
        return f"`{key}` must hold keys with values", "indent them below it, one on each line"
    message, hint = _WORDS.get(kind, (f"`{{key}}`: {found['msg']}", ""))
    return message.format(key=key, **context), hint


def _not_among(key: str, value: object, expected: str) -> tuple[str, str]:
    known = list(_choices(expected))
    shown = str(value).lower() if isinstance(value, bool) else value
    close = nearest(str(shown), known)
    meant = f"nearest: {close}; " if close else ""
    return f"`{shown}` is not a value of {key}", f"{meant}values: {', '.join(known)}"


def _choices(expected: str) -> Iterator[str]:
    """Read pydantic's `'a', 'b' or True`, and spell booleans as YAML does."""
    for match in re.finditer(r"'([^']*)'|(True|False)", expected):
        yield match[1] if match[1] is not None else match[2].lower()


def _as_list(key: str, value: object) -> str:
    return f"write {key}: [{value}]" if isinstance(value, (str, int)) else f"write {key}: […]"
