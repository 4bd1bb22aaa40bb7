"""The documented keys that this version does not have. A later version shortens this list.

Such a key is refused and never ignored: who writes `freshness` relies on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from onefold.errors import NotBuiltYet
from onefold.project.documents import Document, Path
from onefold.project.variables import is_unresolved

__all__ = ["NOT_BUILT_YET", "NotBuilt", "refuse_not_built"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotBuilt:
    """A key, or some of its values, that are documented and missing.

    Attributes:
        kind: the kind of file, as `Kind` spells it.
        key: its path with dots; `*` stands for any name or list position.
        when: tells which values are missing; all of them when absent.
        instead: what can be done today.
    """

    kind: str
    key: str
    when: Callable[[Any], bool] | None = None
    instead: str = ""


def _is(*values: object) -> Callable[[Any], bool]:
    return lambda value: any(value is known or value == known for known in values)


def _is_remote(value: object) -> bool:
    return isinstance(value, str) and "://" in value


def _names_a_database(value: object) -> bool:
    return isinstance(value, str) and value != "" and not is_unresolved(value)


def _is_probability(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _missing(kind: str, *keys: str, instead: str = "") -> tuple[NotBuilt, ...]:
    return tuple(NotBuilt(kind=kind, key=key, instead=instead) for key in keys)


_SHORT = re.compile(r"[a-z0-9_.]{1,20}")
_BY_HAND = "remove it, and start `onefold run` from cron"

NOT_BUILT_YET: tuple[NotBuilt, ...] = (
    NotBuilt(
        kind="onefold",
        key="environments.*.control",
        when=_names_a_database,
        instead="remove it: the control database is SQLite in the store",
    ),
    NotBuilt(
        kind="source", key="from.files", when=_is_remote, instead="copy the files to this machine"
    ),
    *_missing("source", "from.table", instead="export the table to files"),
    *_missing("source", "from.currents", "from.endpoint", "from.credential", "events"),
    NotBuilt(
        kind="source",
        key="format",
        when=_is("json", "avro"),
        instead="convert the files to ndjson or parquet",
    ),
    *_missing("source", "freshness"),
    NotBuilt(
        kind="source",
        key="formerly",
        when=lambda value: value is not None,
        instead="keep the file's name: under a new one all its records would be new",
    ),
    NotBuilt(kind="stitch", key="threshold", when=_is_probability, instead="write auto"),
    *_missing("destination", "access"),
    NotBuilt(
        kind="orchestration",
        key="as",
        when=_is("files"),
        instead="write attributes",
    ),
    NotBuilt(kind="orchestration", key="tests.on_fail", when=_is("warn"), instead="write stop"),
    *_missing("orchestration", "schedule.cron", "schedule.once", instead=_BY_HAND),
    *_missing("orchestration", "schedule.missed", "schedule.until", instead=_BY_HAND),
    *_missing("campaign", "groups.*.treatments.*.to", instead="send the whole group to `to:`"),
    *_missing("campaign", "schedule.cron", "schedule.once", instead=_BY_HAND),
    *_missing("campaign", "schedule.missed", "schedule.until", instead=_BY_HAND),
    *_missing("campaign", "results"),
    *_missing("workflow", "notify"),
    *_missing("workflow", "schedule.once", instead=_BY_HAND),
)


def refuse_not_built(
    kind: str, data: dict[str, Any], document: Document
) -> tuple[dict[str, Any], list[NotBuiltYet]]:
    """Return the data without what is not built yet, and an error for each thing left out."""
    errors = []
    for entry in NOT_BUILT_YET:
        if entry.kind != kind:
            continue
        for path, value in list(_matches(data, tuple(entry.key.split(".")))):
            if entry.when is None or entry.when(value):
                data = _without(data, path)
                errors.append(_refusal(entry, path, document))
    return data, errors


def _refusal(entry: NotBuilt, path: Path, document: Document) -> NotBuiltYet:
    written = ".".join(step for step in path if isinstance(step, str))
    value = str(document.value(path))
    if entry.when is not None and _SHORT.fullmatch(value):  # an address may hold a password
        written = f"{written}: {value}"
    return NotBuiltYet(
        f"`{written}` is documented but not built yet in this version",
        hint=entry.instead or "remove it to go on",
        where=document.key_place(path),
    )


def _matches(data: object, pattern: tuple[str, ...], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if not pattern:
        yield path, data
        return
    step, rest = pattern[0], pattern[1:]
    for key, value in _children(data):
        if step in ("*", key):
            yield from _matches(value, rest, (*path, key))


def _children(data: object) -> Iterator[tuple[str | int, Any]]:
    if isinstance(data, dict):
        yield from data.items()
    elif isinstance(data, list):
        yield from enumerate(data)


def _without(data: Any, path: Path) -> Any:
    """Copy nested values, leaving out the one at a path."""
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_without(v, rest) if at == step else v for at, v in enumerate(data)]
    if not rest:
        return {key: value for key, value in data.items() if key != step}
    return {key: _without(v, rest) if key == step else v for key, v in data.items()}
