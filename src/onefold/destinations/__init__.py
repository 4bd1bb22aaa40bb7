"""Room 8, destinations: from desired rows to requests that a destination has answered.

In: desired rows (relations of the engine), and changes to them that the delta room found.
Out: prepared rows with the reasons of what is refused (`prepare`, before the diff), changes cut
into requests with their price (`cut`, `price`, `requests`), and an answer to each request (`send`).

Invariants:
    - What is compared is what is sent: `prepare` gives the values that the destination stores.
    - A refused field is refused alone; a refused row blocks no other.
    - A changed row is in exactly one request (of a list: each of its cells), and the same changes
      give the same requests.
    - What happens once more each time it is sent is never sent again after a try that may have
      arrived.
    - Each request ends in an `Answer`, a `Final` error or an `Undelivered` one that says whether it
      may have arrived. Nothing is taken for an answer that is none.
    - A refusal lands on its row: by the array and the index that the answer names, or by halving a
      request that is refused as a whole. What names no row blames none.
    - A key is where its endpoint wants it, a header or a partner's body, and nowhere else.
"""

from onefold.destinations.braze import (
    BURST,
    INSTANCES,
    ITEM,
    PARTNER_KEYS,
    READS,
    SUBSCRIBED,
    SUBSCRIPTIONS,
    UNSUBSCRIBED,
    Braze,
    BrazeSettings,
    Contract,
    Limits,
    PartnerKeys,
    Probe,
    Probed,
    Verdict,
    ask,
    braze_endpoint,
    catalog_problem,
    find_instance,
    identity_permission,
    is_loopback,
    meant_instance,
    name_problem,
    name_problems,
    object_permissions,
    probe_of,
    probe_of_partner,
    shadowing,
    type_problem,
)
from onefold.destinations.clock import Clock, SystemClock
from onefold.destinations.columns import refuse_identifier_type
from onefold.destinations.config import Attribute, Merge, Retrying, Window
from onefold.destinations.destinations import DESTINATION_KINDS, open_destination
from onefold.destinations.dummy import Dummy, DummySettings, VirtualClock
from onefold.destinations.halves import halves
from onefold.destinations.occurrences import (
    ColumnProblem,
    Occurrences,
    OccurrenceSource,
    PreparedOccurrences,
)
from onefold.destinations.port import (
    Channel,
    Cut,
    Departing,
    Destination,
    Erases,
    KnowsIdentities,
    Prepared,
    ReadsBack,
    RefusedWhole,
    Sender,
    Undelivered,
)
from onefold.destinations.request import Request
from onefold.destinations.shape import (
    Band,
    Bands,
    Period,
    Rounding,
    Shape,
    shape_problem,
    shaped,
    shaped_type,
)
from onefold.destinations.together import Loaded

__all__ = [
    "BURST",
    "DESTINATION_KINDS",
    "INSTANCES",
    "ITEM",
    "PARTNER_KEYS",
    "READS",
    "SUBSCRIBED",
    "SUBSCRIPTIONS",
    "UNSUBSCRIBED",
    "Attribute",
    "Band",
    "Bands",
    "Braze",
    "BrazeSettings",
    "Channel",
    "Clock",
    "ColumnProblem",
    "Contract",
    "Cut",
    "Departing",
    "Destination",
    "Dummy",
    "DummySettings",
    "Erases",
    "KnowsIdentities",
    "Limits",
    "Loaded",
    "Merge",
    "OccurrenceSource",
    "Occurrences",
    "PartnerKeys",
    "Period",
    "Prepared",
    "PreparedOccurrences",
    "Probe",
    "Probed",
    "ReadsBack",
    "RefusedWhole",
    "Request",
    "Retrying",
    "Rounding",
    "Sender",
    "Shape",
    "SystemClock",
    "Undelivered",
    "Verdict",
    "VirtualClock",
    "Window",
    "ask",
    "braze_endpoint",
    "catalog_problem",
    "find_instance",
    "halves",
    "identity_permission",
    "is_loopback",
    "meant_instance",
    "name_problem",
    "name_problems",
    "object_permissions",
    "open_destination",
    "probe_of",
    "probe_of_partner",
    "refuse_identifier_type",
    "shadowing",
    "shape_problem",
    "shaped",
    "shaped_type",
    "type_problem",
]
