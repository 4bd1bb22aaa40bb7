"""People can be erased, and their records do not land again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of erasures and of barred records."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("traces", sa.JSON()),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_table(
        "barred",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name="fk_barred_erasure_id"),
        sa.PrimaryKeyConstraint("source", "hash", name="pk_barred"),
    )
