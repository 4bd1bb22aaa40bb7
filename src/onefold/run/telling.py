"""Telling a destination that identifiers changed, and what the ledgers say once it answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from sqlglot import exp

from onefold.delta import doubted_cells, further_cells, moved_cells
from onefold.destinations import Destination, KnowsIdentities
from onefold.ledger import Ledger
from onefold.model import ATTRIBUTES, IDENTITIES, DestinationObject, IdentityChange, Origin
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.delivering import deliver
from onefold.run.identities import IdentityPlan
from onefold.run.objects import ledger_of, stem_of
from onefold.run.sending import Delivery
from onefold.store import ChangeSetRecord
from onefold.warehouse import column, relation

__all__ = ["tell_identities"]

FREE = {"data_points": 0, "fields": 0}


def tell_identities(
    walk: Walk, destination: Destination, plan: IdentityPlan, *, further: bool
) -> bool:
    """Tell the destination, and let all ledgers follow; give whether there was anything to tell.

    Args:
        walk: the walk.
        destination: who is told.
        plan: what it is told.
        further: whether of further identifiers, or of those by which it knows people.
    """
    kinds = [kind for kind in plan.now_by_kind if kind.is_further is further]
    if not (kinds and isinstance(destination, KnowsIdentities)):
        return False
    for kind in (one for one in plan.told if one in kinds):
        cut = destination.cut_identities(walk.engine, plan.relation, kind)
        _tell(walk, destination, destination, plan.attributes.file, kind, cut)
    return True


def _tell(
    walk: Walk,
    destination: Destination,
    knowing: KnowsIdentities,
    file: DestinationFile,
    kind: IdentityChange,
    cut: str,
) -> None:
    changes = walk.engine.count(cut)
    ledgers = {thing: ledger_of(walk, file, thing) for thing in _things(walk, file)}
    with walk.steps.step("destinations", f"{kind} in {file.workspace}", total=changes) as step:
        try:
            intended = {
                thing: _intend(walk, one, thing, kind, cut) for thing, one in ledgers.items()
            }
            change_set = intended.pop(IDENTITIES if kind.is_further else ATTRIBUTES)
            assert change_set is not None  # noqa: S101 - it has a row of every change
            array = knowing.identity_array(kind)
            delivery = Delivery(
                read=partial(knowing.identity_requests, walk.engine, cut, kind),
                chunks=change_set.chunks,
                change_sets={array: change_set},
                followers={array: [one for one in intended.values() if one is not None]},
            )
            deliver(walk, destination, delivery, step, rows=changes, price=FREE)
        finally:
            for ledger in ledgers.values():
                ledger.close()


def _things(walk: Walk, file: DestinationFile) -> Iterator[DestinationObject]:
    """Give what people hold at a destination under their identifiers, by its ledgers.

    Events and purchases are known by ids of their own.
    """
    yield IDENTITIES
    for one in walk.store.outbox.ledgers():
        thing = DestinationObject.of(one.object)
        mine = (one.workspace, one.identifier) == (file.workspace, file.identifier)
        if mine and not thing.kind.happens_once and thing != IDENTITIES:
            yield thing


def _intend(
    walk: Walk, ledger: Ledger, thing: DestinationObject, kind: IdentityChange, cut: str
) -> ChangeSetRecord | None:
    """Record what a ledger will say once the destination answered; None: nothing new."""
    told = f"{stem_of(thing)}_told"
    if not _told(walk, ledger, thing, kind, cut, result=told):
        return None
    intent = ledger.intend(
        told,
        run_id=walk.run_id,
        now=walk.now(),
        price={},
        scopes={} if kind.is_further else _widened(walk, ledger, cut),
        origin=Origin.IDENTITY,
    )
    return intent.change_set


def _told(
    walk: Walk,
    ledger: Ledger,
    thing: DestinationObject,
    kind: IdentityChange,
    cut: str,
    *,
    result: str,
) -> int:
    """Make the table of what a ledger says once the destination was told; count its rows."""
    if kind.is_further and thing == IDENTITIES:
        return further_cells(walk.engine, cut, result=result)
    if kind.is_further and kind is not IdentityChange.IDENTIFY:
        return 0
    state = ledger.state(now=walk.now(), result=f"{result}_before")
    if state is None:
        return 0
    fields = [one.name for one in walk.columns(state) if not one.name.startswith("_")]
    cells = doubted_cells if kind is IdentityChange.IDENTIFY else moved_cells
    return cells(walk.engine, cut, state, fields, result=result)


def _widened(
    walk: Walk, ledger: Ledger, cut: str
) -> Mapping[str, tuple[exp.Expr, tuple[str, ...]]]:
    """Say whom orchestrations may hold from now on, where those that they hold are moving."""
    found: dict[str, tuple[exp.Expr, tuple[str, ...]]] = {}
    for name, (view, fields) in ledger.scopes().items():
        moving = (
            exp.select(column("_to", "c").as_("_identifier"))
            .from_(relation(cut, "c"))
            .join(relation(view, "s"), on=column("_identifier", "s").eq(column("_from", "c")))
        )
        if walk.engine.scalar(exp.select("count(*)").from_(moving.subquery("moving"))):
            held = exp.select("_identifier").from_(relation(view))
            found[name] = (exp.union(held, moving), fields)
    return found
