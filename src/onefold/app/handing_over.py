"""A person's data as files that the person can read: written aside, then given its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from onefold.errors import OnefoldError

__all__ = ["Handover", "hand_over"]

MEANING = {
    "records.json": "What was delivered about you, row by row, with the file and line that it "
    'came from. "current": false marks an older version.',
    "rejected.json": "Rows about you that could not be read, and why.",
    "links.json": "Why these records are held to be of one person: the rule, and the value that "
    "was equal.",
    "profile.json": "What was put together from the records.",
    "tables.json": "What was computed about you, table by table.",
    "segments.json": "The groups of customers that are kept, whether you are in each, and why.",
    "campaigns.json": "The group and the treatment that you were given in each campaign.",
    "sent.json": "What was sent to other systems about you: when, in which request, and what they "
    "answered.",
}


class Handover:
    """The files of one person, of mode 0600, in a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.counts: dict[str, int] = {}

    def write(self, name: str, entries: Iterator[Mapping[str, Any]]) -> None:
        """Write a JSON array, an entry at a time."""
        count = 0
        with open(_new(self._folder / name), "wb") as file:
            file.write(b"[")
            for entry in entries:
                text = orjson.dumps(
                    entry, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
                )
                file.write((b",\n" if count else b"\n") + text)
                count += 1
            file.write(b"\n]\n" if count else b"]\n")
        self.counts[name] = count

    def explain(self, person_id: str, at: datetime) -> None:
        """Write `README.txt`: what each file is, in words for the person."""
        lines = [
            f"What is stored about you, as of {at.isoformat(timespec='seconds')}.",
            f"You are known here as {person_id}.",
            "Each file is text (JSON), which every browser and editor opens.",
            "",
        ]
        for name, count in self.counts.items():
            lines += [f"{name} ({count})", f"  {MEANING[name]}", ""]
        with open(_new(self._folder / "README.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines))


@contextmanager
def hand_over(to: Path) -> Iterator[Handover]:
    """Give a folder to write into, which gets its name, or becomes a zip, when all is written.

    Raises:
        OnefoldError: `to` exists, or cannot be written. Nothing is left behind.
    """
    if os.path.lexists(to):
        raise OnefoldError(f"{to} exists already", hint="name a folder or a .zip that does not")
    aside = to.absolute().parent / f".{to.name}.{uuid4().hex}.writing"
    packed = aside.with_suffix(".zip")
    try:
        aside.mkdir(mode=0o700)
        yield Handover(aside)
        if to.suffix.lower() == ".zip":
            _pack(aside, packed)
            packed.rename(to)
        else:
            aside.rename(to)
    except OSError as error:
        raise OnefoldError(
            f"{to} cannot be written: {error.strerror}",
            hint="name a place in a folder that exists, that you may write and that has room",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        packed.unlink(missing_ok=True) if os.access(packed.parent, os.X_OK) else None


def _pack(folder: Path, target: Path) -> None:
    with open(_new(target), "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for one in sorted(folder.iterdir()):
            packed.write(one, one.name)


def _new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _plain(value: object) -> object:
    """Write decimals as exact text, and bytes as the text that they nearly always are."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
