"""Events and purchases: which happened and were not told yet. Each is sent once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlglot import exp

from onefold.warehouse import Engine, column, fixed_sql, literal, relation

__all__ = ["OCCURRENCE_FIELDS", "NotSent", "OccurrenceInput", "Unsent", "find_unsent"]

ROOM = "onefold.delta"
OCCURRENCE_FIELDS = ("user", "row", "time", "hash")  # what the ledger keeps of each


class NotSent(StrEnum):
    """Why an event or purchase is not sent now."""

    SENT = "sent"  # the destination acknowledged it before: all is well
    UNSETTLED = "unsettled"  # it was sent before, and nobody knows whether it arrived
    CHANGED = "changed"  # it was sent before, and its row says something else by now
    TOO_OLD = "too_old"  # it happened before the window
    NOT_YET_DUE = "not_yet_due"  # it has not happened yet: Braze would take it for now
    QUARANTINED = "quarantined"  # it was refused before, with the same values
    WAITING = "waiting"  # its profile was sent to a moment ago, which must have settled first


@dataclass(frozen=True, kw_only=True, slots=True)
class OccurrenceInput:
    """Everything that the comparison depends on.

    Attributes:
        occurrences: what the tables hold, one row a request object: `_identifier` (its id,
            unique), `row` (the id of its row), `user` (whose it is), `time`, `hash` (of what the
            row says), `_since` (when its window begins), `_resend` BOOLEAN (whether what is
            unsettled is sent again).
        as_of: what lies after it has not happened yet.
        acknowledged: what was sent before: `_identifier`, `_unsettled` VARCHAR[], `row` (NULL: it
            is known not to have arrived), `hash`; or None.
        quarantined: what was refused: `_identifier`, `user`, `hash`; or None.
        waiting: `_identifier` of profiles that were sent to a moment ago; or None: requests may be
            processed in any order, and what an event starts must find the profile as it is.
    """

    occurrences: str
    as_of: datetime
    acknowledged: str | None = None
    quarantined: str | None = None
    waiting: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsent:
    """The result of the comparison.

    Attributes:
        relation: a temporary table of what is to be sent: the input's columns, and `_changed`
            VARCHAR[] (all fields that the ledger keeps); without those of the rules.
        held: a temporary table of what is not sent: the input's columns, and `_held`.
        rows: how many are to be sent.
        reasons: how many are not, by reason.
    """

    relation: str
    held: str
    rows: int
    reasons: Mapping[NotSent, int]


def find_unsent(engine: Engine, given: OccurrenceInput, *, result: str = "unsent") -> Unsent:
    """Compare what happened with what was sent; `result` names the table of what is to be sent."""
    held = f"{result}_held"
    relations = {
        "occurrences": given.occurrences,
        "known": _known(given.acknowledged),
        "quarantined": given.quarantined or _nothing("_identifier", "user", "hash"),
        "waiting": given.waiting or _nothing("_identifier"),
    }
    judgement = fixed_sql(ROOM, "occurrences", relations).transform(
        lambda node: literal(given.as_of.isoformat()) if isinstance(node, exp.Placeholder) else node
    )
    with engine.scratch("judged") as (judged,):
        engine.table(judged, judgement)
        unsent = column("_held").is_(exp.null())
        fields = exp.array(*(literal(name) for name in OCCURRENCE_FIELDS)).as_("_changed")
        apart = ("_held", "_since", "_resend")
        everything = exp.Star(except_=[exp.to_identifier(name) for name in apart])
        rows = engine.table(
            result, exp.select(everything, fields).from_(relation(judged)).where(unsent)
        )
        engine.table(held, exp.select("*").from_(relation(judged)).where(exp.not_(unsent.copy())))
    counts = exp.select("_held", "count(*)").from_(relation(held)).group_by("_held")
    reasons = {NotSent(reason): count for reason, count in engine.rows(counts)}
    return Unsent(
        relation=result,
        held=held,
        rows=rows,
        reasons={reason: reasons[reason] for reason in NotSent if reason in reasons},
    )


def _known(acknowledged: str | None) -> exp.Select:
    if acknowledged is None:
        nothing = _nothing("_identifier", "row", "hash")
        return nothing.select(exp.false().as_("_unsettled"))
    unsettled = exp.not_(column("_unsettled").is_(exp.null()))
    told = exp.not_(column("row").is_(exp.null()))
    return (
        exp.select(
            column("_identifier"), column("row"), column("hash"), unsettled.as_("_unsettled")
        )
        .from_(relation(acknowledged))
        .where(told)
    )


def _nothing(*names: str) -> exp.Select:
    columns = [
        exp.cast(exp.null(), "VARCHAR").as_(exp.to_identifier(name, quoted=True)) for name in names
    ]
    return exp.select(*columns).where(exp.false())
