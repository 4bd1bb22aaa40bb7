"""The first schema: everything that the walk keeps.

A migration is a frozen copy: it says what the tables were then, and never reads `store.schema`.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = BigInteger  # microseconds since 1970, UTC


def upgrade() -> None:
    """Create all tables."""
    _versions()
    _snapshots()
    _runs()
    _leases_and_loads()
    _ledgers()
    _receipts()
    _scopes_and_assignments()


def _versions() -> None:
    op.create_table(
        "version",
        Column("id", String, nullable=False),
        Column("schema_name", String, nullable=False),
        Column("table_name", String, nullable=False),
        Column("run_id", String, nullable=False),
        Column("created_at", INSTANT, nullable=False),
        Column("columns", JSON, nullable=False),
        _key("version", "id"),
    )
    op.create_table(
        "version_file",
        Column("version_id", String, nullable=False),
        Column("path", String, nullable=False),
        Column("rows", BigInteger, nullable=False),
        Column("size_bytes", BigInteger, nullable=False),
        _key("version_file", "version_id", "path"),
        _part_of("version_file", "version_id", "version.id"),
    )


def _snapshots() -> None:
    op.create_table(
        "snapshot",
        Column("id", String, nullable=False),
        Column("run_id", String, nullable=False),
        Column("created_at", INSTANT, nullable=False),
        Column("as_of", INSTANT, nullable=False),
        _key("snapshot", "id"),
    )
    op.create_table(
        "snapshot_table",
        Column("snapshot_id", String, nullable=False),
        Column("schema_name", String, nullable=False),
        Column("table_name", String, nullable=False),
        Column("version_id", String, nullable=False),
        _key("snapshot_table", "snapshot_id", "schema_name", "table_name"),
        _part_of("snapshot_table", "snapshot_id", "snapshot.id"),
        _points_to("snapshot_table", "version_id", "version.id"),
    )
    op.create_table(
        "pointer",
        Column("name", String, nullable=False),
        Column("value", String, nullable=False),
        _key("pointer", "name"),
    )


def _runs() -> None:
    op.create_table(
        "run",
        Column("id", String, nullable=False),
        Column("state", String, nullable=False),
        Column("as_of", INSTANT, nullable=False),
        Column("started_at", INSTANT, nullable=False),
        Column("ended_at", INSTANT),
        Column("definitions_hash", String, nullable=False),
        Column("inputs_hash", String, nullable=False),
        Column("base_snapshot_id", String),
        Column("snapshot_id", String),
        Column("options", JSON, nullable=False),
        Column("summary", JSON),
        Column("error", JSON),
        _key("run", "id"),
    )
    op.create_index("ix_run_state", "run", ["state"])
    op.create_table(
        "step",
        Column("run_id", String, nullable=False),
        Column("stage", String, nullable=False),
        Column("name", String, nullable=False),
        Column("state", String, nullable=False),
        Column("started_at", INSTANT, nullable=False),
        Column("ended_at", INSTANT),
        Column("rows_in", BigInteger),
        Column("rows_out", BigInteger),
        Column("rejected", BigInteger),
        Column("result", JSON),
        _key("step", "run_id", "stage", "name"),
        _part_of("step", "run_id", "run.id"),
    )
    op.create_table(
        "run_table",
        Column("run_id", String, nullable=False),
        Column("schema_name", String, nullable=False),
        Column("table_name", String, nullable=False),
        Column("version_id", String, nullable=False),
        _key("run_table", "run_id", "schema_name", "table_name"),
        _part_of("run_table", "run_id", "run.id"),
        _points_to("run_table", "version_id", "version.id"),
    )


def _leases_and_loads() -> None:
    op.create_table(
        "lease",
        Column("name", String, nullable=False),
        Column("holder", String, nullable=False),
        Column("host", String, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("process_started_at", INSTANT, nullable=False),
        Column("expires_at", INSTANT, nullable=False),
        _key("lease", "name"),
    )
    op.create_table(
        "load",
        Column("run_id", String, nullable=False),
        Column("source", String, nullable=False),
        Column("object", String, nullable=False),
        Column("size_bytes", BigInteger, nullable=False),
        Column("etag", String, nullable=False),
        Column("read", BigInteger, nullable=False),
        Column("landed", BigInteger, nullable=False),
        Column("rejected", BigInteger, nullable=False),
        Column("superseded", BigInteger, nullable=False),
        Column("effective", Boolean, nullable=False),
        _key("load", "run_id", "source", "object"),
        _part_of("load", "run_id", "run.id"),
    )
    op.create_index("ix_load_source", "load", ["source"])


def _ledgers() -> None:
    op.create_table(
        "ledger",
        Column("id", Integer, nullable=False),
        Column("workspace", String, nullable=False),
        Column("identifier", String, nullable=False),
        Column("object", String, nullable=False),
        Column("endpoint", String, nullable=False),
        Column("base_version_id", String),
        Column("number", Integer, nullable=False),
        _key("ledger", "id"),
        _points_to("ledger", "base_version_id", "version.id"),
        UniqueConstraint("workspace", "identifier", "object", name="uq_ledger_workspace"),
    )
    op.create_table(
        "change_set",
        Column("id", String, nullable=False),
        Column("ledger_id", Integer, nullable=False),
        Column("number", Integer, nullable=False),
        Column("run_id", String, nullable=False),
        Column("version_id", String, nullable=False),
        Column("created_at", INSTANT, nullable=False),
        Column("rows", BigInteger, nullable=False),
        Column("chunks", BigInteger, nullable=False),
        Column("price", JSON, nullable=False),
        Column("closed", Boolean, nullable=False),
        Column("folded", Boolean, nullable=False),
        _key("change_set", "id"),
        _points_to("change_set", "ledger_id", "ledger.id"),
        _points_to("change_set", "version_id", "version.id"),
        UniqueConstraint("ledger_id", "number", name="uq_change_set_ledger_id"),
    )


def _receipts() -> None:
    op.create_table(
        "receipt",
        Column("change_set_id", String, nullable=False),
        Column("chunk", BigInteger, nullable=False),
        Column("state", String, nullable=False),
        Column("sent_at", INSTANT, nullable=False),
        Column("settled_at", INSTANT),
        Column("status", Integer),
        Column("accepted", Integer),
        Column("retries", Integer),
        Column("note", String),
        _key("receipt", "change_set_id", "chunk"),
        _part_of("receipt", "change_set_id", "change_set.id"),
    )
    op.create_table(
        "refusal",
        Column("change_set_id", String, nullable=False),
        Column("chunk", BigInteger, nullable=False),
        Column("position", Integer, nullable=False),
        Column("reason", String, nullable=False),
        Column("released", Boolean, nullable=False),
        _key("refusal", "change_set_id", "chunk", "position"),
        _part_of("refusal", "change_set_id", "change_set.id"),
    )


def _scopes_and_assignments() -> None:
    op.create_table(
        "scope",
        Column("ledger_id", Integer, nullable=False),
        Column("orchestration", String, nullable=False),
        Column("version_id", String, nullable=False),
        Column("fields", JSON, nullable=False),
        _key("scope", "ledger_id", "orchestration"),
        _points_to("scope", "ledger_id", "ledger.id"),
        _points_to("scope", "version_id", "version.id"),
    )
    op.create_table(
        "assignment",
        Column("campaign", String, nullable=False),
        Column("version_id", String, nullable=False),
        _key("assignment", "campaign"),
        _points_to("assignment", "version_id", "version.id"),
    )


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _points_to(table: str, column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _part_of(table: str, column: str, target: str) -> ForeignKeyConstraint:
    """Point to the owner: the row goes when its owner goes."""
    return ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete="CASCADE")
