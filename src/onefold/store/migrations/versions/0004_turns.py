"""Rate limits are shared by all processes that use a store."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the turns that were taken, slot by slot."""
    op.create_table(
        "turns",
        Column("limit", String, nullable=False),
        Column("slot", BigInteger, nullable=False),
        Column("taken", Integer, nullable=False),
        PrimaryKeyConstraint("limit", "slot", name="pk_turns"),
    )
