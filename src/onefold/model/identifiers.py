"""How a destination knows a person, or an item."""

from __future__ import annotations

import json
from enum import StrEnum

__all__ = ["IDENTIFYING", "IdentifierKind", "IdentityChange"]


class IdentifierKind(StrEnum):
    """The identifier that request objects carry; a ledger belongs to exactly one kind."""

    EXTERNAL_ID = "external_id"
    BRAZE_ID = "braze_id"
    USER_ALIAS = "user_alias"  # a label and a name, kept as one JSON text, so that bytes compare
    ITEM_ID = "item_id"  # of a catalog's items, which are no people

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold it; several are packed as members of a JSON text, in this order."""
        if self is IdentifierKind.USER_ALIAS:
            return ("alias_label", "alias_name")
        return (self.value,)

    def spoken(self, identifier: str) -> str:
        """Write an identifier as people do: an alias as `label:name`, any other as it is."""
        if self is not IdentifierKind.USER_ALIAS:
            return identifier
        return ":".join(json.loads(identifier).values())


IDENTIFYING = frozenset(
    name
    for kind in (IdentifierKind.EXTERNAL_ID, IdentifierKind.BRAZE_ID, IdentifierKind.USER_ALIAS)
    for name in kind.columns
)
"""The columns by which people are known in one way or another."""


class IdentityChange(StrEnum):
    """What became of a person's identifiers, in the order in which a destination is told."""

    RENAME = "rename"  # the person has a new one, which the destination has never seen
    MERGE = "merge"  # the person has another one, which the destination knows too
    ALIAS_RENAME = "alias_rename"  # a further name of the person is another one now
    ALIAS = "alias"  # the person has a further name
    EXTERNAL_ID_RENAME = "external_id_rename"  # the external_id of an identified alias is another
    IDENTIFY = "identify"  # the person, known by an alias, has an external_id
    TAKEN = "taken"  # another person bears the further name already: it stays theirs
    AMBIGUOUS = "ambiguous"  # the person has several now: nobody can say which is meant

    @property
    def is_further(self) -> bool:
        """Whether it is about what a person is called besides the destination's identifier."""
        return self not in (IdentityChange.RENAME, IdentityChange.MERGE)

    def ends(self, identifier: IdentifierKind) -> tuple[IdentifierKind, IdentifierKind]:
        """Give what kinds of identifiers it leads from and to, by the destination's."""
        external_id, alias = IdentifierKind.EXTERNAL_ID, IdentifierKind.USER_ALIAS
        match self:
            case IdentityChange.ALIAS_RENAME:
                return alias, alias
            case IdentityChange.EXTERNAL_ID_RENAME:
                return external_id, external_id
            case IdentityChange.ALIAS:
                return external_id, alias
            case IdentityChange.IDENTIFY:
                return alias, external_id
            case IdentityChange.TAKEN:
                return identifier, alias if identifier is external_id else external_id
            case _:
                return identifier, identifier
