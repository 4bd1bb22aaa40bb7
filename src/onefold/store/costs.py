"""What sending cost, by day and field: small, and kept when the change sets are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Column, delete, func, insert, select

from onefold.store import schema
from onefold.store.control import Control, Transaction

__all__ = ["CostRecord", "Costs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CostRecord:
    """What one field of a change set cost on one day.

    Attributes:
        change_set_id: the change set.
        ledger_id: its ledger.
        run_id: the run that sent it.
        day: when it was sent, in the project's zone.
        field: the attribute; for other objects the ledger's object.
        cells: cells sent and not refused, those without an answer among them.
        data_points: what they cost.
    """

    change_set_id: str
    ledger_id: int
    run_id: str
    day: date
    field: str
    cells: int
    data_points: int


class Costs:
    """Reads and writes costs."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def record(self, tx: Transaction, change_set_id: str, costs: Sequence[CostRecord]) -> None:
        """Say what a change set cost, in place of what was said before."""
        table = schema.cost
        tx.execute(delete(table).where(table.c.change_set_id == change_set_id))
        if costs:
            rows = [{**asdict(one), "day": one.day.isoformat()} for one in costs]
            tx.execute(insert(table), rows)

    def since(self, ledger_ids: Sequence[int], day: date) -> Sequence[CostRecord]:
        """Give the costs of ledgers from a day on."""
        table = schema.cost
        query = (
            select(table)
            .where(table.c.ledger_id.in_(ledger_ids), table.c.day >= day.isoformat())
            .order_by(table.c.day, table.c.field, table.c.change_set_id)
        )
        with self._control.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [CostRecord(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows]

    def of_runs(self, run_ids: Sequence[str]) -> Mapping[str, int]:
        """Give the data points that runs cost; those that cost nothing are left out."""
        return self._by(schema.cost.c.run_id, run_ids)

    def of_change_sets(self, change_set_ids: Sequence[str]) -> Mapping[str, int]:
        """Give the data points that closed change sets cost; others are left out."""
        return self._by(schema.cost.c.change_set_id, change_set_ids)

    def _by(self, key: Column[str], wanted: Sequence[str]) -> Mapping[str, int]:
        points = func.sum(schema.cost.c.data_points)
        query = select(key, points).where(key.in_(wanted)).group_by(key)
        with self._control.read() as connection:
            return {name: int(cost) for name, cost in connection.execute(query) if cost}
