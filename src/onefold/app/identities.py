"""Identifiers that changed, as `onefold plan` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from onefold.model import IdentifierKind, IdentityChange
from onefold.run import IdentityPlan, Walk
from onefold.warehouse import relation

__all__ = ["list_identities"]

IDENTITIES_SHOWN = 100


def list_identities(walk: Walk, plan: IdentityPlan) -> tuple[Mapping[str, Any], ...]:
    """Give the first changes in the order in which the destination is told.

    Returns:
        `what`, `from`, `to`, `person_id`, and whether this destination is `told`: now, later, no,
        or why it refused to be told.
    """
    told = [str(kind) for kind in plan.told]
    kind_of = IdentifierKind(plan.attributes.file.identifier)
    query = (
        exp.select("_kind", "_from", "_to", "_person_id", "_turn", "_reason")
        .from_(relation(plan.relation))
        .order_by("_order")
        .limit(IDENTITIES_SHOWN)
    )
    return tuple(
        {
            "what": kind,
            "from": IdentityChange(kind).ends(kind_of)[0].spoken(old),
            "to": new and IdentityChange(kind).ends(kind_of)[1].spoken(new),
            "person_id": person,
            "told": _when(turn, reason) if kind in told else "no",
        }
        for kind, old, new, person, turn, reason in walk.engine.rows(query)
    )


def _when(turn: int, reason: str | None) -> str:
    if reason is not None:
        return f"refused: {reason}"
    return "now" if turn == 1 else "later"
