"""Insert with ON CONFLICT, in the words of the database at hand."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["upsert"]


def upsert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an insert that may say what to do on a conflict.

    Args:
        dialect: the database's, as a transaction calls it.
        table: where to insert.
    """
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
