"""Bytes to valid UTF-8, without losing what was not valid.

A byte that is no text becomes one character of the private plane 16 (U+10FF00 + byte). So a
broken value can be parsed like any other, found again, and turned back into its bytes.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["BROKEN_TEXT", "as_delivered", "to_utf8"]

_FIRST = 0x10FF00
BROKEN_TEXT = "[\U0010ff00-\U0010ffff]"
"""A regular expression that finds a marked byte."""

_HANDLER = "onefold.mark"
_MARK = re.compile(BROKEN_TEXT)


def to_utf8(data: bytes, encoding: str, *, final: bool) -> tuple[bytes, int, bool]:
    """Decode as much as possible.

    Returns:
        Valid UTF-8; how many bytes of `data` that took (a character may be cut at its end);
        and whether a byte had to be marked.
    """
    if encoding == "utf-8" and data.isascii():
        return data, len(data), False
    decode = codecs.getincrementaldecoder(encoding)
    try:
        text, used = _decode(decode("strict"), data, final=final)
    except UnicodeDecodeError:
        text, used = _decode(decode(_HANDLER), data, final=final)
        return text.encode(), used, True
    return (data[:used] if encoding == "utf-8" else text.encode()), used, False


def as_delivered(text: str) -> bytes:
    """Turn text with marked bytes back into what the object held."""
    pieces: list[bytes] = []
    end = 0
    for mark in _MARK.finditer(text):
        pieces += [text[end : mark.start()].encode(), bytes([ord(mark[0]) - _FIRST])]
        end = mark.end()
    return b"".join([*pieces, text[end:].encode()])


def _decode(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool) -> tuple[str, int]:
    text = decoder.decode(data, final)
    cut, _ = decoder.getstate()
    return text, len(data) - len(cut)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(_FIRST + byte) for byte in bad), error.end


codecs.register_error(_HANDLER, _mark)
