"""Room 7, delta: what must be sent so that the destination holds what is desired, and no more.

In: prepared desired rows, the acknowledged state, the scopes of orchestrations, quarantined rows.
Out: a relation of changes (a row a person, changed cells only) and its counts. And when values were
read back: the cells in which the destination and the ledger disagree.

Invariants:
    - Pure: relations and values in, relations out. No network, no clock, no randomness.
    - A cell equal to what was acknowledged is never in the result; an unsettled cell, whose value
      nobody knows, always is when somebody wants it.
    - A policy holds back sets alone, and only of cells whose value is known: steps too small to be
      sent add up, because they are measured from what was sent last.
    - Who left a scope loses that scope's fields and nothing else, and only when the last scope
      that holds the field for that person ends.
    - An event or purchase that was sent is not in the result again, unless nobody knows whether
      it arrived and its orchestration wants it twice rather than never.
    - Applying the result to the acknowledged state gives the desired state (a property test).
"""

from onefold.delta.config import (
    DeltaInput,
    DesiredRows,
    FieldPolicy,
    Held,
    MinChange,
    OnLeave,
    OnNull,
    ScopeRule,
)
from onefold.delta.delta import Changes, compare, why_held_back
from onefold.delta.drift import Drift, DriftKind, find_drift
from onefold.delta.further import doubted_cells, find_further, further_cells
from onefold.delta.holding import holds, sent_at
from onefold.delta.identities import find_identity_changes, moved_cells
from onefold.delta.occurrences import (
    OCCURRENCE_FIELDS,
    NotSent,
    OccurrenceInput,
    Unsent,
    find_unsent,
)
from onefold.delta.scopes import narrowed, widened

__all__ = [
    "OCCURRENCE_FIELDS",
    "Changes",
    "DeltaInput",
    "DesiredRows",
    "Drift",
    "DriftKind",
    "FieldPolicy",
    "Held",
    "MinChange",
    "NotSent",
    "OccurrenceInput",
    "OnLeave",
    "OnNull",
    "ScopeRule",
    "Unsent",
    "compare",
    "doubted_cells",
    "find_drift",
    "find_further",
    "find_identity_changes",
    "find_unsent",
    "further_cells",
    "holds",
    "moved_cells",
    "narrowed",
    "sent_at",
    "why_held_back",
    "widened",
]
