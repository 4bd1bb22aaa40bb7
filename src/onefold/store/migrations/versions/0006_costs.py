"""Closed change sets leave behind what they cost, by day and field."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of costs; change sets closed before say nothing of theirs."""
    op.create_table(
        "cost",
        sa.Column("change_set_id", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("ledger_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("cells", sa.BigInteger(), nullable=False),
        sa.Column("data_points", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name="fk_cost_ledger_id"),
        sa.PrimaryKeyConstraint("change_set_id", "day", "field", name="pk_cost"),
    )
    op.create_index("ix_cost_ledger_id", "cost", ["ledger_id", "day"])
