"""Segments written as SQL: any query that returns one column `person_id`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from onefold.errors import SqlError
from onefold.model import Column
from onefold.segments.catalogue import PERSON_ID
from onefold.segments.config import SegmentSettings
from onefold.segments.scope import PERSON, ROW, column, relation

__all__ = ["compile_sql_segment"]


def compile_sql_segment(
    query: exp.Expr, columns: Sequence[Column], *, settings: SegmentSettings | None = None
) -> exp.Select:
    """Make a segment of a user's query: persons of the universe that the query returns, each once.

    Args:
        query: the user's query, parsed and bound (its `:today` is a literal by now); not changed.
        columns: the columns that it returns.
        settings: names of the universe and its fellows.

    Raises:
        SqlError: the query does not return exactly one column `person_id`.
    """
    if [found.name.lower() for found in columns] != [PERSON_ID]:
        returned = ", ".join(found.name for found in columns) or "no column"
        raise SqlError(
            f"a segment returns exactly one column {PERSON_ID}, and this query returns {returned}",
            hint=f"start it with SELECT {PERSON_ID}",
        )
    if not isinstance(query, exp.Query):
        raise SqlError("a segment is a SELECT", hint=f"start it with SELECT {PERSON_ID}")
    universe = (settings or SegmentSettings()).universe
    owned = exp.EQ(this=column(ROW, PERSON_ID), expression=column(PERSON, PERSON_ID))
    returned_rows = exp.select(exp.Literal.number(1)).from_(query.subquery(ROW)).where(owned)
    return (
        exp.select(column(PERSON, PERSON_ID))
        .from_(relation(universe, PERSON))
        .where(exp.Exists(this=returned_rows))
    )
