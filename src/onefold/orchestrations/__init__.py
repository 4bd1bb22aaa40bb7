"""Room 6, orchestrations: who gets what.

In: tables, audiences (relations of `person_id`), the assignments made so far, and the settings of
orchestrations and campaigns. Out: desired rows for a destination's `prepare`, one relation a
source of values, each with one flag an orchestration that wants the row.

Invariants:
    - A person once given a group and a treatment keeps them, whatever the audience, the shares or
      other people do, until the definition no longer has that group or treatment.
    - An assignment depends on the campaign and the person alone, not on order or on others.
    - Control is given nothing, by nobody's accident: a person in control is in no relation here.
    - A person in a suppressed segment is wanted by nobody.
"""

from onefold.orchestrations.assign import Assigned, assign
from onefold.orchestrations.config import (
    CONTROL,
    CampaignSettings,
    FieldSource,
    Group,
    OrchestrationSettings,
    Treatment,
    ValueSource,
    filled_in,
)
from onefold.orchestrations.occurrences import happened
from onefold.orchestrations.orchestrations import DesiredSource, desire, identifier_of

__all__ = [
    "CONTROL",
    "Assigned",
    "CampaignSettings",
    "DesiredSource",
    "FieldSource",
    "Group",
    "OrchestrationSettings",
    "Treatment",
    "ValueSource",
    "assign",
    "desire",
    "filled_in",
    "happened",
    "identifier_of",
]
