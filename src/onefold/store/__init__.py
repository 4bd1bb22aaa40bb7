"""The port to the control database: what is small, shared and must be transactional.

Versions and snapshots, runs and steps, leases, loads, the ledgers' change sets with their
receipts and costs, campaign assignments, turns of rate limits. Data
itself lies in Parquet files beside it. Every write takes a transaction (`with store.begin() as
tx`), so that what belongs together is committed together.
"""

from onefold.store.catalogue import Catalogue, Snapshot
from onefold.store.control import Control, Transaction
from onefold.store.costs import CostRecord, Costs
from onefold.store.erasures import ErasureRecord, Erasures
from onefold.store.journal import Journal, RunRecord, RunState, StepRecord, StepState
from onefold.store.leases import Leases
from onefold.store.loads import LoadRecord, Loads
from onefold.store.outbox import Outbox
from onefold.store.outbox_records import LAST, ChangeSetRecord, LedgerRecord, Part, Receipt
from onefold.store.store import Store

__all__ = [
    "LAST",
    "Catalogue",
    "ChangeSetRecord",
    "Control",
    "CostRecord",
    "Costs",
    "ErasureRecord",
    "Erasures",
    "Journal",
    "Leases",
    "LedgerRecord",
    "LoadRecord",
    "Loads",
    "Outbox",
    "Part",
    "Receipt",
    "RunRecord",
    "RunState",
    "Snapshot",
    "StepRecord",
    "StepState",
    "Store",
    "Transaction",
]
