"""How a destination knows a person, or an item."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["IdentifierKind", "IdentityChange"]


class IdentifierKind(StrEnum):
    """The identifier that request objects carry; a ledger belongs to exactly one kind."""

    EXTERNAL_ID = "external_id"
    BRAZE_ID = "braze_id"
    USER_ALIAS = "user_alias"
    ITEM_ID = "item_id"  # of a catalog's items, which are no people


class IdentityChange(StrEnum):
    """What became of a person's identifier, in the order in which a destination is told."""

    RENAME = "rename"  # the person has a new one, which the destination has never seen
    MERGE = "merge"  # the person has another one, which the destination knows too
    AMBIGUOUS = "ambiguous"  # the person has several now: nobody can say which is meant
