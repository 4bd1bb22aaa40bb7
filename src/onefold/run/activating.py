"""From a plan to acknowledged profiles: guards, intent, sending, settlement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import partial

from sqlglot import exp

from onefold.delta import ScopeRule, narrowed, widened
from onefold.destinations import Destination
from onefold.errors import ClearsRefused, FirstSyncRefused
from onefold.ledger import Intent
from onefold.model import (
    ATTRIBUTES,
    IDENTITIES,
    DestinationObject,
    ObjectKind,
    Price,
    TableName,
    TableVersion,
)
from onefold.project import Orchestration
from onefold.run.bounds import check_bounds
from onefold.run.budgets import check_budget
from onefold.run.context import Walk
from onefold.run.delivering import deliver
from onefold.run.identities import check_identities
from onefold.run.lists import Audiences
from onefold.run.objects import ObjectPlan, ledger_of
from onefold.run.occurrences import OccurrencePlan, forget_before
from onefold.run.planning import DeliveryPlan, Part, WorkspacePlan, plan_workspace
from onefold.run.sending import Delivery
from onefold.run.telling import tell_identities
from onefold.run.wanting import list_things, runs_anything
from onefold.warehouse import relation

__all__ = ["activate", "check_guards"]

CLEARS_ABOVE = Decimal("0.05")  # of the people whom the destination holds

Scopes = Mapping[str, tuple[exp.Query, tuple[str, ...]]]
"""By orchestration: a selection of the identifiers that it holds, and its fields."""


def activate(walk: Walk) -> None:
    """Bring every destination to what is wanted, one workspace after the other."""
    for file in walk.project.workspaces.values():
        if not runs_anything(walk, file):
            continue
        lists = list_things(walk, file)
        for kind in ObjectKind:
            if kind is ObjectKind.ATTRIBUTES or kind.happens_once:
                ledger_of(walk, file, DestinationObject(kind)).close()
        for thing in (*lists, IDENTITIES):
            ledger_of(walk, file, thing).close()
        for thing in (ATTRIBUTES, *lists):
            ledger_of(walk, file, thing).fold(run_id=walk.run_id, now=walk.now())
        called = ledger_of(walk, file, IDENTITIES)
        called.fold(run_id=walk.run_id, now=walk.now(), doubts=False)
        plan = plan_workspace(walk, file)
        for further in (False, True):
            if plan is not None and _tell_identities(walk, plan, further=further):
                plan = plan_workspace(walk, file)
        if plan is not None:
            for part in plan.parts:
                check_guards(walk, part)
            _keep_to_budget(walk, plan)
            _keep_assignments(walk, plan.audiences)
            for delivery in plan.deliveries:
                _deliver(walk, plan.destination, delivery)


def _tell_identities(walk: Walk, plan: WorkspacePlan, *, further: bool) -> bool:
    """Tell of changed identifiers first; then the ledger is another one, and the plan is stale."""
    if plan.identities is None:
        return False
    check_identities(walk, plan.identities)
    return tell_identities(walk, plan.destination, plan.identities, further=further)


def check_guards(walk: Walk, plan: Part) -> None:
    """Stop before the first byte leaves, when something looks wrong.

    Raises:
        CheckFailed: a bound of an orchestration's `tests` does not hold.
        ClearsRefused: more people would lose a value than the guards allow.
        FirstSyncRefused: the ledger is empty, and nobody said `--first-sync`.
    """
    if isinstance(plan, OccurrencePlan):
        _check_occurrences(walk, plan)
        first, of = plan.first, str(plan.thing)
    else:
        _check_orchestrations(walk, plan)
        if not walk.options.allow_clears:
            _check_clears(walk, plan)
        first, of = plan.given.acknowledged is None, "people"
    if first and plan.rows and not (walk.options.first_sync or walk.adapters.is_local(plan.file)):
        price = plan.price
        raise FirstSyncRefused(
            f"the ledger of workspace {plan.file.workspace} is empty, so everything would be "
            f"sent: {price.rows} {of}, {price.data_points} data points, {price.requests} requests"
            f"{_other_ledgers(walk, plan)}",
            hint="if Braze really knows none of it, run again with --first-sync; look at a few "
            "people first: onefold plan --person ID",
            where=plan.file.place(("workspace",)),
        )


def _other_ledgers(walk: Walk, plan: Part) -> str:
    """Say that the workspace has a ledger of people who are known otherwise."""
    others = [
        one.identifier
        for one in walk.store.outbox.ledgers()
        if one.workspace == plan.file.workspace
        and one.object == str(plan.thing)
        and one.identifier != plan.file.identifier
    ]
    if not others:
        return ""
    return (
        f"; what was sent by {', '.join(others)} stands in a ledger of its own, and "
        f"{plan.file.identifier} begins a new one"
    )


def _keep_to_budget(walk: Walk, plan: WorkspacePlan) -> None:
    """Stop, or note how the budget stands, before the first byte leaves."""
    if plan.file.budget is not None:
        with walk.steps.step("destinations", f"budget {plan.file.id}") as step:
            budgets = check_budget(walk, plan)
            step.rows_in = step.rows_out = step.rejected = 0
            step.result = {"budgets": [one.told() for one in budgets]}


def _check_occurrences(walk: Walk, plan: OccurrencePlan) -> None:
    bounded = not (plan.first or _let_through(walk, plan))
    for one, rows in plan.orchestrations:
        check_bounds(one, wanted=rows, changing=plan.rows, bounded=bounded, of=str(plan.thing))


def _check_orchestrations(walk: Walk, plan: ObjectPlan) -> None:
    bounded = not (plan.given.acknowledged is None or _let_through(walk, plan))
    for one in plan.held:
        if one.runs and isinstance(one.definition, Orchestration):
            wanted = _wanted(walk, plan, one.name)
            check_bounds(one.definition, wanted=wanted, changing=plan.rows, bounded=bounded)


def _let_through(walk: Walk, plan: Part) -> bool:
    """Tell whether an earlier attempt at this run passed, and was cut off while it sent.

    What it did not get to looks like change, and is none of the data's.
    """
    return walk.steps.done("ledger", f"intend {plan.file.workspace} {plan.thing}") is not None


def _check_clears(walk: Walk, plan: ObjectPlan) -> None:
    """Hold clears (by `on_null` and `on_leave`) against the people whom the destination holds."""
    for rule in plan.given.rules:
        held = 0 if rule.scope is None else walk.engine.count(rule.scope)
        left = plan.changes.left.get(rule.name, 0)
        empty = left == held > 0
        if empty and rule.flag is not None and plan.changes.clears:
            raise ClearsRefused(
                f"the result of {rule.name} is empty, so all {held} people would leave it",
                hint="look at its segments and tables; if it is right, run again with "
                "--allow-clears",
            )
    if plan.given.acknowledged is None or not plan.changes.people_cleared:
        return
    ended = {rule.name for rule in plan.given.rules if rule.running and rule.flag is None}
    leaving = sum(rows for name, rows in plan.changes.left.items() if name in ended)
    cleared = max(0, plan.changes.people_cleared - leaving)
    known = walk.engine.count(plan.given.acknowledged)
    allowed = _clears_allowed(plan)
    if cleared > allowed * known:
        raise ClearsRefused(
            f"{cleared} of {known} people would lose a value "
            f"({', '.join(f'{name}: {rows}' for name, rows in plan.changes.clears.items())}), and "
            f"at most {float(100 * allowed):g}% may",
            hint="look at: onefold plan; if it is right, run again with --allow-clears",
        )


def _clears_allowed(plan: ObjectPlan) -> Decimal:
    bounds = [
        one.definition.tests.clears.limit
        for one in plan.held
        if one.runs and isinstance(one.definition, Orchestration)
    ]
    return min(bounds, default=CLEARS_ABOVE)


def _wanted(walk: Walk, plan: ObjectPlan, name: str) -> int:
    (flag,) = [rule.flag for rule in plan.given.rules if rule.name == name]
    if flag is None:
        return 0
    wanted = exp.select("count(*)").from_(relation(plan.changes.desired))
    return int(walk.engine.scalar(wanted.where(exp.column(exp.to_identifier(flag, quoted=True)))))


def _keep_assignments(walk: Walk, audiences: Audiences) -> None:
    """Make new assignments durable before anybody hears of them."""
    for name, (_, assigned) in audiences.items():
        if not assigned.assigned:
            _follow_rename(walk, name)
            continue
        table = TableName("assignments", name)
        new = walk.tables.write(table, exp.select("*").from_(relation(assigned.new)))
        version = _added(walk, name, new)
        with walk.store.begin() as tx:
            walk.store.catalogue.add_version(tx, version, run_id=walk.run_id, created_at=walk.now())
            walk.store.outbox.set_assignments(tx, name, version.id)


def _follow_rename(walk: Walk, campaign: str) -> None:
    """Point a renamed campaign at the assignments made under its former name."""
    former = walk.project.campaigns[campaign].formerly
    if former is None or walk.store.outbox.assignments(campaign) is not None:
        return
    version_id = walk.store.outbox.assignments(former)
    if version_id is not None:
        with walk.store.begin() as tx:
            walk.store.outbox.set_assignments(tx, campaign, version_id)


def _added(walk: Walk, campaign: str, new: TableVersion) -> TableVersion:
    earlier = walk.store.outbox.assignments(campaign)
    if earlier is None:
        former = walk.project.campaigns[campaign].formerly
        earlier = None if former is None else walk.store.outbox.assignments(former)
    files = () if earlier is None else walk.store.catalogue.version(earlier).files
    return walk.tables.version(new.table, (*files, *new.files), new.columns)


def _deliver(walk: Walk, destination: Destination, delivery: DeliveryPlan) -> None:
    changing = [part for part in delivery.parts if part.rows]
    if changing:
        try:
            intents = {part.array: _intend(walk, part) for part in changing}
            walk.engine.drop(*(part.placed for part in changing))
            _send(walk, destination, delivery, intents)
        finally:
            for part in changing:
                part.ledger.close()
    for part in delivery.parts:
        if isinstance(part, ObjectPlan):
            _settle(walk, part)
        else:
            _remember(walk, part)


def _running(plan: ObjectPlan) -> list[ScopeRule]:
    dropped = {rule.name for rule in plan.dropped.values()}
    return [rule for rule in plan.given.rules if rule.running and rule.name not in dropped]


def _intend(walk: Walk, plan: Part) -> Intent:
    with walk.steps.step("ledger", f"intend {plan.file.workspace} {plan.thing}") as step:
        scopes = (
            {rule.name: (widened(rule, plan.changes), rule.fields) for rule in _running(plan)}
            if isinstance(plan, ObjectPlan)
            else {}
        )
        intent = plan.ledger.intend(
            plan.placed,
            run_id=walk.run_id,
            now=walk.now(),
            price=_priced(plan.price),
            scopes=scopes,
        )
        step.rows_in = step.rows_out = intent.change_set.rows
        step.rejected = 0
    return intent


def _settle(walk: Walk, plan: ObjectPlan) -> None:
    with walk.steps.step("ledger", f"settle {plan.file.workspace} {plan.thing}") as step:
        state = plan.ledger.state(now=walk.now(), result="settled")
        held = {
            rule.name: (
                narrowed(walk.engine, rule, plan.given, plan.changes, state),
                (*rule.fields, *_still_carried(walk, plan, rule, state)),
            )
            for rule in _running(plan)
        }
        plan.ledger.hold(
            held if plan.changes.rows else _moved(walk, plan, held),
            formerly=[one.definition.formerly for one in plan.held if one.definition.formerly],
            run_id=walk.run_id,
            now=walk.now(),
        )
        plan.ledger.fold(run_id=walk.run_id, now=walk.now())
        step.rows_in = step.rows_out = 0 if state is None else walk.engine.count(state)
        step.rejected = 0


def _remember(walk: Walk, plan: OccurrencePlan) -> None:
    """Compact what is known of events or purchases, without what nobody will ask for again."""
    with walk.steps.step("ledger", f"settle {plan.file.workspace} {plan.thing}") as step:
        plan.ledger.fold(
            run_id=walk.run_id, now=walk.now(), forget_before=forget_before(walk, plan)
        )
        state = plan.ledger.state(now=walk.now(), result="settled")
        step.rows_in = step.rows_out = 0 if state is None else walk.engine.count(state)
        step.rejected = 0


def _moved(walk: Walk, plan: ObjectPlan, held: Scopes) -> Scopes:
    """Leave out the scopes that stand recorded already: when nothing was sent, most of them do."""
    recorded = plan.ledger.scopes()
    return {
        name: scope
        for name, scope in held.items()
        if name not in recorded or _differ(walk, scope, recorded[name])
    }


def _differ(
    walk: Walk, scope: tuple[exp.Query, tuple[str, ...]], recorded: tuple[str, tuple[str, ...]]
) -> bool:
    people, fields = scope
    view, known = recorded
    if set(fields) != set(known):
        return True
    before = exp.select("_identifier").from_(relation(view))
    ways = (exp.except_(people, before), exp.except_(before, people))
    return any(
        walk.engine.scalar(exp.select("count(*)").from_(way.subquery("moved"))) for way in ways
    )


def _still_carried(
    walk: Walk, plan: ObjectPlan, rule: ScopeRule, state: str | None
) -> tuple[str, ...]:
    """Give the fields that an orchestration no longer has and somebody still carries."""
    dropped = plan.dropped.get(rule.name)
    if dropped is None:
        return ()
    left = narrowed(walk.engine, dropped, plan.given, plan.changes, state)
    carried = walk.engine.scalar(exp.select("count(*)").from_(left.subquery("still")))
    return dropped.fields if carried else ()


def _priced(*prices: Price) -> Mapping[str, object]:
    """Write what change sets cost, for people and for the summary."""
    if len(prices) == 1:
        return {**asdict(prices[0]), "fields": prices[0].fields}
    return {
        "data_points": sum(price.data_points for price in prices),
        "fields": sum(price.fields for price in prices),
    }


def _send(
    walk: Walk,
    destination: Destination,
    plan: DeliveryPlan,
    intents: Mapping[str, Intent],
) -> None:
    """Send what is recorded: the rows are read from the files that the ledger will read."""
    change_sets = {array: intent.change_set for array, intent in intents.items()}
    recorded = {array: walk.tables.look_at(intent.version) for array, intent in intents.items()}
    parts = [part for part in plan.parts if part.array in change_sets]
    numbers = ", ".join(f"{part.thing} #{change_sets[part.array].number}" for part in parts)
    rows = sum(one.rows for one in change_sets.values())
    name = f"send {parts[0].file.id} {numbers}"
    with walk.steps.step("destinations", name, total=rows) as step:
        delivery = Delivery(
            read=partial(plan.read, walk.engine, recorded),
            chunks=plan.chunks,
            preludes=plan.preludes,
            change_sets=change_sets,
        )
        price = _priced(*(part.price for part in parts))
        deliver(walk, destination, delivery, step, rows=rows, price=price)
