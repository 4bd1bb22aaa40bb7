"""Which schema a control database has, and which one this version of onefold writes."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

__all__ = ["HEAD", "schema_revision"]

HEAD = "0007"  # the newest file of migrations/versions


def schema_revision(connection: Connection) -> str | None:
    """Give the revision of the schema, or None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return revision
