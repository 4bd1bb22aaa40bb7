"""Braze: attributes to `/users/track`, as its public REST contract says."""

from onefold.destinations.braze.braze import Braze
from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.instances import (
    INSTANCES,
    braze_endpoint,
    is_loopback,
    meant_instance,
)
from onefold.destinations.braze.limits import BURST, Contract, Limits
from onefold.destinations.braze.names import name_problem, name_problems, shadowing, type_problem
from onefold.destinations.braze.occurrence_columns import (
    IDENTIFIERS,
    ColumnProblem,
    column_problems,
)
from onefold.destinations.braze.occurrences import (
    OccurrenceSource,
    PreparedOccurrences,
    prepare_occurrences,
)
from onefold.destinations.braze.probing import (
    READS,
    Probed,
    Verdict,
    ask,
    find_instance,
    probe_of,
)

__all__ = [
    "BURST",
    "IDENTIFIERS",
    "INSTANCES",
    "READS",
    "Braze",
    "BrazeSettings",
    "ColumnProblem",
    "Contract",
    "Limits",
    "OccurrenceSource",
    "PreparedOccurrences",
    "Probed",
    "Verdict",
    "ask",
    "braze_endpoint",
    "column_problems",
    "find_instance",
    "is_loopback",
    "meant_instance",
    "name_problem",
    "name_problems",
    "prepare_occurrences",
    "probe_of",
    "shadowing",
    "type_problem",
]
