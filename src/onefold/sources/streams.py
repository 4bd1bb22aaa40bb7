"""An object as a stream of valid UTF-8: decompressed, decoded, without its byte order mark."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import pyarrow as pa

from onefold.errors import NotBuiltYet, OnefoldError, SourceUnreadable
from onefold.sources.config import BLOCK_BYTES, BUILT_COMPRESSIONS
from onefold.sources.listing import SourceObject, etag_of
from onefold.sources.utf8 import to_utf8

__all__ = ["TextStream", "check_unchanged", "finished", "open_text", "reading"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_MARK = 3  # bytes
_UNBUILT_COMPRESSIONS = frozenset({"zip", "bz2", "xz", "7z", "tar", "tgz", "lz4"})


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class TextStream:
    """A readable stream of valid UTF-8 that ends in a text of its reader's choice.

    Attributes:
        marked: whether a byte that is no text was met and marked (see `utf8`).
        tail: what is read after the object's own end.
    """

    def __init__(self, raw: _Readable) -> None:
        self._raw = raw
        self._undecoded = raw.read(_LONGEST_MARK)
        self._decoded = b""
        self._ended = False
        self._encoding = self._take_mark()
        self.marked = False
        self.tail = b""
        self.closed = False

    def _take_mark(self) -> str:
        for mark, encoding in _MARKS:
            if self._undecoded.startswith(mark):
                self._undecoded = self._undecoded[len(mark) :]
                return encoding
        return "utf-8"

    def readable(self) -> bool:
        """Say to pyarrow that this can be read."""
        return True

    def read(self, size: int) -> bytes:
        """Give `size` bytes; fewer only at the end. A short block could not hold a whole row."""
        while len(self._decoded) < size and not self._ended:
            self._decode_more()
        if self._ended and len(self._decoded) < size:
            self._decoded, self.tail = self._decoded + self.tail, b""
        given, self._decoded = self._decoded[:size], self._decoded[size:]
        return given

    def unread(self, data: bytes) -> None:
        """Give bytes back: they are read again next."""
        self._decoded = data + self._decoded

    def close(self) -> None:
        """Close the object."""
        self._raw.close()
        self.closed = True

    def _decode_more(self) -> None:
        fresh = self._raw.read(BLOCK_BYTES)
        data = self._undecoded + fresh
        text, used, marked = to_utf8(data, self._encoding, final=not fresh)
        self._undecoded = data[used:]
        self._ended = not fresh
        self.marked = self.marked or marked
        self._decoded += text


def open_text(obj: SourceObject) -> TextStream:
    """Open an object of a text format.

    Raises:
        NotBuiltYet: its suffix names a compression that cannot be read yet.
        SourceUnreadable: it vanished, or its compression is broken.
    """
    suffix = obj.name.rpartition(".")[2].lower()
    if suffix in _UNBUILT_COMPRESSIONS:
        raise NotBuiltYet(
            f"{obj.name}: {suffix} cannot be read yet",
            hint=f"compress it as {' or '.join(BUILT_COMPRESSIONS)}, or not at all",
        )
    with reading(obj):
        check_unchanged(obj)
        return TextStream(
            pa.input_stream(str(obj.path), compression=BUILT_COMPRESSIONS.get(suffix))
        )


def check_unchanged(obj: SourceObject) -> None:
    """Refuse an object that is not the one that was listed: half old and half new may not land."""
    if etag_of(obj.path) != obj.etag:
        raise SourceUnreadable(
            f"{obj.name} changed after it was listed",
            hint="run again when whoever writes it has finished;"
            " best is to write under another name and rename",
        )


@contextmanager
def finished(stream: TextStream, obj: SourceObject) -> Iterator[None]:
    """Close a stream at the end, and refuse an object that changed while it was read."""
    with reading(obj):
        try:
            yield
            check_unchanged(obj)
        finally:
            stream.close()


@contextmanager
def reading(obj: SourceObject) -> Iterator[None]:
    """Turn what goes wrong while an object is read into an error that names it.

    The reader's own text is left out: it may quote the row, and rows hold personal data.
    """
    try:
        yield
    except OnefoldError:
        raise
    except FileNotFoundError as error:
        raise SourceUnreadable(
            f"{obj.name} vanished while it was read",
            hint="nothing of this load landed; put the file back, then run again",
        ) from error
    except (OSError, pa.ArrowException) as error:
        raise SourceUnreadable(
            f"{obj.name} cannot be read: it is truncated, corrupt, or not what its name and"
            f" `format` say ({type(error).__name__})",
            hint="nothing of this load landed; have the file delivered again",
        ) from error
