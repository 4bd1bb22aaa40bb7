"""How a destination knows a person."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["IdentifierKind"]


class IdentifierKind(StrEnum):
    """The identifier that request objects carry; a ledger belongs to exactly one kind."""

    EXTERNAL_ID = "external_id"
    BRAZE_ID = "braze_id"
    USER_ALIAS = "user_alias"
