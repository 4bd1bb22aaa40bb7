"""Identifiers that changed: whom a destination knows under one that is no more, and telling it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlglot import exp

from onefold.delta import find_identity_changes
from onefold.errors import IdentityChangesRefused
from onefold.model import ATTRIBUTES, IDENTITIES, IdentifierKind, IdentityChange, TableName
from onefold.orchestrations import ValueSource
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.further import check_further, further_changes
from onefold.run.objects import ObjectPlan, ledger_of
from onefold.warehouse import column, literal, relation

__all__ = ["IdentityPlan", "check_identities", "plan_identities", "told_changes"]

_TELLS: Mapping[str, tuple[IdentityChange, ...]] = {
    "report": (),
    "rename": (IdentityChange.RENAME,),
    "merge": (IdentityChange.RENAME, IdentityChange.MERGE),
}


_FURTHER: Mapping[str, tuple[IdentityChange, ...]] = {
    "aliases": (IdentityChange.ALIAS_RENAME, IdentityChange.ALIAS),
    "identify": (IdentityChange.EXTERNAL_ID_RENAME, IdentityChange.IDENTIFY),
}


def told_changes(file: DestinationFile) -> Mapping[IdentityChange, str]:
    """Give what a destination is told of, in this order, and the setting that says so."""
    setting = f"on_identity_change: {file.on_identity_change}"
    found = dict.fromkeys(_TELLS[file.on_identity_change], setting)
    for key, kinds in _FURTHER.items():
        if getattr(file, key):
            found |= dict.fromkeys(kinds, key)
    return found


_VERBS = {
    **dict.fromkeys((IdentityChange.RENAME, IdentityChange.MERGE), "renamed or merged"),
    **dict.fromkeys((IdentityChange.ALIAS_RENAME, IdentityChange.ALIAS), "given aliases"),
    **dict.fromkeys((IdentityChange.EXTERNAL_ID_RENAME, IdentityChange.IDENTIFY), "identified"),
}
_WITHOUT = {
    "on_identity_change": "write on_identity_change: report",
    "aliases": "remove aliases",
    "identify": "remove identify",
}
_NO_TEXT = exp.cast(exp.null(), "VARCHAR")


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityPlan:
    """Identifiers that changed, as a value: what the destination would be told, and in what order.

    Attributes:
        attributes: the plan of the attributes: its ledger knows the identifiers.
        relation: see `find_identity_changes`.
        found: identifiers by what became of them.
        told: kinds that this destination is told of.
        now_by_kind: changes that are told in this run.
        later: those that wait for another one to the same identifier.
        refused: those that the destination refused before.
    """

    attributes: ObjectPlan
    relation: str
    found: Mapping[IdentityChange, int]
    told: tuple[IdentityChange, ...]
    now_by_kind: Mapping[IdentityChange, int]
    later: int
    refused: int

    @property
    def now(self) -> int:
        """How many changes are told in this run."""
        return sum(self.now_by_kind.values())


def plan_identities(walk: Walk, plan: ObjectPlan) -> IdentityPlan | None:
    """Find the identifiers that changed; None when nothing was ever sent.

    Args:
        walk: the walk.
        plan: the plan of the attributes: whom the ledger knows, and who is wanted.
    """
    source = check_further(walk, plan.file)
    if plan.given.acknowledged is None:
        return None
    told = tuple(told_changes(plan.file))
    refusals = None if walk.options.retry_refused else _refusals(walk, plan)
    with walk.steps.step("delta", f"{plan.file.workspace} identities") as step:
        find_identity_changes(
            walk.engine,
            acknowledged=plan.given.acknowledged,
            desired=plan.changes.desired,
            aliases=_aliases(walk),
            refused=plan.given.refused,
            refusals=refusals,
            result="identity_changes_found",
        )
        moves = _moves(IdentifierKind(plan.file.identifier), "identity_changes_found")
        walk.engine.table("identity_moves", moves)
        further = None if source is None else _further(walk, plan, source, told, refusals)
        found = _together(walk, further)
        step.rows_in = step.rows_out = step.rejected = 0
        step.result = {"identity_changes": {str(kind): count for kind, count in found.items()}}
    mine = exp.In(this=column("_kind"), expressions=[literal(kind.value) for kind in told])
    turns = exp.select("_kind", "_turn", "count(*)").from_(relation("identity_changes"))
    counts = walk.engine.rows(
        turns.where(mine if told else exp.false()).group_by("_kind", "_turn").order_by("_kind")
    )
    return IdentityPlan(
        attributes=plan,
        relation="identity_changes",
        found=found,
        told=told,
        now_by_kind={IdentityChange(kind): count for kind, turn, count in counts if turn == 1},
        later=sum(count for _, turn, count in counts if turn > 1),
        refused=sum(count for _, turn, count in counts if turn == 0),
    )


def _moves(kind: IdentifierKind, found: str) -> exp.Select:
    """Select the changes of the identifiers by which a destination knows people.

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
    return exp.select(rows).from_(relation(found))


def _further(
    walk: Walk,
    plan: ObjectPlan,
    source: ValueSource,
    told: Collection[IdentityChange],
    refusals: str | None,
) -> exp.Select:
    """Select the changes of further identifiers, with those refused before at turn 0."""
    is_told = exp.In(this=column("_kind"), expressions=[literal(one.value) for one in told])
    moving = exp.select("_to").from_(relation("identity_moves")).where(is_told)
    changes = further_changes(
        walk, plan, source, moving=moving.where(exp.not_(column("_to").is_(exp.null())))
    ).subquery("f")
    if refusals is None:
        return exp.select("f.*", _NO_TEXT.copy().as_("_reason")).from_(changes)
    same = exp.and_(*(column(one, "f").eq(column(one, "r")) for one in ("_kind", "_from", "_to")))
    refused = exp.not_(column("_reason", "r").is_(exp.null()))
    turn = exp.case().when(refused, literal(0)).else_(column("_turn", "f"))
    rows = exp.select("f.* EXCLUDE (_turn)", dialect="duckdb").select(turn.as_("_turn"))
    return (
        rows.select(column("_reason", "r"))
        .from_(changes)
        .join(relation(refusals, "r"), on=same, join_type="left")
    )


def _together(walk: Walk, further: exp.Select | None) -> Mapping[IdentityChange, int]:
    """Make the table `identity_changes` of all changes; count them by kind."""
    parts: list[exp.Query] = [exp.select("*").from_(relation("identity_moves"))]
    if further is not None:
        walk.engine.table("identity_further", further)
        parts.append(exp.select("*").from_(relation("identity_further")))
    stacked: exp.Query = parts[0]
    if further is not None:
        stacked = exp.Union(this=parts[0], expression=parts[1], distinct=False, by_name=True)
    rank = exp.Case()
    for number, kind in enumerate(IdentityChange):
        rank = rank.when(column("_kind").eq(literal(kind.value)), literal(number))
    order = exp.Window(
        this=exp.RowNumber(),
        order=exp.Order(
            expressions=[exp.Ordered(this=one) for one in (rank, column("_from"), column("_to"))]
        ),
    )
    numbered = exp.Sub(this=order, expression=literal(1))
    everything = exp.Star(replace=[exp.cast(numbered, "BIGINT").as_("_order")])
    walk.engine.table("identity_changes", exp.select(everything).from_(stacked.subquery("all")))
    counts = exp.select("_kind", "count(*)").from_(relation("identity_changes")).group_by("_kind")
    return {IdentityChange(name): count for name, count in walk.engine.rows(counts)}


def _refusals(walk: Walk, plan: ObjectPlan) -> str | None:
    """Make a view of the changes that the destination refused before, or give None."""
    ledgers = {thing: ledger_of(walk, plan.file, thing) for thing in (ATTRIBUTES, IDENTITIES)}
    views = [
        one.refused_identities(result=f"{thing}_refused_changes") for thing, one in ledgers.items()
    ]
    parts = [exp.select("*").from_(relation(one)) for one in views if one is not None]
    if not parts:
        return None
    walk.engine.view("_refused_changes", parts[0] if len(parts) == 1 else exp.union(*parts))
    return "_refused_changes"


def check_identities(walk: Walk, plan: IdentityPlan) -> None:
    """Stop before users are renamed or merged that nobody agreed to.

    Raises:
        IdentityChangesRefused: without `--allow-identity-changes`.
    """
    if plan.now and not walk.options.allow_identity_changes:
        file = plan.attributes.file
        settings = told_changes(file)
        keys = dict.fromkeys(settings[kind].partition(":")[0] for kind in plan.now_by_kind)
        verbs = dict.fromkeys(_VERBS[kind] for kind in plan.now_by_kind)
        raise IdentityChangesRefused(
            f"{plan.now} users in workspace {file.workspace} would be {' or '.join(verbs)}",
            hint="look at them: onefold plan; Braze cannot undo it. If it is right, run again with "
            "--allow-identity-changes; to go on without, "
            f"{' and '.join(_WITHOUT[key] for key in keys)}",
            where=file.place((next(iter(keys)),)),
        )


def _aliases(walk: Walk) -> str:
    """Give where former person ids lead to; nowhere, when nothing was ever stitched."""
    if walk.tables.get(TableName("stitch", "aliases")) is not None:
        return "stitch.aliases"
    text = exp.cast(exp.null(), "VARCHAR")
    nobody = exp.select(text.as_("old_person_id"), text.copy().as_("person_id"))
    walk.engine.view("_no_aliases", nobody.where(exp.false()))
    return "_no_aliases"
