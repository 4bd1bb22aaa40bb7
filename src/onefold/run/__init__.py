"""Above the rooms: stages in order, the journal, the lease, the send loop.

In: a project, a store, adapters (chosen by `app`). Out: a run that is recorded step by step, and
a summary whose counts reconcile.

Invariants:
    - New tables become visible in one flip; a reader never sees persons of one run beside tables
      of another.
    - What is wanted is decided completely (a plan, a value) before anything is done about it.
    - Whatever moment the process dies at, `run` again ends where it would have ended.
"""

from onefold.run.activating import check_guards
from onefold.run.budgets import Budget, check_budget, standing
from onefold.run.building import bind_models, offer_to_segments
from onefold.run.config import RunOptions
from onefold.run.context import Adapters, Walk
from onefold.run.erasing import count_rows, rewrite_files
from onefold.run.identities import IdentityPlan, check_identities, told_changes
from onefold.run.landing import Listed, list_sources
from onefold.run.leasing import RUN_LEASE, RunLease
from onefold.run.naming import identifier_notices, misnamed_attributes
from onefold.run.objects import ObjectPlan, ledger_of, settling_time
from onefold.run.occurrences import OccurrencePlan
from onefold.run.planning import WorkspacePlan, plan_workspace
from onefold.run.progress import Progress, Silent
from onefold.run.reconciling import Sample, read_back
from onefold.run.resolving import bind_people, resolve
from onefold.run.runs import Opening, end_run, inputs_hash, open_run
from onefold.run.selecting import bind_segments, segment_query
from onefold.run.sending import instant
from onefold.run.stages import STAGES, Stage, walk_through
from onefold.run.steps import Step, Steps
from onefold.run.summary import RoomSummary, RunSummary, summarize
from onefold.run.tallying import SendTally
from onefold.run.traces import bind_ever, delivered_in, find_traces, unattributed
from onefold.run.user_queries import user_query

__all__ = [
    "RUN_LEASE",
    "STAGES",
    "Adapters",
    "Budget",
    "IdentityPlan",
    "Listed",
    "ObjectPlan",
    "OccurrencePlan",
    "Opening",
    "Progress",
    "RoomSummary",
    "RunLease",
    "RunOptions",
    "RunSummary",
    "Sample",
    "SendTally",
    "Silent",
    "Stage",
    "Step",
    "Steps",
    "Walk",
    "WorkspacePlan",
    "bind_ever",
    "bind_models",
    "bind_people",
    "bind_segments",
    "check_budget",
    "check_guards",
    "check_identities",
    "count_rows",
    "delivered_in",
    "end_run",
    "find_traces",
    "identifier_notices",
    "inputs_hash",
    "instant",
    "ledger_of",
    "list_sources",
    "misnamed_attributes",
    "offer_to_segments",
    "open_run",
    "plan_workspace",
    "read_back",
    "resolve",
    "rewrite_files",
    "segment_query",
    "settling_time",
    "standing",
    "summarize",
    "told_changes",
    "unattributed",
    "user_query",
    "walk_through",
]
