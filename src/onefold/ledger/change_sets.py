"""The rows of change sets in the engine, with what became of their chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from onefold.model import ChunkState, Column, TableVersion, stored_alike
from onefold.store import ChangeSetRecord, Outbox
from onefold.warehouse import Engine, Tables, column, relation, scan

__all__ = [
    "ChangeSetFiles",
    "all_fields",
    "read_as",
    "receipts_and_refusals",
    "register_receipts",
    "settled_rows",
]

_RECEIPTS = pa.schema(
    {
        "chunk": pa.int64(),
        "first": pa.int32(),
        "last": pa.int32(),
        "state": pa.string(),
        "sent_at": pa.timestamp("us", tz="UTC"),
    }
)
_REFUSALS = pa.schema(
    {"chunk": pa.int64(), "position": pa.int32(), "reason": pa.string(), "released": pa.bool_()}
)
_APPLIED = (ChunkState.ACKNOWLEDGED, ChunkState.UNSETTLED, ChunkState.SENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSetFiles:
    """A change set with the version that holds its rows."""

    record: ChangeSetRecord
    version: TableVersion


def all_fields(
    base: TableVersion | None, change_sets: Sequence[ChangeSetFiles]
) -> tuple[Column, ...]:
    """Give every field with its newest type, oldest field first."""
    found: dict[str, Column] = {}
    versions = [base] if base else []
    for version in [*versions, *(change_set.version for change_set in change_sets)]:
        found |= {column.name: column for column in _fields_of(version.columns)}
    return tuple(found.values())


def _fields_of(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give the columns that are fields of the destination: internal ones begin with `_`."""
    return tuple(column for column in columns if not column.name.startswith("_"))


def settled_rows(tables: Tables, change_set: ChangeSetFiles) -> exp.Select:
    """Select a change set's rows that reached the destination, or may have.

    Adds `_state` and `_sent_at` of the part of their chunk; refused rows are left out. Reads the
    relations that `register_receipts` makes.
    """
    version = change_set.version
    receipts, refused = receipts_and_refusals(change_set.record)
    rows = scan(tables.folder, version.files, version.columns).subquery("c")
    same_part = exp.and_(
        column("chunk", "r").eq(column("_chunk", "c")),
        column("_position", "c").between(column("first", "r"), column("last", "r")),
    )
    same_row = exp.and_(
        column("chunk", "x").eq(column("_chunk", "c")),
        column("position", "x").eq(column("_position", "c")),
    )
    return (
        exp.select(
            "c.*", column("state", "r").as_("_state"), column("sent_at", "r").as_("_sent_at")
        )
        .from_(rows)
        .join(relation(receipts, "r"), on=same_part)
        .join(relation(refused, "x"), on=same_row, join_type="left")
        .where(column("chunk", "x").is_(exp.null()))
    )


def read_as(held: Sequence[Column], field: Column, alias: str) -> tuple[exp.Expr, exp.Expr]:
    """Read a field, from rows that hold some columns, as its newest type.

    Returns:
        The value, and whether it is lost: not one that the destination would store alike.
    """
    was = {one.name: one.engine_type for one in held}.get(field.name)
    stands = column(field.name, alias)
    if was == field.engine_type:
        return stands, exp.false()
    if was is None or not stored_alike(was, field.engine_type):
        nothing = exp.cast(exp.null(), field.engine_type, dialect="duckdb")
        return nothing, exp.false() if was is None else exp.not_(stands.is_(exp.null()))
    value = _try_cast(stands, field.engine_type)
    return value, exp.NullSafeNEQ(this=_try_cast(value, was), expression=stands.copy())


def _try_cast(value: exp.Expr, engine_type: str) -> exp.Expr:
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(engine_type, dialect="duckdb"))


def register_receipts(engine: Engine, outbox: Outbox, change_set: ChangeSetRecord) -> None:
    """Copy a change set's receipts and refusals from the control database into the engine."""
    settled, refused = receipts_and_refusals(change_set)
    receipts = (
        (part.chunk, part.first, part.last, state, sent_at)
        for part, state, sent_at in outbox.receipts(change_set.id)
        if state in _APPLIED
    )
    engine.fill(settled, _RECEIPTS, receipts)
    engine.fill(refused, _REFUSALS, outbox.refusals(change_set.id))


def receipts_and_refusals(change_set: ChangeSetRecord) -> tuple[str, str]:
    """Name the relations of a change set's receipts and refusals: no two ledgers share them."""
    number = f"{change_set.ledger_id}_{change_set.number}"
    return f"_receipts_{number}", f"_refused_{number}"
