"""The header of a delimited file: its delimiter, its column names, and the lines it takes."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from onefold.errors import SourceUnreadable
from onefold.sources.config import FileFormat, SourceConfig
from onefold.sources.streams import TextStream
from onefold.sources.utf8 import BROKEN_TEXT

__all__ = ["Header", "take_header"]

LONGEST_HEADER = 1 << 20  # bytes
_CANDIDATES = ",;\t|"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BLANK_LINES = re.compile(r"\A(?:[ \t]*(?:\r\n|\n|\r))+")
_FIXED = {FileFormat.PSV: "|", FileFormat.TSV: "\t"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """A header as read.

    Attributes:
        names: the columns' names, without surrounding white space.
        delimiter: what stands between values.
        lines: physical lines up to the first row, blank ones before the header included.
    """

    names: tuple[str, ...]
    delimiter: str
    lines: int


def take_header(stream: TextStream, config: SourceConfig, name: str) -> Header:
    """Read a stream up to its first row.

    Raises:
        SourceUnreadable: the object is empty, or its header is broken.
    """
    text, lines = _take_record(stream, name)
    if re.search(BROKEN_TEXT, text):
        raise SourceUnreadable(
            f"{name}:1: the header is not valid UTF-8",
            hint="save the file as UTF-8 (or UTF-16 with a byte order mark)",
        )
    if _CONTROL.search(text):
        raise SourceUnreadable(
            f"{name}:1: the header holds control characters, so this is no UTF-8 text",
            hint="save the file as UTF-8 (or UTF-16 with a byte order mark);"
            " export a workbook as CSV",
        )
    delimiter = _FIXED.get(config.format) or config.delimiter or _sniff(text)
    try:
        (values,) = csv.reader([text], delimiter=delimiter)
    except (csv.Error, ValueError) as error:
        raise _endless(name) from error
    return Header(names=tuple(v.strip() for v in values), delimiter=delimiter, lines=lines)


def _take_record(stream: TextStream, name: str) -> tuple[str, int]:
    """Take the first record that is not blank, and count the lines it ends."""
    buffer = b""
    while len(buffer) <= LONGEST_HEADER:
        more = stream.read(LONGEST_HEADER)
        buffer += more
        end = _record_end(buffer, final=not more)
        if end is not None:
            stream.unread(buffer[end:])
            taken = buffer[:end].decode()
            if not taken.strip():
                break
            return _BLANK_LINES.sub("", taken).rstrip("\r\n"), max(
                1, taken.count("\n") or taken.count("\r")
            )
        if not more:
            break
    if not buffer.strip():
        raise SourceUnreadable(
            f"{name} is empty: it does not even have a header",
            hint="a day without rows still needs the header line; have the file delivered again",
        )
    raise _endless(name)


def _record_end(buffer: bytes, *, final: bool) -> int | None:
    """Give where the first record with content ends: after a line break outside quotes."""
    start = len(buffer) - len(buffer.lstrip())
    quotes = 0
    at = start
    for line in buffer[start:].splitlines(keepends=True):
        at += len(line)
        quotes += line.count(b'"')
        if quotes % 2 == 0 and line.endswith((b"\n", b"\r")) and (at < len(buffer) or final):
            return at
    return len(buffer) if final and quotes % 2 == 0 else None


def _endless(name: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{name}:1: the header never ends (no line break in {LONGEST_HEADER >> 20} MB, or a quote"
        " that is never closed)",
        hint="check that the file is delimited text, as `format` says",
    )


def _sniff(header: str) -> str:
    """Choose the candidate that stands most often outside quotes; a comma when none does."""
    outside = "".join(header.split('"')[::2])
    return max(_CANDIDATES, key=outside.count)
