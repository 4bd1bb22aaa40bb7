"""The control database's tables. A change here needs a migration (`migrations/versions`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

__all__ = ["metadata"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """A UTC instant, kept as microseconds since 1970: the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive times, which mean nothing."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the instant back."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# -- tables, versions, snapshots --------------------------------------------------------------

version = Table(
    "version",
    metadata,
    Column("id", String, primary_key=True),
    Column("schema_name", String, nullable=False),
    Column("table_name", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("columns", JSON, nullable=False),  # [{name, engine_type, tag, pii, description}]
)

version_file = Table(
    "version_file",
    metadata,
    Column("version_id", ForeignKey("version.id", ondelete="CASCADE"), primary_key=True),
    Column("path", String, primary_key=True),  # relative to the store
    Column("rows", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", String, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("as_of", Instant, nullable=False),
)

snapshot_table = Table(
    "snapshot_table",
    metadata,
    Column("snapshot_id", ForeignKey("snapshot.id", ondelete="CASCADE"), primary_key=True),
    Column("schema_name", String, primary_key=True),
    Column("table_name", String, primary_key=True),
    Column("version_id", ForeignKey("version.id"), nullable=False),
)

pointer = Table(  # names of which exactly one thing is current; flipped in one transaction
    "pointer",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# -- runs, steps, leases, loads ---------------------------------------------------------------

run = Table(
    "run",
    metadata,
    Column("id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("definitions_hash", String, nullable=False),
    Column("inputs_hash", String, nullable=False),
    Column("base_snapshot_id", String),  # the snapshot that it started from
    Column("snapshot_id", String),  # the snapshot that it made current
    Column("options", JSON, nullable=False),
    Column("summary", JSON),
    Column("error", JSON),  # {kind, message, hint}
    Index(None, "state"),
)

step = Table(
    "step",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("stage", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("rows_in", BigInteger),
    Column("rows_out", BigInteger),
    Column("rejected", BigInteger),
    Column("result", JSON),
)

run_table = Table(  # what a run has built so far, seen by nobody else until the snapshot flips
    "run_table",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("schema_name", String, primary_key=True),
    Column("table_name", String, primary_key=True),
    Column("version_id", ForeignKey("version.id"), nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

load = Table(  # an object that was read; effective once its run's snapshot is current
    "load",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String, primary_key=True),
    Column("object", String, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("etag", String, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("landed", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("superseded", BigInteger, nullable=False),
    Column("effective", Boolean, nullable=False),
    Index(None, "source"),
)

# -- ledgers and outbox -----------------------------------------------------------------------

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace", String, nullable=False),
    Column("identifier", String, nullable=False),
    Column("object", String, nullable=False),
    Column("endpoint", String, nullable=False),
    Column("base_version_id", ForeignKey("version.id")),  # null: nothing folded yet
    Column("number", Integer, nullable=False),  # grows with every change set and every fold
    Column("kept_since", Instant),  # of events and purchases: earlier ones are forgotten
    UniqueConstraint("workspace", "identifier", "object"),
)

change_set = Table(
    "change_set",
    metadata,
    Column("id", String, primary_key=True),
    Column("ledger_id", ForeignKey("ledger.id"), nullable=False),
    Column("number", Integer, nullable=False),  # order of change sets in their ledger
    Column("run_id", String, nullable=False),
    Column("version_id", ForeignKey("version.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("chunks", BigInteger, nullable=False),
    Column("price", JSON, nullable=False),  # {requests, data_points, sets{}, clears{}}
    Column("closed", Boolean, nullable=False),  # nothing of it will be sent any more
    Column("folded", Boolean, nullable=False),  # its acknowledged rows are in the base
    Column("origin", String, nullable=False, server_default="send"),  # how its rows are known
    UniqueConstraint("ledger_id", "number"),
)

receipt = Table(  # no row: the chunk is due (open change set) or void (closed)
    "receipt",
    metadata,
    Column("change_set_id", ForeignKey("change_set.id", ondelete="CASCADE"), primary_key=True),
    Column("chunk", BigInteger, primary_key=True),
    Column("first", Integer, primary_key=True, server_default="0"),  # position in the chunk
    Column("last", Integer, nullable=False, server_default="2147483647"),  # of it; all that follow
    Column("state", String, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("status", Integer),
    Column("accepted", Integer),
    Column("retries", Integer),
    Column("note", String),
)

refusal = Table(
    "refusal",
    metadata,
    Column("change_set_id", ForeignKey("change_set.id", ondelete="CASCADE"), primary_key=True),
    Column("chunk", BigInteger, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("reason", String, nullable=False),
    Column("released", Boolean, nullable=False),
)

turns = Table(  # taken of a rate limit, slot by slot; forgotten once they count no more
    "turns",
    metadata,
    Column("limit", String, primary_key=True),  # workspace/bucket/seconds
    Column("slot", BigInteger, primary_key=True),
    Column("taken", Integer, nullable=False),
)

cost = Table(  # what a closed change set cost; it stays when the change set is deleted
    "cost",
    metadata,
    Column("change_set_id", String, primary_key=True),
    Column("day", String, primary_key=True),  # when it was sent, in the project's zone, ISO 8601
    Column("field", String, primary_key=True),  # what is no attribute: the ledger's object
    Column("ledger_id", ForeignKey("ledger.id"), nullable=False),
    Column("run_id", String, nullable=False),
    Column("cells", BigInteger, nullable=False),  # sent and not refused
    Column("data_points", BigInteger, nullable=False),
    Index(None, "ledger_id", "day"),
)

scope = Table(  # whom an orchestration holds at a destination
    "scope",
    metadata,
    Column("ledger_id", ForeignKey("ledger.id"), primary_key=True),
    Column("orchestration", String, primary_key=True),
    Column("version_id", ForeignKey("version.id"), nullable=False),
    Column("fields", JSON, nullable=False),  # the fields it holds there
)

assignment = Table(  # groups and treatments that persons were given, one file set a campaign
    "assignment",
    metadata,
    Column("campaign", String, primary_key=True),
    Column("version_id", ForeignKey("version.id"), nullable=False),
)

# -- erasures ---------------------------------------------------------------------------------

erasure = Table(  # somebody is erased; once it ended, nothing here says who
    "erasure",
    metadata,
    Column("id", String, primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("traces", JSON(none_as_null=True)),  # by what the person is known; null at the end
    Column("told", JSON, nullable=False),  # counts, for people
)

barred = Table(  # records that must not land again, by a keyed hash
    "barred",
    metadata,
    Column("source", String, primary_key=True),
    Column("hash", String, primary_key=True),
    Column("erasure_id", ForeignKey("erasure.id"), nullable=False),
)
