"""Two requests of one: the way to the row for whose sake a request is refused as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from onefold.destinations.request import Request

__all__ = ["halves"]

_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()

Members = Mapping[str, str | list[str]]
"""An object's members as texts; those that are arrays as the texts of their elements."""


def halves(request: Request) -> tuple[Request, Request] | None:
    """Cut a request in the middle of its rows, or give None when it cannot be cut.

    Every row keeps its text to the byte: numbers that were read and written again might change.
    What stands beside the arrays goes into both. Rows keep their order, so those of the first half
    come first. When the first half is sent first, a person's attributes still arrive before the
    events that follow them.
    """
    if request.rows < 2:  # noqa: PLR2004 - a pair at least
        return None
    if request.frame is not None:
        return _framed(request, *request.frame)
    try:
        members = dict(_members(request.body.decode()))
    except (ValueError, IndexError):  # no JSON object, or one that ends too soon
        return None
    for name, count in request.arrays.items():
        rows = members.get(name)
        if not isinstance(rows, list) or len(rows) != count:
            return None
    middle = request.rows // 2
    return _part(request, members, 0, middle), _part(request, members, middle, request.rows)


def _framed(request: Request, before: int, behind: int) -> tuple[Request, Request] | None:
    """Cut what stands between the ends of a body."""
    body = request.body
    opening, closing = body[:before], body[len(body) - behind :]
    try:
        rows, _ = _elements(f"[{body[before : len(body) - behind].decode()}]", 0)
    except (ValueError, IndexError):
        return None
    ((array, count),) = request.arrays.items()
    if len(rows) != count:
        return None
    middle = count // 2
    first, second = (
        replace(
            request, body=opening + ",".join(part).encode() + closing, arrays={array: len(part)}
        )
        for part in (rows[:middle], rows[middle:])
    )
    return first, second


def _part(request: Request, members: Members, first: int, stop: int) -> Request:
    """Write the request of the positions from `first` up to `stop`."""
    kept, offset = dict[str, list[str]](), 0
    for name, count in request.arrays.items():
        kept[name] = list(members[name])[max(first - offset, 0) : max(stop - offset, 0)]
        offset += count
    text = ",".join(
        f"{json.dumps(name, ensure_ascii=False)}:{_written(kept.get(name, value))}"
        for name, value in members.items()
        if kept.get(name) != []
    )
    arrays = {name: len(rows) for name, rows in kept.items() if rows}
    return replace(request, body=f"{{{text}}}".encode(), arrays=arrays)


def _written(value: str | list[str]) -> str:
    return value if isinstance(value, str) else f"[{','.join(value)}]"


def _members(text: str) -> Iterator[tuple[str, str | list[str]]]:
    at = _past(text, 0, "{")
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _past(text, at, ":")
        read = _elements if text[at] == "[" else _value
        value, at = read(text, at)
        yield name, value
        at = _next(text, at, "}")


def _elements(text: str, at: int) -> tuple[list[str], int]:
    found: list[str] = []
    at = _past(text, at, "[")
    while text[at] != "]":
        value, at = _value(text, at)
        found.append(value)
        at = _next(text, at, "]")
    return found, at + 1


def _value(text: str, at: int) -> tuple[str, int]:
    _, end = _DECODER.raw_decode(text, at)
    return text[at:end], end


def _past(text: str, at: int, expected: str) -> int:
    """Give where the text goes on behind a sign, blanks left out."""
    at = _skip(text, at)
    if text[at] != expected:
        raise ValueError(f"{expected} expected at {at}")
    return _skip(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Go on behind a comma, or stay before the end."""
    at = _skip(text, at)
    return at if text[at] == end else _past(text, at, ",")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at
