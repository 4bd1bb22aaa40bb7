"""`${NAME}` and `${NAME:-default}`: values from the environment, and from `.env`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path as FilePath
from typing import Any

from dotenv import dotenv_values

from onefold.errors import ProjectError
from onefold.project.documents import Document, Path
from onefold.project.yaml_reader import read_bytes, read_text

__all__ = ["Resolved", "is_unresolved", "project_environ", "resolve"]

_REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


def project_environ(root: FilePath, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `.env` beside onefold.yaml, and of the environment, which wins.

    Raises:
        ProjectError: `.env` cannot be read.
    """
    file = root / ".env"
    if not file.is_file():
        return dict(environ)
    text = read_text(read_bytes(root, ".env"), ".env")
    beside = dotenv_values(stream=StringIO(text), interpolate=False)
    return {key: value for key, value in beside.items() if value is not None} | dict(environ)


def is_unresolved(value: object) -> bool:
    """Tell whether a value still holds a `${NAME}`: nobody needed it, so it was left."""
    return isinstance(value, str) and _REFERENCE.search(value) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """A document's values after replacing.

    Attributes:
        data: the values; a text that holds a missing variable stays as it was written.
        replaced: the texts that changed, by path. They may be secret.
        errors: what is missing or misspelled.
    """

    data: dict[str, Any]
    replaced: Mapping[Path, str]
    errors: tuple[ProjectError, ...]


def resolve(
    document: Document, variables: Mapping[str, str], needed: Callable[[Path], bool]
) -> Resolved:
    """Replace every `${…}` in the texts of a document.

    Args:
        document: the file as read.
        variables: as `project_environ` gives them.
        needed: tells by path whether a missing variable is an error.
    """
    resolver = _Resolver(document, variables, needed)
    data = {key: resolver.walk(value, (key,)) for key, value in document.data.items()}
    return Resolved(data=data, replaced=resolver.replaced, errors=tuple(resolver.errors))


class _Resolver:
    def __init__(
        self, document: Document, variables: Mapping[str, str], needed: Callable[[Path], bool]
    ) -> None:
        self.document = document
        self.variables = variables
        self.needed = needed
        self.replaced: dict[Path, str] = {}
        self.errors: list[ProjectError] = []

    def walk(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: self.walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.walk(item, (*path, at)) for at, item in enumerate(value)]
        if is_unresolved(value):
            return self._text(value, path)
        return value

    def _text(self, text: str, path: Path) -> str:
        found = [self._value(match, path) for match in _REFERENCE.finditer(text)]
        if None in found:
            return text
        values = iter(found)
        self.replaced[path] = _REFERENCE.sub(lambda _: next(values) or "", text)
        return self.replaced[path]

    def _value(self, match: re.Match[str], path: Path) -> str | None:
        """Return what a reference stands for, or None when it is wrong or missing."""
        inside = _INSIDE.fullmatch(match[1])
        if inside is None or not match[2]:
            self._refuse(path, f"`{match[0]}` is not a variable", "write ${NAME}")
            return None
        name, default = inside.groups()
        value = self.variables.get(name)
        if value is None or (not value and default is not None):
            value = default
        if value is None and self.needed(path):
            hint = f"export {name}=…, or write it into .env beside onefold.yaml"
            self._refuse(path, f"the environment variable {name} is not set", hint)
        return value

    def _refuse(self, path: Path, message: str, hint: str) -> None:
        self.errors.append(ProjectError(message, hint=hint, where=self.document.place(path)))
