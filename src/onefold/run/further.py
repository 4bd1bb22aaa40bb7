"""Further identifiers of people: aliases, or the external_id of those known by an alias."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from onefold.delta import find_further
from onefold.errors import UnknownReference, nearest
from onefold.model import IDENTITIES, IdentifierKind, IdentityChange
from onefold.orchestrations import ValueSource, identifier_of
from onefold.project import Destination as DestinationFile
from onefold.run.context import Walk
from onefold.run.objects import ObjectPlan, ledger_of
from onefold.run.value_sources import value_source
from onefold.warehouse import any_of, call, column, literal, relation

__all__ = ["check_further", "further_changes"]

KINDS: Mapping[str, Mapping[IdentifierKind, IdentityChange]] = {
    "renamed": {
        IdentifierKind.EXTERNAL_ID: IdentityChange.ALIAS_RENAME,
        IdentifierKind.USER_ALIAS: IdentityChange.EXTERNAL_ID_RENAME,
    },
    "new": {
        IdentifierKind.EXTERNAL_ID: IdentityChange.ALIAS,
        IdentifierKind.USER_ALIAS: IdentityChange.IDENTIFY,
    },
    "taken": dict.fromkeys(IdentifierKind, IdentityChange.TAKEN),
    "ambiguous": dict.fromkeys(IdentifierKind, IdentityChange.AMBIGUOUS),
}


def check_further(walk: Walk, file: DestinationFile) -> ValueSource | None:
    """Give the table with further identifiers, or None when a destination names none.

    Raises:
        UnknownReference: it lacks a column of them.
    """
    if not file.further_identifiers:
        return None
    source = value_source(walk, file, file.own_table)
    known = [one.name.lower() for one in walk.columns(source.relation)]
    for label, name in file.further_identifiers.items():
        if name.lower() not in known:
            close = nearest(name, known)
            raise UnknownReference(
                f"{source.name} has no column {name}" + (f"; nearest: {close}" if close else ""),
                hint="add it to the SELECT, or name another one",
                where=file.place(("identify",) if file.identify else ("aliases", label)),
            )
    return source


def further_changes(
    walk: Walk, plan: ObjectPlan, source: ValueSource, *, moving: exp.Select
) -> exp.Select:
    """Select the changes of further identifiers, in the columns of identity changes.

    Args:
        walk: the walk.
        plan: the plan of the attributes: who is wanted, and whom the destination knows.
        source: where they come from.
        moving: `_identifier` of those who get theirs by a rename or merge first.
    """
    ledger = ledger_of(walk, plan.file, IDENTITIES)
    ledger.check_endpoint()
    walk.engine.view("_further_wanted", _wanted(plan, source))
    walk.engine.view("_further_ready", _ready(walk, plan, moving))
    find_further(
        walk.engine,
        wanted="_further_wanted",
        acknowledged=ledger.state(now=walk.now(), result="identities_acknowledged"),
        settled=ledger.state(now=walk.now(), settled_only=True, result="identities_settled"),
        ready="_further_ready",
        result="_further",
    )
    return _as_changes(IdentifierKind(plan.file.identifier))


def _wanted(plan: ObjectPlan, source: ValueSource) -> exp.Query:
    """Select what the people are called who are sent, a label a row."""
    identifier = exp.cast(identifier_of(source), "VARCHAR")
    parts = []
    for label, name in plan.file.further_identifiers.items():
        text = exp.cast(column(name, "s"), "VARCHAR")
        parts.append(
            exp.select(column("_identifier", "d"), column("_person_id", "d"))
            .select(literal(label).as_("_label"), text.as_("_name"))
            .from_(relation(source.relation, "s"))
            .join(
                relation(plan.changes.desired, "d"),
                on=column("_identifier", "d").eq(identifier.copy()),
            )
            .where(column("_wanted", "d"), exp.not_(text.copy().is_(exp.null())))
        )
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def _ready(walk: Walk, plan: ObjectPlan, moving: exp.Select) -> exp.Select:
    """Select those whose profile surely stands: Braze drops without a word what names nobody."""
    state = str(plan.given.acknowledged)
    fields = [one.name for one in walk.columns(state) if not one.name.startswith("_")]
    sure = [
        exp.and_(
            exp.not_(column(name).is_(exp.null())),
            exp.not_(
                call(
                    "coalesce",
                    call("list_contains", column("_unsettled"), literal(name)),
                    exp.false(),
                )
            ),
        )
        for name in fields
    ]
    return (
        exp.select("_identifier")
        .from_(relation(state))
        .where(any_of(sure), column("_recent").is_(exp.null()))
        .where(exp.not_(exp.In(this=column("_identifier"), query=moving.subquery())))
    )


def _as_changes(identifier: IdentifierKind) -> exp.Select:
    """Say of each change what it is, and from what to what it leads."""
    kind = exp.Case()
    for what, kinds in KINDS.items():
        kind = kind.when(column("_what").eq(literal(what)), literal(kinds[identifier].value))
    is_alias = identifier is IdentifierKind.EXTERNAL_ID
    old, new = (_alias(name) if is_alias else column(name) for name in ("_was", "_name"))
    renamed = column("_what").eq(literal("renamed"))
    several = column("_what").eq(literal("ambiguous"))
    return exp.select(
        kind.as_("_kind"),
        exp.case().when(renamed, old).else_(column("_identifier")).as_("_from"),
        exp.case().when(several, exp.null()).else_(new).as_("_to"),
        *(column(one) for one in ("_person_id", "_turn", "_identifier", "_label", "_name")),
    ).from_(relation("_further"))


def _alias(name: str) -> exp.Expr:
    """Pack label and name as identifiers of that kind are packed."""
    members = [literal("alias_label"), column("_label"), literal("alias_name"), column(name)]
    return exp.cast(call("json_object", *members), "VARCHAR")
