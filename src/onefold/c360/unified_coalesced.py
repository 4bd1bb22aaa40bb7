"""unified_coalesced: what stitch found, passed on as a table of the customer 360."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from onefold.c360.merged_customers import GROUPS
from onefold.warehouse import ColumnNote

__all__ = ["unified_coalesced", "unified_coalesced_notes"]

_BAD_VALUES = {
    "has_blv": "The record has a known bad value",
    "blv_email": "Why the e-mail address is a bad value; NULL when it is good",
    "blv_phone": "Why the phone number is a bad value; NULL when it is good",
    "blv_given_name": "Why the first name is a bad value; NULL when it is good",
    "blv_surname": "Why the family name is a bad value; NULL when it is good",
}


def unified_coalesced() -> exp.Select:
    """Build the query: everything that stitch wrote."""
    return exp.select("*").from_("stitch.unified_coalesced")


def unified_coalesced_notes(keys: Mapping[str, str]) -> tuple[ColumnNote, ...]:
    """Describe the columns; stitch decides their order."""
    return (
        ColumnNote(name="person_id", description="The person that the record is of"),
        ColumnNote(name="datasource", description="Source of the record"),
        ColumnNote(name="pk", description="Key of the record in its source"),
        *(
            ColumnNote(name=name, pii=True, description=sentence)
            for group in GROUPS
            for name, sentence in group.columns.items()
        ),
        *(
            ColumnNote(name=key, description=f"The record's key `{tag}`")
            for key, tag in keys.items()
        ),
        ColumnNote(name="create_dt", description="When the record was made"),
        ColumnNote(name="update_dt", description="When the record last changed"),
        *(ColumnNote(name=name, description=sentence) for name, sentence in _BAD_VALUES.items()),
    )
