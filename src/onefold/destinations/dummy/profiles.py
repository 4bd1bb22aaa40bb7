"""What a dummy destination holds: profiles in memory, and a file of what it took."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

__all__ = ["ID", "Profiles"]

ID = "id"


class Profiles:
    """People by identifier, each with the fields that are set."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._people: dict[str, dict[str, Any]] = {}
        if file is not None and file.exists():
            for line in file.read_bytes().splitlines():
                self._apply(orjson.loads(line))

    @property
    def people(self) -> Mapping[str, Mapping[str, Any]]:
        """Each identifier's fields."""
        return self._people

    def take(self, objects: list[dict[str, Any]]) -> None:
        """Store objects, in memory and in the file."""
        for item in objects:
            self._apply(item)
        if self._file is not None:
            with self._file.open("ab") as file:
                file.write(b"".join(orjson.dumps(item) + b"\n" for item in objects))

    def _apply(self, item: dict[str, Any]) -> None:
        person = self._people.setdefault(item[ID], {})
        for name, value in item.items():
            if name == ID:
                continue
            if value is None:
                person.pop(name, None)
            else:
                person[name] = value
