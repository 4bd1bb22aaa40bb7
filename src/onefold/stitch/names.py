"""When two names may be one person's: nicknames, initials, compound names, slips of the pen."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import resources

import pyarrow as pa
from nicknames import name_triplets
from sqlglot import parse_one

from onefold.warehouse import Engine

__all__ = ["GIVEN_NAMES_ALIKE", "SURNAMES_ALIKE", "register_nicknames"]

_SCHEMA = pa.schema([("name", pa.string()), ("stands_for", pa.list_(pa.string()))])

# One slip, two in long names; never in the first letter. A difference at the very end is no slip:
# Michel and Michèle, Mario and Maria, share a mailbox but are two persons.
_SLIP = """
    left(x.bearer, 1) = left(y.bearer, 1)
    AND length(x.bearer) >= 4
    AND length(y.bearer) - length(x.bearer) <= 2
    AND NOT (
      left(x.bearer, length(x.bearer) - 1) = left(y.bearer, length(x.bearer) - 1)
      AND right(x.bearer, 1) <> right(y.bearer, 1)
    )
    AND damerau_levenshtein(x.bearer, y.bearer)
      <= CASE WHEN length(x.bearer) >= 8 THEN 2 ELSE 1 END
"""

SURNAMES_ALIKE = parse_one(f"({_SLIP})", dialect="duckdb")

# x is the shorter of the two.
GIVEN_NAMES_ALIKE = parse_one(
    f"""
    (
      starts_with(y.bearer, x.bearer || ' ')
      OR (length(x.bearer) = 1 AND starts_with(y.bearer, x.bearer))
      OR x.bearer = replace(y.bearer, ' ', '')
      OR list_has_any(x.stands_for, y.stands_for)
      OR ({_SLIP})
    )
    """,
    dialect="duckdb",
)


def register_nicknames(engine: Engine, relation: str) -> None:
    """Make a relation (name, stands_for: the names that it may be short for, and itself)."""
    engine.register(relation, _stands_for())


@cache
def _stands_for() -> pa.Table:
    formal: dict[str, set[str]] = defaultdict(set)
    for name, nickname in _nicknames():
        formal[name].add(name)
        formal[nickname].add(name)
    rows = [{"name": name, "stands_for": sorted(names)} for name, names in sorted(formal.items())]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _nicknames() -> Iterator[tuple[str, str]]:
    for triplet in name_triplets():
        yield triplet.name1, triplet.name2
    french = resources.files("onefold.stitch").joinpath("french_nicknames.csv")
    with french.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield row["name"], row["nickname"]
