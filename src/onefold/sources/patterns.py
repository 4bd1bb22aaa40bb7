"""A location's pattern, one path segment at a time: `*`, `{yyyy}`, `{MM}` and `{dd}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from onefold.errors import NotBuiltYet, ProjectError, nearest

__all__ = ["check_pattern", "day_of", "is_literal", "match_segment"]

_DAY_PARTS = {"yyyy": r"\d{4}", "MM": r"\d{2}", "dd": r"\d{2}"}
_TOKEN = re.compile(r"\{(?P<part>[^{}]*)\}|(?P<star>\*)")

DayParts = Mapping[str, str]
"""Digits found for `yyyy`, `MM` and `dd` so far."""


def check_pattern(pattern: str) -> None:
    """Refuse what a pattern cannot say.

    Raises:
        NotBuiltYet: a bucket or another address instead of a path, or `**`.
        ProjectError: a placeholder that nobody knows.
    """
    if "://" in pattern:
        raise NotBuiltYet(
            f"{pattern}: only local files can be read yet",
            hint="copy the objects into a folder and name that folder",
        )
    if "**" in pattern:
        raise NotBuiltYet(
            f"{pattern}: ** (folders at any depth) is not built yet",
            hint="write one * for each folder level",
        )
    for token in _TOKEN.finditer(pattern):
        _check_part(pattern, token["part"])


def _check_part(pattern: str, part: str | None) -> None:
    if part is None or part in _DAY_PARTS:
        return
    known = nearest(part, _DAY_PARTS) or "yyyy"
    raise ProjectError(
        f"{pattern}: {{{part}}} is not a placeholder",
        hint=f"placeholders are {{yyyy}}, {{MM}} and {{dd}}; nearest: {{{known}}}",
    )


def is_literal(segment: str) -> bool:
    """Whether a segment stands for exactly one name."""
    return _TOKEN.search(segment) is None


def match_segment(segment: str, name: str, found: DayParts) -> DayParts | None:
    """Match a name of a folder or file; give the parts of the day known now, or None.

    A part found before must be the same here. Hidden names match only a segment with a dot.
    """
    if name.startswith(".") and not segment.startswith("."):
        return None
    match = re.fullmatch(_regex(segment, found), name)
    return None if match is None else {**found, **match.groupdict()}


def _regex(segment: str, found: DayParts) -> str:
    pieces: list[str] = []
    named = dict(found)
    end = 0
    for token in _TOKEN.finditer(segment):
        pieces.append(re.escape(segment[end : token.start()]))
        pieces.append("[^/]*" if token["star"] else _part_regex(token["part"], named))
        end = token.end()
    pieces.append(re.escape(segment[end:]))
    return "".join(pieces)


def _part_regex(part: str, named: dict[str, str]) -> str:
    if part in named:
        return named[part] or f"(?P={part})"
    named[part] = ""
    return f"(?P<{part}>{_DAY_PARTS[part]})"


def day_of(found: DayParts) -> tuple[bool, date | None]:
    """Give whether the parts are a real day, and which; no year means no day, and is fine."""
    if "yyyy" not in found:
        return True, None
    try:
        day = date(int(found["yyyy"]), int(found.get("MM", 1)), int(found.get("dd", 1)))
    except ValueError:
        return False, None
    return True, day
