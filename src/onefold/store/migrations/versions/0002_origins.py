"""Change sets say how their rows came to be known: until now, all of them were sent."""

from alembic import op
from sqlalchemy import Column, String

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the origin of a change set."""
    op.add_column("change_set", Column("origin", String, nullable=False, server_default="send"))
