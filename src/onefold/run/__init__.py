"""Above the rooms: stages in order, the journal, the lease, the send loop.

In: a project, a store, adapters (chosen by `app`). Out: a run that is recorded step by step, and
a summary whose counts reconcile.

Invariants:
    - New tables become visible in one flip; a reader never sees persons of one run beside tables
      of another.
    - What is wanted is decided completely (a plan, a value) before anything is done about it.
    - Whatever moment the process dies at, `run` again ends where it would have ended.
"""

from onefold.run.config import RunOptions
from onefold.run.context import Adapters, Walk
from onefold.run.leasing import RunLease
from onefold.run.planning import WorkspacePlan, plan_workspace
from onefold.run.progress import Progress, Silent
from onefold.run.runs import Opening, end_run, open_run
from onefold.run.sending import SendTally, instant
from onefold.run.stages import STAGES, walk_through
from onefold.run.summary import RoomSummary, RunSummary, summarize

__all__ = [
    "STAGES",
    "Adapters",
    "Opening",
    "Progress",
    "RoomSummary",
    "RunLease",
    "RunOptions",
    "RunSummary",
    "SendTally",
    "Silent",
    "Walk",
    "WorkspacePlan",
    "end_run",
    "instant",
    "open_run",
    "plan_workspace",
    "summarize",
    "walk_through",
]
