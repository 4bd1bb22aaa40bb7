"""Find a source's objects: what matches its pattern, in the order in which they are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from onefold.errors import SourceMissing
from onefold.sources.config import SourceConfig
from onefold.sources.patterns import DayParts, check_pattern, day_of, is_literal, match_segment

__all__ = ["SourceObject", "etag_of", "matching_objects"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceObject:
    """One object of a source: a file as it was when it was listed.

    Attributes:
        name: its path, relative to the source's root unless the pattern is absolute.
        path: where to open it.
        size_bytes: its size as stored (compressed).
        etag: changes whenever the object does.
        day: the day that `{yyyy}{MM}{dd}` found in its name, if the pattern has them.
    """

    name: str
    path: Path
    size_bytes: int
    etag: str
    day: date | None


def matching_objects(config: SourceConfig) -> tuple[SourceObject, ...]:
    """List what matches the pattern, by day and then by name.

    Raises:
        SourceMissing: nothing matches.
    """
    check_pattern(config.pattern)
    objects = [_object(name, path, found) for name, path, found in _walk(config)]
    listed = sorted(
        (found for found in objects if found is not None),
        key=lambda one: (one.day or date.min, one.name),
    )
    if not listed:
        raise _missing(config)
    return tuple(listed)


def etag_of(path: Path) -> str:
    """Give a text that changes whenever the file does."""
    stat = path.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def _walk(config: SourceConfig) -> Iterator[tuple[str, Path, DayParts]]:
    places: list[tuple[str, Path, DayParts]] = [_start(config)]
    for segment in _segments(config):
        places = [step for place in places for step in _step(place, segment)]
    return (place for place in places if place[1].is_file())


def _start(config: SourceConfig) -> tuple[str, Path, DayParts]:
    absolute = config.pattern.startswith("/")
    return ("/", Path("/"), {}) if absolute else ("", config.root, {})


def _segments(config: SourceConfig) -> list[str]:
    return [part for part in config.pattern.split("/") if part not in {"", "."}]


def _step(place: tuple[str, Path, DayParts], segment: str) -> Iterator[tuple[str, Path, DayParts]]:
    name, path, found = place
    prefix = f"{name}/" if name and name != "/" else name
    if is_literal(segment):
        if (path / segment).exists():
            yield prefix + segment, path / segment, found
        return
    for child in sorted(path.iterdir()) if path.is_dir() else ():
        matched = match_segment(segment, child.name, found)
        if matched is not None:
            yield prefix + child.name, child, matched


def _object(name: str, path: Path, found: DayParts) -> SourceObject | None:
    real, day = day_of(found)
    if not real:
        return None
    return SourceObject(
        name=name, path=path, size_bytes=path.stat().st_size, etag=etag_of(path), day=day
    )


def _missing(config: SourceConfig) -> SourceMissing:
    folder, wanted = _deepest_folder(config)
    names = sorted(map(_spoken, folder.iterdir())) if folder.is_dir() else []
    near = get_close_matches(wanted, names, n=3, cutoff=0.3) or names[:3]
    there = f"it holds {', '.join(near)}" if near else "it is empty"
    return SourceMissing(
        f"source {config.id}: nothing matches {config.pattern}; looked for {wanted} in {folder},"
        f" and {there}",
        hint="put the file there, or correct `from:` of the source",
    )


def _spoken(child: Path) -> str:
    return f"{child.name}/" if child.is_dir() else child.name


def _deepest_folder(config: SourceConfig) -> tuple[Path, str]:
    """Give the last folder of the pattern that exists, and the segment not found in it."""
    _, folder, _ = _start(config)
    segments = _segments(config)
    for segment in segments[:-1]:
        if not is_literal(segment) or not (folder / segment).is_dir():
            return folder, segment
        folder /= segment
    return folder, segments[-1] if segments else config.pattern
