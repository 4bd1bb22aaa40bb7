"""What would be sent of events or of purchases: those that happened and were not sent yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlglot import exp

from onefold.delta import NotSent, OccurrenceInput, Unsent, find_unsent
from onefold.destinations import (
    ColumnProblem,
    Occurrences,
    OccurrenceSource,
    PreparedOccurrences,
)
from onefold.errors import ProjectError
from onefold.ledger import Ledger
from onefold.model import ATTRIBUTES, DestinationObject, ObjectKind, Price
from onefold.orchestrations import ValueSource, happened
from onefold.project import Destination as DestinationFile
from onefold.project import Orchestration, ProjectErrors
from onefold.run.context import Walk
from onefold.run.objects import ledger_of, refusal_counts
from onefold.run.selecting import select_segments
from onefold.run.value_sources import superfluous_identifiers, value_source
from onefold.store import LedgerRecord
from onefold.warehouse import column, relation

__all__ = ["OccurrencePlan", "forget_before", "plan_occurrences"]

KEPT_FOR = 2  # windows: ids are kept for longer than anything is sent
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class OccurrencePlan:
    """What would be sent of events or purchases, and what guards and sending need to know of it.

    Attributes:
        thing: events or purchases.
        file: the destination's definition.
        ledger: its ledger.
        ledger_number: the ledger's number when the plan was made.
        first: whether nothing was ever sent.
        orchestrations: those that run, each with the number of its rows.
        prepared: the rows of all of them, as they would be sent.
        unsent: those that are sent now, and why the others are not.
        placed: the relation of those that are sent, once they have places in requests.
        price: what they cost.
        refusals: rows that the destination cannot take: (None, reason) to rows.
    """

    thing: DestinationObject
    file: DestinationFile
    ledger: Ledger
    ledger_number: int
    first: bool
    orchestrations: tuple[tuple[Orchestration, int], ...]
    prepared: PreparedOccurrences
    unsent: Unsent
    placed: str
    price: Price
    refusals: Mapping[tuple[str | None, str], int]

    @property
    def array(self) -> str:
        """The array of a request that holds them."""
        return str(self.thing)

    @property
    def rows(self) -> int:
        """How many are sent."""
        return self.unsent.rows

    @property
    def held(self) -> Mapping[NotSent, int]:
        """How many are not sent though nothing says that they arrived, by reason."""
        return _held(self.unsent, self.prepared)


def plan_occurrences(
    walk: Walk,
    file: DestinationFile,
    kind: ObjectKind,
    orchestrations: Sequence[Orchestration],
    channel: Occurrences,
) -> OccurrencePlan:
    """Decide what would be sent of events, or of purchases.

    Raises:
        ProjectErrors: columns that Braze could not take.
    """
    thing, stem = DestinationObject(kind), f"{kind}_of_{file.workspace}"
    ledger = ledger_of(walk, file, thing)
    ledger.check_endpoint()
    record = ledger.record
    templates = [walk.project.destinations[one.destination] for one in orchestrations]
    select_segments(walk, {name for one in templates for name in one.suppress})
    sources = [
        _source(walk, channel, one, record, result=f"{stem}_{number}")
        for number, one in enumerate(orchestrations)
    ]
    prepared = _prepare(walk, file, kind, channel, sources, result=stem)
    acknowledged = ledger.state(now=walk.now(), result=f"{stem}_acknowledged")
    unsent = _compare(
        walk,
        thing,
        file,
        prepared,
        OccurrenceInput(
            occurrences=prepared.relation,
            as_of=walk.as_of,
            acknowledged=acknowledged,
            quarantined=ledger.quarantined(result=f"{stem}_quarantined"),
            waiting=_waiting(walk, file, result=f"{stem}_waiting"),
        ),
        result=f"{stem}_unsent",
    )
    return OccurrencePlan(
        thing=thing,
        file=file,
        ledger=ledger,
        ledger_number=0 if record is None else record.number,
        first=acknowledged is None,
        orchestrations=tuple(
            (one, walk.engine.count(source.relation))
            for one, source in zip(orchestrations, sources, strict=True)
        ),
        prepared=prepared,
        unsent=unsent,
        placed=unsent.relation,
        price=channel.price(walk.engine, unsent.relation),
        refusals=refusal_counts(walk, [prepared.refusals]),
    )


def forget_before(walk: Walk, plan: OccurrencePlan) -> datetime:
    """Give the time before which no orchestration of the kind, running or not, looks."""
    windows = [
        one.window
        for one in walk.project.orchestrations.values()
        if walk.project.goes_to(one, plan.file) and one.kind is plan.thing.kind
    ]
    return walk.as_of - KEPT_FOR * max(windows)


def _source(
    walk: Walk,
    channel: Occurrences,
    one: Orchestration,
    record: LedgerRecord | None,
    *,
    result: str,
) -> OccurrenceSource:
    """Make the table `result` of an orchestration's rows."""
    template = walk.project.destinations[one.destination]
    source = value_source(walk, template, one.relation)
    columns = walk.columns(source.relation)
    key = one.event_key or ()
    problems = list(channel.problems(one.kind, columns, key))
    if problems:
        raise ProjectErrors([_error(one, source, problem) for problem in problems])
    with walk.steps.step("orchestrations", f"{one.kind} of {one.id}") as step:
        rows = happened(
            walk.engine,
            source,
            channel.identifiers,
            [f"segments.{name}" for name in template.suppress],
        )
        step.rows_in = walk.engine.count(source.relation)
        step.rows_out = walk.engine.table(result, rows)
        step.rejected = 0
        step.result = {"superfluous": superfluous_identifiers(walk, [source])}
    forgotten = (record.kept_since if record else None) or ALWAYS
    return OccurrenceSource(
        relation=result,
        key=key,
        since=max(walk.as_of - one.window, forgotten),
        kept_since=max(walk.as_of - KEPT_FOR * one.window, forgotten),
        resend=one.on_unsettled == "resend",
    )


def _error(one: Orchestration, source: ValueSource, problem: ColumnProblem) -> ProjectError:
    where = ("from",) if problem.key is None else ("event_key", problem.key)
    return ProjectError(
        f"{source.name}: {problem.message}", hint=problem.hint, where=one.place(where)
    )


def _prepare(
    walk: Walk,
    file: DestinationFile,
    kind: ObjectKind,
    channel: Occurrences,
    sources: Sequence[OccurrenceSource],
    *,
    result: str,
) -> PreparedOccurrences:
    with walk.steps.step("destinations", f"prepare {kind} {file.id}") as step:
        prepared = channel.prepare(walk.engine, kind, sources, result=result)
        step.rows_in = sum(walk.engine.count(source.relation) for source in sources)
        step.rows_out, step.rejected = prepared.rows, prepared.refused_rows
        step.result = {
            "reasons": [
                {"field": field, "reason": reason, "rows": rows}
                for (field, reason), rows in refusal_counts(walk, [prepared.refusals]).items()
            ]
        }
    return prepared


def _compare(
    walk: Walk,
    thing: DestinationObject,
    file: DestinationFile,
    prepared: PreparedOccurrences,
    given: OccurrenceInput,
    *,
    result: str,
) -> Unsent:
    with walk.steps.step("delta", f"{file.workspace} {thing}") as step:
        unsent = find_unsent(walk.engine, given, result=result)
        step.rows_in, step.rows_out = walk.engine.count(given.occurrences), unsent.rows
        step.rejected = unsent.reasons.get(NotSent.QUARANTINED, 0)
        step.result = {
            "held": [
                {"field": str(thing), "reason": str(why), "cells": rows}
                for why, rows in _held(unsent, prepared).items()
            ]
        }
    return unsent


def _held(unsent: Unsent, prepared: PreparedOccurrences) -> Mapping[NotSent, int]:
    """Count what is not sent, though nothing says that it arrived as it is."""
    found = dict(unsent.reasons)
    found.pop(NotSent.SENT, None)
    if prepared.old_rows:
        found[NotSent.TOO_OLD] = found.get(NotSent.TOO_OLD, 0) + prepared.old_rows
    return found


def _waiting(walk: Walk, file: DestinationFile, *, result: str) -> str | None:
    """Make a view of the profiles that were sent to a moment ago, or give None for nobody."""
    attributes = ledger_of(walk, file, ATTRIBUTES)
    state = attributes.state(now=walk.now(), result=f"{result}_state")
    if state is None:
        return None
    recent = exp.not_(column("_recent").is_(exp.null()))
    walk.engine.view(result, exp.select("_identifier").from_(relation(state)).where(recent))
    return result
