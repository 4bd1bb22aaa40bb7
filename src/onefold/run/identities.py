"""Identifiers that changed: whom a destination knows under one that is no more, and telling it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta import find_identity_changes
from onefold.errors import IdentityChangesRefused
from onefold.model import IdentifierKind, IdentityChange, TableName
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.objects import ObjectPlan
from onefold.warehouse import column, literal, relation

__all__ = ["IdentityPlan", "check_identities", "plan_identities", "told_changes"]

_TELLS: Mapping[str, tuple[IdentityChange, ...]] = {
    "report": (),
    "rename": (IdentityChange.RENAME,),
    "merge": (IdentityChange.RENAME, IdentityChange.MERGE),
}


def told_changes(file: DestinationFile) -> Mapping[IdentityChange, str]:
    """Give what a destination is told of, in this order, and the setting that says so."""
    setting = f"on_identity_change: {file.on_identity_change}"
    return dict.fromkeys(_TELLS[file.on_identity_change], setting)


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityPlan:
    """Identifiers that changed, as a value: what the destination would be told, and in what order.

    Attributes:
        attributes: the plan of the attributes: its ledger knows the identifiers.
        relation: see `find_identity_changes`.
        found: identifiers by what became of them.
        told: kinds that this destination is told of.
        now: changes that are told in this run.
        later: those that wait for another one to the same identifier.
        refused: those that the destination refused before.
    """

    attributes: ObjectPlan
    relation: str
    found: Mapping[IdentityChange, int]
    told: tuple[IdentityChange, ...]
    now: int
    later: int
    refused: int


def plan_identities(walk: Walk, plan: ObjectPlan) -> IdentityPlan | None:
    """Find the identifiers that changed; None when nothing was ever sent.

    Args:
        walk: the walk.
        plan: the plan of the attributes: whom the ledger knows, and who is wanted.
    """
    if plan.given.acknowledged is None:
        return None
    with walk.steps.step("delta", f"{plan.file.workspace} identities") as step:
        find_identity_changes(
            walk.engine,
            acknowledged=plan.given.acknowledged,
            desired=plan.changes.desired,
            aliases=_aliases(walk),
            refused=plan.given.refused,
            refusals=None if walk.options.retry_refused else plan.ledger.refused_identities(),
            result="identity_changes_found",
        )
        found = _tellable(walk, IdentifierKind(plan.file.identifier), "identity_changes_found")
        step.rows_in = step.rows_out = step.rejected = 0
        step.result = {"identity_changes": {str(kind): count for kind, count in found.items()}}
    told = tuple(told_changes(plan.file))
    mine = exp.In(this=column("_kind"), expressions=[literal(kind.value) for kind in told])
    turns = exp.select("_turn", "count(*)").from_(relation("identity_changes")).group_by("_turn")
    by_turn = dict(walk.engine.rows(turns.where(mine if told else exp.false())))
    return IdentityPlan(
        attributes=plan,
        relation="identity_changes",
        found=found,
        told=told,
        now=by_turn.get(1, 0),
        later=sum(count for turn, count in by_turn.items() if turn > 1),
        refused=by_turn.get(0, 0),
    )


def _tellable(walk: Walk, kind: IdentifierKind, found: str) -> Mapping[IdentityChange, int]:
    """Make the table `identity_changes` of what was found; count it by kind.

    An alias keeps its label in Braze. Under another label the user is a new one, into which the old
    one is merged in a later run, when Braze knows both.
    """
    rows: exp.Expr = exp.Star()
    if kind is IdentifierKind.USER_ALIAS:
        old, new = (
            exp.func("json_extract_string", column(name), literal("$.alias_label"))
            for name in ("_from", "_to")
        )
        renames = column("_kind").eq(literal(IdentityChange.RENAME.value))
        relabelled = exp.and_(renames, exp.NEQ(this=old, expression=new))
        merge = exp.case().when(relabelled, literal(IdentityChange.MERGE.value))
        next_turn = exp.Add(this=column("_turn"), expression=literal(1))
        later = exp.case().when(relabelled.copy(), next_turn)
        rows = exp.Star(
            replace=[
                merge.else_(column("_kind")).as_("_kind"),
                later.else_(column("_turn")).as_("_turn"),
            ]
        )
    walk.engine.table("identity_changes", exp.select(rows).from_(relation(found)))
    counts = exp.select("_kind", "count(*)").from_(relation("identity_changes")).group_by("_kind")
    return {IdentityChange(name): count for name, count in walk.engine.rows(counts)}


def check_identities(walk: Walk, plan: IdentityPlan) -> None:
    """Stop before users are renamed or merged that nobody agreed to.

    Raises:
        IdentityChangesRefused: without `--allow-identity-changes`.
    """
    if plan.now and not walk.options.allow_identity_changes:
        file = plan.attributes.file
        raise IdentityChangesRefused(
            f"{plan.now} users in workspace {file.workspace} would be renamed or merged",
            hint="look at them: onefold plan; Braze cannot undo it. If it is right, run again with "
            "--allow-identity-changes; to go on without, write on_identity_change: report",
            where=file.place(("on_identity_change",)),
        )


def _aliases(walk: Walk) -> str:
    """Give where former person ids lead to; nowhere, when nothing was ever stitched."""
    if walk.tables.get(TableName("stitch", "aliases")) is not None:
        return "stitch.aliases"
    text = exp.cast(exp.null(), "VARCHAR")
    nobody = exp.select(text.as_("old_person_id"), text.copy().as_("person_id"))
    walk.engine.view("_no_aliases", nobody.where(exp.false()))
    return "_no_aliases"
