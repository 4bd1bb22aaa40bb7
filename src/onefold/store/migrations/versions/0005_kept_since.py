"""Ledgers of events and purchases forget what happened long ago, and know since when they know."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add since when a ledger knows."""
    op.add_column("ledger", Column("kept_since", BigInteger))  # microseconds since 1970, UTC
