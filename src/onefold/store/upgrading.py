"""Migrations, run when a control database is new or older than this version of onefold."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from onefold.errors import StoreTooNew
from onefold.store.revision import schema_revision

__all__ = ["upgrade"]


def upgrade(connection: Connection, folder: Path) -> None:
    """Bring a schema to the newest revision, in the caller's transaction.

    Raises:
        StoreTooNew: the schema is of a revision that this version does not know.
    """
    config = Config()
    config.set_main_option("script_location", "onefold.store:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreTooNew(
            f"the store {folder} was written by a newer onefold "
            f"(schema {schema_revision(connection)})",
            hint="install that version of onefold, or a newer one, and run again; "
            "nothing was changed",
        ) from error
