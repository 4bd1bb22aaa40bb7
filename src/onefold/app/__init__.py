"""Use cases: what both front doors (command line, server) offer, and the only place of wiring.

In: a project's folder and what a person asks. Out: values for people, or errors for people.
Here, and nowhere else, adapters are chosen: which engine, which store, which destination, which
clock. Nothing here prints.
"""

from onefold.app.adapters import ProjectAdapters
from onefold.app.checking import CheckReport, check_project
from onefold.app.connecting import ConnectionReport, check_connection
from onefold.app.costing import WorkspaceCosts, workspace_bill
from onefold.app.demonstrating import Demonstration, demonstrate
from onefold.app.erasing import Erased, ErasurePlan, erase, plan_erasure, resume_erasures
from onefold.app.explaining import explain
from onefold.app.exporting import PersonExport, export_person
from onefold.app.history import ledger_state, list_runs, show_run
from onefold.app.house import House, open_house
from onefold.app.planning import DestinationPlan, plan
from onefold.app.reading import Listing, Rows, definitions, query, show
from onefold.app.reconciling import Reconciliation, reconcile
from onefold.app.running import run_project
from onefold.app.sandboxing import Sandbox, sandbox_command, start_sandbox
from onefold.app.settling import Settlement, settle
from onefold.app.starting import start_project
from onefold.app.unsettled import UnsettledOccurrence, unsettled_occurrences

__all__ = [
    "CheckReport",
    "ConnectionReport",
    "Demonstration",
    "DestinationPlan",
    "Erased",
    "ErasurePlan",
    "House",
    "Listing",
    "PersonExport",
    "ProjectAdapters",
    "Reconciliation",
    "Rows",
    "Sandbox",
    "Settlement",
    "UnsettledOccurrence",
    "WorkspaceCosts",
    "check_connection",
    "check_project",
    "definitions",
    "demonstrate",
    "erase",
    "explain",
    "export_person",
    "ledger_state",
    "list_runs",
    "open_house",
    "plan",
    "plan_erasure",
    "query",
    "reconcile",
    "resume_erasures",
    "run_project",
    "sandbox_command",
    "settle",
    "show",
    "show_run",
    "start_project",
    "start_sandbox",
    "unsettled_occurrences",
    "workspace_bill",
]
