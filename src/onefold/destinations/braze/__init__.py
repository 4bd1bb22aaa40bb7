"""Braze: attributes to `/users/track`, as its public REST contract says."""

from onefold.destinations.braze.braze import Braze
from onefold.destinations.braze.config import BrazeSettings, Contract, Limits
from onefold.destinations.braze.instances import INSTANCES, braze_endpoint, is_loopback
from onefold.destinations.braze.names import name_problem, name_problems, shadowing, type_problem

__all__ = [
    "INSTANCES",
    "Braze",
    "BrazeSettings",
    "Contract",
    "Limits",
    "braze_endpoint",
    "is_loopback",
    "name_problem",
    "name_problems",
    "shadowing",
    "type_problem",
]
