"""How request objects say whose they are, and whether Braze may create that user.

An alias is held as the JSON text that Braze takes, so it is written as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from onefold.destinations.cut import member
from onefold.destinations.encode import encode_text
from onefold.destinations.formulas import formula
from onefold.destinations.prepare import MAX_IDENTIFIER_BYTES
from onefold.model import IdentifierKind
from onefold.warehouse import column, literal

__all__ = ["creation", "identified", "most_bytes", "part_of_alias"]

MAX_OBJECT_BYTES = 100_000  # Braze states no limit for aliases but that of the whole object


def identified(kind: IdentifierKind, name: str = "_identifier") -> exp.Expr:
    """Give the member that says whose an object is, from the column that holds the identifier."""
    value = column(name)
    return member(kind, value if kind is IdentifierKind.USER_ALIAS else encode_text(value))


def part_of_alias(part: str, name: str = "_identifier") -> exp.Expr:
    """Give a part of an alias as JSON, from the column that holds the alias."""
    return formula(
        "CAST(json_extract(:alias, :path) AS VARCHAR)", alias=column(name), path=literal(f"/{part}")
    )


def creation(kind: IdentifierKind, *, update_existing_only: bool) -> Sequence[exp.Expr]:
    """Give the member that says whether a user may be created, where Braze's own default differs.

    Braze creates an unknown external_id unless told otherwise, an unknown alias only when told so,
    and a braze_id never.
    """
    if update_existing_only:
        return [member("_update_existing_only", literal("true"))]
    if kind is IdentifierKind.USER_ALIAS:
        return [member("_update_existing_only", literal("false"))]
    return []


def most_bytes(kind: IdentifierKind) -> int:
    """Give the greatest length of an identifier, in bytes."""
    return MAX_IDENTIFIER_BYTES if kind is IdentifierKind.EXTERNAL_ID else MAX_OBJECT_BYTES
