"""Find in the text as written what the engine underlines in the text that it ran."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from sqlglot import exp

from onefold.warehouse.user_sql.parse import UserSql
from onefold.warehouse.user_sql.places import end_of, start_of

__all__ = ["Underlined", "column_named", "piece_written", "underlined"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Underlined:
    """The place in the executed SQL that DuckDB points at.

    Attributes:
        before: what stands before it, on the line that DuckDB shows.
        after: what begins there; DuckDB 2 ends it where the piece ends, DuckDB 1 with the line.
    """

    before: str
    after: str


def underlined(text: str) -> Underlined | None:
    """Read `LINE 1: …` and the carets below it."""
    lines = text.splitlines()
    for line, carets in pairwise(lines):
        if line.startswith("LINE ") and carets.strip().strip("^") == "":
            start = carets.find("^")
            head = line.index(": ") + 2
            end = len(carets.rstrip()) if carets.count("^") > 1 else len(line)
            return Underlined(before=line[head:start], after=line[start:end])
    return None


def column_named(name: str, sql: UserSql, shown: Underlined | None) -> exp.Expr | None:
    """Find the column, or the name in USING, that the engine does not know."""
    named = [
        node
        for node in sql.tree.find_all(exp.Column, exp.Identifier)
        if node.name.lower() == name.lower() and not isinstance(node.parent, exp.Column)
    ]
    return _meant(named, sql, shown)


def piece_written(sql: UserSql, shown: Underlined | None) -> exp.Expr | None:
    """Find the largest piece that begins there, or the column before it when it is an operator."""
    if shown is None:
        return None
    after = _plain(shown.after)
    pieces: dict[str, list[exp.Expr]] = {}
    for node in sql.tree.find_all(exp.Func, exp.Column, exp.Binary, exp.Table, exp.Cast):
        rendered = _plain(node.sql(dialect="duckdb"))
        if after.startswith(rendered):
            pieces.setdefault(rendered, []).append(node)
    largest = max(pieces, key=len, default="")
    return _meant(pieces.get(largest, []), sql, shown) or _column_before(sql, shown)


def _column_before(sql: UserSql, shown: Underlined) -> exp.Expr | None:
    """Find the column that an underlined operator follows."""
    ends = {end: node for node in sql.tree.find_all(exp.Column) if (end := end_of(node))}
    agreeing = {end: _alike(sql.source.text[:end], shown.before) for end in ends}
    best = max(agreeing, key=agreeing.__getitem__, default=0)
    return ends[best] if agreeing.get(best) else None


def _meant(nodes: Sequence[exp.Expr], sql: UserSql, shown: Underlined | None) -> exp.Expr | None:
    """Choose among equal pieces the one that follows what the engine shows before its own."""
    ordered = sorted(
        (node for node in nodes if start_of(node) is not None), key=lambda node: start_of(node) or 0
    )
    if shown is None or not ordered:
        return ordered[0] if ordered else None
    written = sql.source.text
    return max(ordered, key=lambda node: _alike(written[: start_of(node)], shown.before))


def _alike(written: str, executed: str) -> int:
    """Count the characters that two texts end with in common, spaces, quotes and case apart."""
    backwards = zip(reversed(_plain(written)), reversed(_plain(executed)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], backwards))


def _plain(text: str) -> str:
    without_comments = re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r'[\s"]', "", without_comments).lower()
