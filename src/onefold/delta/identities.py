"""Identifiers that changed: whom the destination knows under an identifier that is no more."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sqlglot import exp

from onefold.warehouse import Engine, fixed_sql, relation

__all__ = ["IdentityChange", "find_identity_changes"]

ROOM = "onefold.delta"


class IdentityChange(StrEnum):
    """What became of a person's identifier, in the order in which it is told."""

    RENAME = "rename"  # the person has a new one, which the destination has never seen
    MERGE = "merge"  # the person has another one, which the destination knows too
    AMBIGUOUS = "ambiguous"  # the person has several now: nobody can say which is meant


def find_identity_changes(
    engine: Engine,
    *,
    acknowledged: str,
    desired: str,
    aliases: str,
    refused: str | None = None,
    result: str = "identity_changes",
) -> Mapping[IdentityChange, int]:
    """Make the table `result`: an identifier that the destination holds and nobody has any more.

    A row an old identifier: `_kind` (see `IdentityChange`), `_from`, `_to` (NULL when ambiguous),
    `_person_id`, and `_order` BIGINT, from 0, in which they are to be told: of several identifiers
    that became one new one, the first is renamed and the others are merged into it afterwards.

    Args:
        engine: where the relations are.
        acknowledged: see `ledger.acknowledged`; those whose person nobody knows are left out.
        desired: see `Changes.desired`.
        aliases: `old_person_id`, `person_id`: where the ids of persons that are no more lead to.
        refused: `_identifier` of desired rows refused as a whole: those are no change; or None.
        result: the name of the table.

    Returns:
        The number of identifiers by kind.
    """
    nobody = exp.select(exp.cast(exp.null(), "VARCHAR").as_("_identifier")).where(exp.false())
    given = {
        "acknowledged": acknowledged,
        "desired": desired,
        "aliases": aliases,
        "refused": refused or nobody,
    }
    engine.table(result, fixed_sql(ROOM, "identity_changes", given))
    counts = exp.select("_kind", "count(*)").from_(relation(result)).group_by("_kind")
    return {IdentityChange(kind): count for kind, count in engine.rows(counts)}
