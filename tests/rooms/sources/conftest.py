"""Write a file, read it as a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from onefold.model import FeedField, parse_type
from onefold.sources import FileFormat, ObjectShape, SourceConfig, inspect, list_objects, read

Rows = list[dict[str, Any]]


def fields_of(*written: str) -> tuple[FeedField, ...]:
    """`name`, `name:path` or `name:path:type`."""
    parts = [[*text.split(":"), "", ""][:3] for text in written]
    return tuple(
        FeedField(name=name, path=path or name, type=parse_type(kind or "string"))
        for name, path, kind in parts
    )


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def source(self, pattern: str, form: str = "csv") -> SourceConfig:
        return SourceConfig(
            id="shop_feed", root=self.root, pattern=pattern, format=FileFormat(form)
        )

    def put(self, name: str, data: bytes | str = b"") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def rows(self, name: str, data: bytes | str, fields: Sequence[str], form: str = "csv") -> Rows:
        self.put(name, data)
        source = self.source(name, form)
        (obj,) = list_objects(source)
        rows: Rows = read(source, obj, fields_of(*fields)).read_all().to_pylist()
        return sorted(rows, key=lambda row: row["_line"])

    def shape(
        self, name: str, data: bytes | str, fields: Sequence[str], form: str = "csv"
    ) -> ObjectShape:
        self.put(name, data)
        source = self.source(name, form)
        (obj,) = list_objects(source)
        return inspect(source, obj, fields_of(*fields))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def names() -> Callable[[SourceConfig], list[str]]:
    return lambda source: [obj.name for obj in list_objects(source)]
