"""Receipts speak of parts of a chunk: until now, of all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    """Make `receipt` anew, for its key grows; every receipt covers its whole chunk."""
    op.rename_table("receipt", "receipt_of_chunk")
    op.create_table(
        "receipt",
        sa.Column("change_set_id", sa.String(), nullable=False),
        sa.Column("chunk", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last", sa.Integer(), nullable=False, server_default="2147483647"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.Column("status", sa.Integer()),
        sa.Column("accepted", sa.Integer()),
        sa.Column("retries", sa.Integer()),
        sa.Column("note", sa.String()),
        sa.ForeignKeyConstraint(
            ["change_set_id"],
            ["change_set.id"],
            name="fk_receipt_change_set_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("change_set_id", "chunk", "first", name="pk_receipt"),
    )
    op.execute(
        "INSERT INTO receipt "
        "(change_set_id, chunk, state, sent_at, settled_at, status, accepted, retries, note) "
        "SELECT change_set_id, chunk, state, sent_at, settled_at, status, accepted, retries, note "
        "FROM receipt_of_chunk"
    )
    op.drop_table("receipt_of_chunk")
