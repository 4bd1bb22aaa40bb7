"""The comparison: leavers, then cells, then what quarantine and recency hold back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta.cells import cells, held_back
from onefold.delta.config import DeltaInput, Held
from onefold.delta.counts import count_fields
from onefold.delta.desired import join_desired
from onefold.delta.leavers import find_leavers
from onefold.delta.quarantine import hold_back
from onefold.warehouse import Engine, column, count_if, relation

__all__ = ["Changes", "compare", "why_held_back"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """The result of a comparison.

    Attributes:
        relation: a temporary table: `_identifier`, `_person_id`, `_changed` (VARCHAR[], names of
            the changed fields), and the fields: the new value where changed (NULL clears it).
        desired: the view of all desired rows, with the flags of the rules.
        leavers: the table of those who left, with the fields that each loses.
        fields: the fields, in the order of the relation.
        rows: people with at least one change.
        sets: cells set, by field.
        clears: cells cleared, by field.
        people_cleared: people with at least one cell cleared.
        wanted: people whom at least one orchestration wants.
        left: people who left, by orchestration.
        deferred: cells left for later because they were sent a moment ago.
        held: cells held back by the policy of their field, by field and reason.
        quarantined: people held back because the same values were refused before.
    """

    relation: str
    desired: str
    leavers: str
    fields: tuple[str, ...]
    rows: int
    sets: Mapping[str, int]
    clears: Mapping[str, int]
    people_cleared: int
    wanted: int
    left: Mapping[str, int]
    deferred: int
    held: Mapping[tuple[str, Held], int]
    quarantined: int


def compare(engine: Engine, given: DeltaInput, *, result: str = "changes") -> Changes:
    """Compare desired rows with the acknowledged state; `result` names the table of changes."""
    desired, leavers = f"{result}_desired", f"{result}_leavers"
    with engine.scratch("cells") as (compared,):
        fields = join_desired(engine, given, result=desired)
        left = find_leavers(engine, given, desired, result=leavers)
        held = cells(engine, given, desired, leavers, fields, result=compared)
        quarantined = hold_back(engine, given, compared, fields, result=result)
    counts = count_fields(engine, result, fields, given.policies, given.acknowledged)
    people = exp.select(count_if(column("_wanted"))).from_(relation(desired))
    return Changes(
        relation=result,
        desired=desired,
        leavers=leavers,
        fields=fields,
        rows=counts.rows,
        sets=counts.sets,
        clears=counts.clears,
        people_cleared=counts.people_cleared,
        wanted=int(engine.scalar(people)),
        left=left,
        deferred=held.deferred,
        held=held.by_policy,
        quarantined=quarantined,
    )


def why_held_back(
    engine: Engine, given: DeltaInput, changes: Changes, identifier: str
) -> Mapping[str, str]:
    """Say which fields of one person differ and are not sent now: the field to the reason.

    The reason is a policy's (`Held`), or `deferred`. Quarantine, which holds a whole row back, is
    none of them.
    """
    return held_back(engine, given, changes.desired, changes.leavers, identifier)
