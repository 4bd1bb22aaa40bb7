"""What a load did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onefold.model import Column, DataFile, FeedField, Reject, Tally

__all__ = ["Landing", "Rejects", "landed_columns"]

_PERSONAL = frozenset(
    {
        *("address", "address2", "birthdate", "city", "company", "email", "full-name", "gender"),
        *("generational-suffix", "given-name", "loyalty-id", "phone", "postal", "surname", "title"),
    }
)
_PERSONAL_KINDS = ("fk-", "sk-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejects:
    """The rows that a load refused.

    Attributes:
        summary: the reasons, commonest first (at most 100), each with its first example.
        files: Parquet files of the rows, one row per row and reason: `file`, `line`, `field`
            (NULL when the row as a whole is broken), `reason`, `value` and `raw` (BLOB).
    """

    summary: tuple[Reject, ...] = ()
    files: tuple[DataFile, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """A load that landed: the table's next version, and what became of every row.

    Attributes:
        files: all files of the table now: those kept as they were, and those written.
        written: the files among them that this load wrote.
        columns: the columns to read; files from before a field was added lack its column, and
            those from before one was removed still have it.
        tally: rows read, landed, rejected and superseded, over all objects.
        tallies: the same by object, in the order delivered.
        repeated_keys: keys that came more than once in this load.
        rejects: the rows that were refused.
    """

    files: tuple[DataFile, ...]
    written: tuple[DataFile, ...]
    columns: tuple[Column, ...]
    tally: Tally
    tallies: Mapping[str, Tally]
    repeated_keys: int
    rejects: Rejects


def landed_columns(fields: tuple[FeedField, ...]) -> tuple[Column, ...]:
    """Give the columns of a landed table: the declared fields, then `_key`, `_file`, `_line`."""
    declared = [
        Column(
            name=field.name,
            engine_type=field.type.engine_type,
            tag=field.tag,
            pii=_is_personal(field.tag),
            description=field.description,
        )
        for field in fields
    ]
    return (
        *declared,
        Column(name="_key", engine_type="VARCHAR", description="The record's primary key."),
        Column(name="_file", engine_type="VARCHAR", description="The object it came from."),
        Column(name="_line", engine_type="BIGINT", description="Its line in that object."),
    )


def _is_personal(tag: str | None) -> bool:
    return tag is not None and (tag in _PERSONAL or tag.startswith(_PERSONAL_KINDS))
