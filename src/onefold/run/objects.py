"""What would be sent of one object: prepared, compared with its ledger, cut, priced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlglot import exp

from onefold.delta import Changes, DeltaInput, DesiredRows, FieldPolicy, ScopeRule, compare
from onefold.destinations import Channel, Cut, Prepared
from onefold.errors import ProjectError, Refused
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import DestinationObject, FieldType, IdentifierKind, Price
from onefold.orchestrations import DesiredSource
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.policies import timed_fields, timed_groups
from onefold.run.wanting import Holder
from onefold.warehouse import column, relation

__all__ = [
    "ObjectPlan",
    "ledger_of",
    "plan_object",
    "refusal_counts",
    "sent_type",
    "settling_time",
    "stem_of",
]

Scopes = Mapping[str, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectPlan:
    """What would be sent of one object, and what guards and sending need to know of it.

    Attributes:
        thing: the object.
        file: the destination's definition.
        channel: the way that its rows take.
        ledger: its ledger.
        ledger_number: the ledger's number when the plan was made.
        held: all orchestrations and campaigns of it.
        given: what was compared.
        changes: the result.
        cut: the changes as requests.
        price: what they cost.
        refusals: rows and fields that the destination cannot take: (field or None, reason) to rows.
        remarks: what people should know of prepared values: (field, remark) to how many.
        refused_rows: request objects refused as a whole.
        dropped: the rules of fields that an orchestration held before and no longer has: its
            people leave those fields; by its name.
    """

    thing: DestinationObject
    file: DestinationFile
    channel: Channel
    ledger: Ledger
    ledger_number: int
    held: tuple[Holder, ...]
    given: DeltaInput
    changes: Changes
    cut: Cut
    price: Price
    refusals: Mapping[tuple[str | None, str], int]
    remarks: Mapping[tuple[str, str], int]
    refused_rows: int
    dropped: Mapping[str, ScopeRule]

    @property
    def array(self) -> str:
        """The array of a request that holds its rows."""
        return self.channel.array

    @property
    def rows(self) -> int:
        """How many rows are sent."""
        return self.changes.rows

    @property
    def placed(self) -> str:
        """The relation of the rows that are sent, with their places in requests."""
        return self.cut.relation


def plan_object(
    walk: Walk,
    file: DestinationFile,
    thing: DestinationObject,
    *,
    held: tuple[Holder, ...],
    desired: Sequence[DesiredSource],
    open_channel: Callable[[str | None], Channel],
    policies: Mapping[str, FieldPolicy],
    as_known: Callable[[str], str] = str,
) -> ObjectPlan:
    """Decide what would be sent of one object.

    Args:
        walk: the walk.
        file: the destination.
        thing: the object.
        held: all orchestrations and campaigns of it.
        desired: what they want now, each source as the table `<relation>_rows`.
        open_channel: opens the way of its rows, given the relation of the acknowledged state.
        policies: by which changes of its fields are held back.
        as_known: gives the relation that tells what its rows hold, from that of the acknowledged
            state.
    """
    ledger = ledger_of(walk, file, thing)
    ledger.check_endpoint()
    record = ledger.record
    stem = stem_of(thing)
    state = ledger.state(now=walk.now(), result=f"{stem}_acknowledged")
    acknowledged = None if state is None else as_known(state)
    channel = open_channel(acknowledged)
    prepared = _prepare(walk, file, thing, channel, desired)
    scopes = ledger.scopes()
    _refuse_orphans(file, held, scopes)
    dropped = _dropped_fields(held, scopes)
    given = DeltaInput(
        desired=_desired_rows(desired, prepared),
        rules=(*_rules(held, desired, scopes), *dropped.values()),
        acknowledged=acknowledged,
        quarantined=ledger.quarantined(result=f"{stem}_quarantined"),
        refused=_refused(walk, prepared, result=f"{stem}_refused"),
        policies=policies,
        now=walk.now(),
    )
    changes = _compare(walk, file, thing, given, result=f"{stem}_changes")
    cut = channel.cut(walk.engine, changes.relation, acknowledged)
    return ObjectPlan(
        thing=thing,
        file=file,
        channel=channel,
        ledger=ledger,
        ledger_number=0 if record is None else record.number,
        held=held,
        given=given,
        changes=changes,
        cut=cut,
        price=channel.price(walk.engine, cut.relation),
        refusals=refusal_counts(walk, [one.refusals for one in prepared] + [cut.refusals]),
        remarks={told: count for one in prepared for told, count in one.remarks.items()},
        refused_rows=sum(one.refused_rows for one in prepared) + walk.engine.count(cut.refusals),
        dropped=dropped,
    )


def stem_of(thing: DestinationObject) -> str:
    """Name what belongs to an object in the engine."""
    return str(thing).replace(" ", "_")


def sent_type(file: DestinationFile, name: str, engine_type: str) -> FieldType:
    """Give the type of a field's column.

    Raises:
        ProjectError: values of this type cannot be sent.
    """
    found = FieldType.of_engine(engine_type)
    if found is None:
        where = ("attributes", name) if name in file.attributes else ()
        raise ProjectError(
            f"the column of {name} is of type {engine_type}, which cannot be sent",
            hint="cast it in the SQL to boolean, date, datetime, decimal, float, integer or string",
            where=file.place(where),
        )
    return found


def _compare(
    walk: Walk, file: DestinationFile, thing: DestinationObject, given: DeltaInput, *, result: str
) -> Changes:
    with walk.steps.step("delta", f"{file.workspace} {thing}") as step:
        changes = compare(walk.engine, given, result=result)
        step.rows_in, step.rows_out = changes.wanted, changes.rows
        step.rejected = changes.quarantined
        step.result = {
            "sets": dict(changes.sets),
            "clears": dict(changes.clears),
            "left": dict(changes.left),
            "deferred": changes.deferred,
            "held": [
                {"field": field, "reason": str(reason), "cells": cells}
                for (field, reason), cells in changes.held.items()
            ],
            "quarantined": changes.quarantined,
        }
    return changes


def ledger_of(walk: Walk, file: DestinationFile, thing: DestinationObject) -> Ledger:
    """Give the ledger of an object in a destination's workspace."""
    key = LedgerKey(
        workspace=file.workspace,
        identifier=IdentifierKind(file.identifier)
        if thing.kind.is_of_people
        else IdentifierKind.ITEM_ID,
        object=str(thing),
        endpoint=walk.adapters.endpoint(file),
    )
    files = walk.project.destinations.values()
    settings = LedgerSettings(
        settle=settling_time(walk, file),
        timed=timed_fields(one for one in files if one.workspace == file.workspace)
        | timed_groups(walk.project, file),
    )
    return Ledger(walk.store, walk.tables, key, settings)


def settling_time(walk: Walk, file: DestinationFile) -> timedelta:
    """Give how long the destination may still be applying what it took."""
    if file.settle is not None:
        return file.settle
    # A sandbox on this machine applies what it takes at once and in order, unless told otherwise.
    return timedelta(0) if walk.adapters.is_local(file) else LedgerSettings().settle


def _prepare(
    walk: Walk,
    file: DestinationFile,
    thing: DestinationObject,
    channel: Channel,
    desired: Sequence[DesiredSource],
) -> tuple[Prepared, ...]:
    found = []
    with walk.steps.step("destinations", f"prepare {thing} {file.id}") as step:
        for source in desired:
            found.append(channel.prepare(walk.engine, f"{source.relation}_rows"))
            walk.engine.drop(f"{source.relation}_rows")
        step.rows_out = sum(one.rows for one in found)
        step.rejected = sum(one.refused_rows for one in found)
        step.rows_in = step.rows_out + step.rejected + sum(one.collapsed_rows for one in found)
        step.result = {
            "reasons": [
                {"field": field, "reason": reason, "rows": rows}
                for (field, reason), rows in refusal_counts(
                    walk, [one.refusals for one in found]
                ).items()
            ]
        }
    return tuple(found)


def _desired_rows(
    desired: Sequence[DesiredSource], prepared: Sequence[Prepared]
) -> tuple[DesiredRows, ...]:
    return tuple(
        DesiredRows(
            relation=ready.relation, fields=source.fields, flags=tuple(source.flags.values())
        )
        for source, ready in zip(desired, prepared, strict=True)
    )


def _rules(
    held: Sequence[Holder], desired: Sequence[DesiredSource], scopes: Scopes
) -> list[ScopeRule]:
    """Make a rule of whatever wants people now, and of whatever still holds some.

    What only holds people is about the fields that they were given then, whatever its file says
    by now; a draft that nobody ever heard of is about nobody.
    """
    flags = {name: flag for source in desired for name, flag in source.flags.items()}
    rules = []
    for one in held:
        scope, before = _held_by(one, scopes)
        if one.runs or scope is not None:
            rules.append(
                ScopeRule(
                    name=one.name,
                    flag=flags.get(one.name) if one.runs else None,
                    running=one.runs or one.ended,
                    fields=one.fields if one.runs else before,
                    on_null=one.on_null,
                    on_leave=one.on_leave,
                    scope=scope,
                    exact=one.exact,
                )
            )
    return rules


def _dropped_fields(held: Sequence[Holder], scopes: Scopes) -> dict[str, ScopeRule]:
    """Make a rule of the fields that a running orchestration held before and no longer has."""
    found = {}
    for one in held:
        scope, before = _held_by(one, scopes)
        dropped = tuple(field for field in before if field not in one.fields)
        if one.runs and dropped:
            found[one.name] = ScopeRule(
                name=f"{one.name}, fields it no longer has",
                flag=None,
                running=True,
                fields=dropped,
                on_leave=one.on_leave,
                scope=scope,
            )
    return found


def _held_by(one: Holder, scopes: Scopes) -> tuple[str | None, tuple[str, ...]]:
    """Give an orchestration's scope and its fields, under its name now or its former one."""
    for name in (one.name, one.definition.formerly):
        if name is not None and name in scopes:
            return scopes[name]
    return None, ()


def _refuse_orphans(file: DestinationFile, held: Sequence[Holder], scopes: Scopes) -> None:
    """Refuse to go on without the file of an orchestration that still holds people.

    Raises:
        Refused: with what to do.
    """
    known = {name for one in held for name in (one.name, one.definition.formerly)}
    for name, (_, fields) in scopes.items():
        if name not in known:
            raise Refused(
                f"people in workspace {file.workspace} still carry {', '.join(fields)} of {name}, "
                "and its file is gone",
                hint=f"put the file of {name} back with status: ended, run once, then delete it; "
                "after a rename write formerly: there",
            )


def _refused(walk: Walk, prepared: Sequence[Prepared], *, result: str) -> str | None:
    """Make a view of the identifiers of rows refused as a whole."""
    if not prepared:
        return None
    parts = [
        exp.select("_identifier")
        .from_(relation(one.refusals))
        .where(column("field").is_(exp.null()), exp.not_(column("_identifier").is_(exp.null())))
        for one in prepared
    ]
    walk.engine.view(result, parts[0] if len(parts) == 1 else exp.union(*parts))
    return result


def refusal_counts(walk: Walk, refusals: Sequence[str]) -> Mapping[tuple[str | None, str], int]:
    """Count refusals by field (None: the whole row) and reason, the commonest first."""
    counts: dict[tuple[str | None, str], int] = {}
    for name in refusals:
        query = (
            exp.select("field", "reason", "count(*)")
            .from_(relation(name))
            .group_by("field", "reason")
        )
        for field, reason, rows in walk.engine.rows(query):
            counts[field, reason] = counts.get((field, reason), 0) + rows
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0][0] or "", one[0][1])))
