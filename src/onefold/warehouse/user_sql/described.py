"""What a query says of its columns: comments behind select items, `-- [pii] A sentence`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from onefold.warehouse.user_sql.parse import UserSql

__all__ = ["ColumnNote", "described_columns"]

_PII = "[pii]"


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnNote:
    """What a person wrote about a column: its name in lower case, is it personal, a sentence."""

    name: str
    pii: bool = False
    description: str = ""


def described_columns(sql: UserSql) -> tuple[ColumnNote, ...]:
    """Return a note for each named item of the outermost SELECT that a comment follows."""
    notes = (_note(item) for item in sql.tree.selects if item.alias_or_name)
    return tuple(note for note in notes if note.pii or note.description)


def _note(item: exp.Expr) -> ColumnNote:
    comments = [text for node in item.walk() for text in (node.comments or ())]
    text = " ".join(" ".join(comments).split())
    return ColumnNote(
        name=item.alias_or_name.lower(),
        pii=text.lower().startswith(_PII),
        description=text[len(_PII) :].strip() if text.lower().startswith(_PII) else text,
    )
