"""What would be sent to one workspace: decided completely, as a value, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta import Changes, DeltaInput, DesiredRows, ScopeRule, compare
from onefold.destinations import Attribute, Cut, Destination, Prepared
from onefold.errors import ProjectError, Refused
from onefold.ledger import Ledger, LedgerKey, LedgerSettings
from onefold.model import FieldType, IdentifierKind, Price, TypeKind
from onefold.orchestrations import (
    Assigned,
    CampaignSettings,
    DesiredSource,
    assign,
    desire,
)
from onefold.project import Campaign
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.policies import declared_attribute, field_policies, timed_fields
from onefold.run.selecting import select_segments
from onefold.run.wanting import (
    Holder,
    campaign_settings,
    field_sources,
    holders,
    orchestration_settings,
    value_sources,
)
from onefold.warehouse import column, relation, scan

__all__ = ["WorkspacePlan", "plan_workspace"]

IMMEDIATE = LedgerSettings().settle * 0

Scopes = Mapping[str, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkspacePlan:
    """What would be sent, with everything that the guards and the sending need to know.

    Attributes:
        file: the destination's definition.
        destination: the destination, opened for its attributes.
        ledger: its ledger.
        ledger_number: the ledger's number when the plan was made.
        held: all orchestrations and campaigns of it.
        audiences: each running campaign's settings and audience.
        given: what was compared.
        changes: the result.
        cut: the changes as requests.
        price: what they cost.
        refusals: rows and fields that the destination cannot take: (field or None, reason) to rows.
        refused_rows: request objects refused as a whole.
        dropped: the rules of fields that an orchestration held before and no longer has: its
            people leave those fields; by its name.
    """

    file: DestinationFile
    destination: Destination
    ledger: Ledger
    ledger_number: int
    held: tuple[Holder, ...]
    audiences: Mapping[str, tuple[CampaignSettings, Assigned]]
    given: DeltaInput
    changes: Changes
    cut: Cut
    price: Price
    refusals: Mapping[tuple[str | None, str], int]
    refused_rows: int
    dropped: Mapping[str, ScopeRule]


def plan_workspace(walk: Walk, file: DestinationFile) -> WorkspacePlan | None:
    """Decide what would be sent to a destination; None when nothing of it runs now.

    It reads and computes, and changes nothing outside the engine.
    """
    held = holders(walk, file)
    if not any(one.runs or one.ended for one in held):
        return None
    audiences = _audiences(walk, file, held)
    desired = _desired(walk, file, held, audiences)
    ledger = ledger_of(walk, file)
    ledger.check_endpoint()
    record = ledger.record
    acknowledged = ledger.state(now=walk.now())
    destination = _open(walk, file, desired, acknowledged)
    prepared = _prepare(walk, file, destination, desired)
    scopes = ledger.scopes()
    _refuse_orphans(file, held, scopes)
    dropped = _dropped_fields(held, scopes)
    given = DeltaInput(
        desired=_desired_rows(desired, prepared),
        rules=(*_rules(held, desired, scopes), *dropped.values()),
        acknowledged=acknowledged,
        quarantined=ledger.quarantined(),
        refused=_refused(walk, prepared),
        policies=field_policies(file),
        now=walk.now(),
    )
    with walk.steps.step("delta", file.workspace) as step:
        changes = compare(walk.engine, given)
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
    cut = destination.cut(walk.engine, changes.relation)
    return WorkspacePlan(
        file=file,
        destination=destination,
        ledger=ledger,
        ledger_number=0 if record is None else record.number,
        held=held,
        audiences=audiences,
        given=given,
        changes=changes,
        cut=cut,
        price=destination.price(walk.engine, cut.relation),
        refusals=_reasons(walk, [one.refusals for one in prepared] + [cut.refusals]),
        refused_rows=sum(one.refused_rows for one in prepared) + walk.engine.count(cut.refusals),
        dropped=dropped,
    )


def ledger_of(walk: Walk, file: DestinationFile) -> Ledger:
    """Give the ledger of a destination's workspace."""
    key = LedgerKey(
        workspace=file.workspace,
        identifier=IdentifierKind(file.identifier),
        object="attributes",
        endpoint=walk.adapters.endpoint(file),
    )
    # A sandbox on this machine applies what it takes at once and in order: nothing has to settle.
    local = walk.adapters.is_local(file)
    files = walk.project.destinations.values()
    settings = LedgerSettings(
        settle=IMMEDIATE if local else LedgerSettings().settle,
        timed=timed_fields(one for one in files if one.workspace == file.workspace),
    )
    return Ledger(walk.store, walk.tables, key, settings)


def _audiences(
    walk: Walk, file: DestinationFile, held: Sequence[Holder]
) -> Mapping[str, tuple[CampaignSettings, Assigned]]:
    audiences = {}
    for one in held:
        if not (one.runs and isinstance(one.definition, Campaign)):
            continue
        settings = campaign_settings(walk, one.definition, file)
        with walk.steps.step("orchestrations", one.name) as step:
            assigned = assign(
                walk.engine,
                settings,
                kept=_kept(walk, one.definition),
                aliases="stitch.aliases",
                result=f"_audience_{one.name}",
            )
            step.rows_in = assigned.members
            step.rows_out = assigned.members - assigned.control
            step.rejected = 0
            step.result = {"control": assigned.control, "assigned": assigned.assigned}
        audiences[one.name] = (settings, assigned)
    return audiences


def _kept(walk: Walk, campaign: Campaign) -> str | None:
    """Make a view of a campaign's assignments so far, under its name now or its former one."""
    names = [name for name in (campaign.id, campaign.formerly) if name is not None]
    found = (walk.store.outbox.assignments(name) for name in names)
    version_id = next((version for version in found if version is not None), None)
    if version_id is None:
        return None
    version = walk.store.catalogue.version(version_id)
    view = f"_kept_{campaign.id}"
    walk.engine.view(view, scan(walk.tables.folder, version.files, version.columns))
    return view


def _desired(
    walk: Walk,
    file: DestinationFile,
    held: Sequence[Holder],
    audiences: Mapping[str, tuple[CampaignSettings, Assigned]],
) -> tuple[DesiredSource, ...]:
    select_segments(walk, file.suppress)
    sources = value_sources(walk, file, held)
    running = [one for one in held if one.runs]
    name = ", ".join(one.name for one in running) or "nobody"
    with walk.steps.step("orchestrations", f"desired by {name}") as step:
        desired = desire(
            walk.engine,
            sources,
            field_sources(walk, file, sources),
            orchestrations=orchestration_settings(running),
            campaigns=[(settings, assigned.audience) for settings, assigned in audiences.values()],
            suppressed=[f"segments.{name}" for name in file.suppress],
        )
        for one in desired:
            walk.engine.table(f"{one.relation}_rows", exp.select("*").from_(relation(one.relation)))
        step.rows_in = sum(walk.engine.count(source.relation) for source in sources)
        step.rows_out = sum(walk.engine.count(f"{one.relation}_rows") for one in desired)
        step.rejected = 0
    return desired


def _open(
    walk: Walk, file: DestinationFile, desired: Sequence[DesiredSource], acknowledged: str | None
) -> Destination:
    """Open the destination for all fields: those desired, and those that may have to be cleared."""
    attributes = []
    for source in desired:
        types = {found.name: found.engine_type for found in walk.columns(f"{source.relation}_rows")}
        for name in source.fields:
            held = _type(file, name, types[name])
            attributes.append(declared_attribute(file, name, held))
    names = {attribute.name for attribute in attributes}
    before = () if acknowledged is None else walk.columns(acknowledged)
    attributes += [
        Attribute(name=found.name, type=_type(file, found.name, found.engine_type))
        for found in before
        if not found.name.startswith("_") and found.name not in names
    ]
    return walk.adapters.destination(file, attributes)


def _type(file: DestinationFile, name: str, engine_type: str) -> FieldType:
    found = FieldType.of_engine(engine_type)
    if found is None or found.kind is TypeKind.JSON:
        where = ("attributes", name) if name in file.attributes else ()
        raise ProjectError(
            f"the column of {name} is of type {engine_type}, which cannot be sent",
            hint="cast it in the SQL to boolean, date, datetime, decimal, float, integer or string",
            where=file.place(where),
        )
    return found


def _prepare(
    walk: Walk,
    file: DestinationFile,
    destination: Destination,
    desired: Sequence[DesiredSource],
) -> tuple[Prepared, ...]:
    found = []
    with walk.steps.step("destinations", f"prepare {file.id}") as step:
        for source in desired:
            found.append(destination.prepare(walk.engine, f"{source.relation}_rows"))
            walk.engine.drop(f"{source.relation}_rows")
        step.rows_out = sum(one.rows for one in found)
        step.rejected = sum(one.refused_rows for one in found)
        step.rows_in = step.rows_out + step.rejected + sum(one.collapsed_rows for one in found)
        step.result = {
            "reasons": [
                {"field": field, "reason": reason, "rows": rows}
                for (field, reason), rows in _reasons(walk, [one.refusals for one in found]).items()
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


def _refused(walk: Walk, prepared: Sequence[Prepared]) -> str | None:
    """Make a view of the identifiers of rows refused as a whole."""
    if not prepared:
        return None
    parts = [
        exp.select("_identifier")
        .from_(relation(one.refusals))
        .where(column("field").is_(exp.null()), exp.not_(column("_identifier").is_(exp.null())))
        for one in prepared
    ]
    walk.engine.view("_refused_rows", parts[0] if len(parts) == 1 else exp.union(*parts))
    return "_refused_rows"


def _reasons(walk: Walk, refusals: Sequence[str]) -> Mapping[tuple[str | None, str], int]:
    counts: dict[tuple[str | None, str], int] = {}
    for name in refusals:
        query = (
            exp.select("field", "reason", "count(*)")
            .from_(relation(name))
            .group_by("field", "reason")
            .order_by("count(*) DESC", "field", "reason")
        )
        for field, reason, rows in walk.engine.rows(query):
            counts[field, reason] = counts.get((field, reason), 0) + rows
    return counts
