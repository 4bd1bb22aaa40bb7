"""Braze, as its public REST contract says."""

from onefold.destinations.braze.braze import Braze
from onefold.destinations.braze.catalogs import ITEM, catalog_problem
from onefold.destinations.braze.config import BrazeSettings
from onefold.destinations.braze.identities import identity_permission
from onefold.destinations.braze.instances import (
    INSTANCES,
    braze_endpoint,
    is_loopback,
    meant_instance,
)
from onefold.destinations.braze.keys import PartnerKeys
from onefold.destinations.braze.limits import BURST, Contract, Limits
from onefold.destinations.braze.lists import SUBSCRIBED, UNSUBSCRIBED
from onefold.destinations.braze.names import name_problem, name_problems, shadowing, type_problem
from onefold.destinations.braze.probing import (
    PARTNER_KEYS,
    READS,
    Probe,
    Probed,
    Verdict,
    ask,
    find_instance,
    object_permissions,
    probe_of,
    probe_of_partner,
)
from onefold.destinations.braze.standard_fields import SUBSCRIPTIONS

__all__ = [
    "BURST",
    "INSTANCES",
    "ITEM",
    "PARTNER_KEYS",
    "READS",
    "SUBSCRIBED",
    "SUBSCRIPTIONS",
    "UNSUBSCRIBED",
    "Braze",
    "BrazeSettings",
    "Contract",
    "Limits",
    "PartnerKeys",
    "Probe",
    "Probed",
    "Verdict",
    "ask",
    "braze_endpoint",
    "catalog_problem",
    "find_instance",
    "identity_permission",
    "is_loopback",
    "meant_instance",
    "name_problem",
    "name_problems",
    "object_permissions",
    "probe_of",
    "probe_of_partner",
    "shadowing",
    "type_problem",
]
