"""Semantic tags and the columns they become."""

from __future__ import annotations

from collections.abc import Sequence

from onefold.model import RecordShape

__all__ = ["PROFILE_COLUMNS", "key_columns", "key_tags", "profile_tag"]

_TEXT = "VARCHAR"
_INSTANT = "TIMESTAMP WITH TIME ZONE"

# Columns of unified_coalesced with their engine types, in the order people read them.
PROFILE_COLUMNS = {
    "title": _TEXT,
    "given_name": _TEXT,
    "surname": _TEXT,
    "generational_suffix": _TEXT,
    "full_name": _TEXT,
    "email": _TEXT,
    "phone": _TEXT,
    "birthdate": "DATE",
    "gender": _TEXT,
    "company": _TEXT,
    "address": _TEXT,
    "address2": _TEXT,
    "city": _TEXT,
    "state": _TEXT,
    "postal": _TEXT,
    "country": _TEXT,
    "create_dt": _INSTANT,
    "update_dt": _INSTANT,
}
_TAKEN = {"person_id", "datasource", "pk", "has_blv", *PROFILE_COLUMNS}


def profile_tag(column: str) -> str:
    """Give the tag of a profile column: `given_name` is tagged `given-name`."""
    return column.replace("_", "-")


def key_tags(shapes: Sequence[RecordShape]) -> tuple[str, ...]:
    """Give the `fk-` and `sk-` tags that any of the records bears, sorted."""
    tags = {field.tag for shape in shapes for field in shape.fields if field.tag}
    return tuple(sorted(tag for tag in tags if tag.startswith(("fk-", "sk-"))))


def key_columns(tags: Sequence[str]) -> dict[str, str]:
    """Give each key tag its column: `fk-loyalty` is `loyalty`, `sk-loyalty` is `sk_loyalty`.

    A foreign key named like another column keeps its prefix: `fk-email` is `fk_email`.
    """
    columns = {}
    for tag in tags:
        whole = tag.replace("-", "_").lower()
        bare = whole.removeprefix("fk_")
        columns[tag] = whole if bare in _TAKEN or bare.startswith("blv_") else bare
    return columns
