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
    "INSTANCES",
    "READS",
    "Braze",
    "BrazeSettings",
    "Contract",
    "Limits",
    "Probed",
    "Verdict",
    "ask",
    "braze_endpoint",
    "find_instance",
    "is_loopback",
    "meant_instance",
    "name_problem",
    "name_problems",
    "probe_of",
    "shadowing",
    "type_problem",
]
