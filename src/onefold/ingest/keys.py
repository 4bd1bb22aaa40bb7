"""The key of a record: the values of its primary key as one text."""

from __future__ import annotations

from sqlglot import exp

from onefold.ingest.config import FeedConfig
from onefold.model import FeedField, TypeKind
from onefold.warehouse import call, column, literal

__all__ = ["record_key"]

_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


def record_key(feed: FeedConfig, file: exp.Expr) -> exp.Expr:
    """Give `_key` over typed columns: one value as its text, several escaped and joined by `|`.

    In joined parts a backslash stands before `|` and before a backslash, so two keys are equal
    only when all their parts are. Without a primary key it is the file and the line.
    """
    by_name = {field.name: field for field in feed.fields}
    parts = [_text(by_name[name]) for name in feed.primary_key]
    if len(parts) == 1:
        return parts[0]
    parts = parts or [file, exp.cast(column("_line"), "TEXT")]
    joined = _escaped(parts[0])
    for part in parts[1:]:
        separated = exp.DPipe(this=joined, expression=literal("|"))
        joined = exp.DPipe(this=separated, expression=_escaped(part))
    return joined


def _text(field: FeedField) -> exp.Expr:
    value = column(field.name)
    if field.type.kind is TypeKind.DATETIME:  # a cast would depend on the session's zone
        return call("strftime", call("timezone", literal("UTC"), value), literal(_INSTANT))
    return exp.cast(value, "TEXT")


def _escaped(part: exp.Expr) -> exp.Expr:
    slashes = exp.func("replace", part, literal("\\"), literal("\\\\"))
    return exp.func("replace", slashes, literal("|"), literal("\\|"))
