"""Room 9, the ledger: what was intended, sent, acknowledged, refused and left unsettled.

In: change sets cut into chunks, and the receipts of their requests. Out: the acknowledged state,
and what sending cost.

Invariants:
    - It never guesses. A cell is acknowledged only by a receipt; a cell that was sent without one
      is unsettled, equal to nothing.
    - The receipt in the control database is the only commit; files are written before it and are
      never changed after it.
    - Acknowledged state = base + later change sets' rows whose chunk is acknowledged - refused
      rows. Compaction (`fold`) changes where it is kept, never what it is.
"""

from onefold.ledger.config import LedgerKey, LedgerSettings
from onefold.ledger.costs import field_history, people_by_field, workspace_costs
from onefold.ledger.ledger import Intent, Ledger

__all__ = [
    "Intent",
    "Ledger",
    "LedgerKey",
    "LedgerSettings",
    "field_history",
    "people_by_field",
    "workspace_costs",
]
