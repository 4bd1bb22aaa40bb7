"""YAML 1.2 texts to documents: one mapping, UTF-8, plain values only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarbool import ScalarBoolean

from onefold.errors import Place, ProjectError
from onefold.project.documents import Document, Path
from onefold.project.yaml_errors import syntax_error

__all__ = ["read_bytes", "read_document", "read_text"]

MAX_VALUES = 100_000  # a file that unfolds (by aliases) to more is a mistake or an attack
MAX_DEPTH = 50


def read_document(content: bytes, file: str) -> Document:
    """Read a YAML file of the project.

    Args:
        content: the file's bytes.
        file: its path relative to the project's root, for messages.

    Raises:
        ProjectError: it cannot be read; the message says what is wrong and where.
    """
    tree = _parse(read_text(content, file), file)
    start = Place(file, 1, 1)
    if tree is None:
        raise ProjectError("the file is empty", hint="write its keys, or delete it", where=start)
    if not isinstance(tree, CommentedMap):
        found = "a list" if isinstance(tree, CommentedSeq) else "a single value"
        raise ProjectError(
            f"the file holds {found}, where keys with values are expected",
            hint="write lines of the form `key: value`",
            where=start,
        )
    plain = _Plain(file)
    data = plain.convert(tree, ())
    return Document(file=file, data=data, marks=plain.marks)


def read_bytes(root: FilePath, file: str) -> bytes:
    """Read a file of the project.

    Raises:
        ProjectError: it cannot be read.
    """
    try:
        return (root / file).read_bytes()
    except OSError as error:
        raise ProjectError(
            f"the file cannot be read: {error.strerror}",
            hint="check that it is there, and its permissions",
            where=Place(file),
        ) from None


def read_text(content: bytes, file: str) -> str:
    """Decode a text file of the project; a byte order mark is dropped.

    Raises:
        ProjectError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        raise ProjectError(
            "the file is not UTF-8",
            hint="save it again with the encoding UTF-8",
            where=Place(file, line, column),
        ) from None


def _parse(text: str, file: str) -> object:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        raise syntax_error(error, file) from None
    except ReaderError as error:
        raise ProjectError(
            "the file holds a control character",
            hint="remove it; an editor can show invisible characters",
            where=Place(file, text.count("\n", 0, error.position) + 1),
        ) from None
    except (YAMLError, ValueError) as error:
        raise ProjectError(f"this is not YAML: {error}", where=Place(file, 1, 1)) from None
    except RecursionError:
        raise _too_much(file) from None


class _Plain:
    """Converts the loader's values to plain ones, and collects the place of each."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.marks: dict[Path, tuple[Place, Place]] = {}
        self.left = MAX_VALUES

    def convert(self, node: object, path: Path) -> Any:
        self.left -= 1
        if self.left < 0 or len(path) > MAX_DEPTH:
            raise _too_much(self.file)
        if isinstance(node, CommentedMap):
            return {
                key: self.convert(value, (*path, key)) for key, value in self._items(node, path)
            }
        if isinstance(node, CommentedSeq):
            return [self.convert(value, (*path, at)) for at, value in self._entries(node, path)]
        return self._scalar(node, path)

    def _items(self, node: CommentedMap, path: Path) -> Iterator[tuple[str, object]]:
        for key, value in node.items():
            if at := node.lc.data.get(key):  # keys merged in by `<<` have no place of their own
                where = Place(self.file, at[0] + 1, at[1] + 1)
                self.marks[(*path, str(key))] = where, Place(self.file, at[2] + 1, at[3] + 1)
            if not isinstance(key, str):
                raise ProjectError(
                    f"the key {key} is not a text",
                    hint=f'put it in quotes: "{key}"',
                    where=self._place((*path, str(key))),
                )
            yield str(key), value

    def _entries(self, node: CommentedSeq, path: Path) -> Iterator[tuple[int, object]]:
        for at, value in enumerate(node):
            line, column = node.lc.data[at][:2]
            where = Place(self.file, line + 1, column + 1)
            self.marks[(*path, at)] = where, where
            yield at, value

    def _scalar(self, node: object, path: Path) -> Any:
        if isinstance(node, ScalarBoolean):
            return bool(node)
        if isinstance(node, datetime):
            return datetime.fromisoformat(node.isoformat())
        if node is None or isinstance(node, (bool, date)):
            return node
        for plain in (int, float, str):
            if isinstance(node, plain):
                return plain(node)
        raise ProjectError(
            "a word that starts with `!` (a YAML tag) has no meaning here",
            hint="remove it, or put the value in quotes",
            where=self._place(path),
        )

    def _place(self, path: Path) -> Place:
        return self.marks.get(path, (Place(self.file, 1, 1),) * 2)[1]


def _too_much(file: str) -> ProjectError:
    return ProjectError(
        f"the file is too large: at most {MAX_VALUES:,} values and {MAX_DEPTH} levels of nesting",
        hint="make several files of it",
        where=Place(file, 1, 1),
    )
