"""Rows that become events or purchases, with whose they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from onefold.orchestrations.config import ValueSource
from onefold.orchestrations.orchestrations import identifier_of, not_suppressed
from onefold.warehouse import Engine, column, relation

__all__ = ["happened"]


def happened(
    engine: Engine, source: ValueSource, apart: Collection[str], suppressed: Sequence[str] = ()
) -> exp.Select:
    """Select the rows of a source: `_identifier`, `_person_id`, and what each says.

    Args:
        engine: where the relations are.
        source: the table or query.
        apart: its columns, lower case, that say whose a row is.
        suppressed: relations (`person_id`) of people whom nobody may want.
    """
    says = [
        column(one.name, "s")
        for one in engine.relation_columns(source.relation)
        if one.name.lower() not in apart
    ]
    nobody = exp.cast(exp.null(), "VARCHAR")
    person = column("person_id", "s") if source.has_person else nobody
    return (
        exp.select(identifier_of(source).as_("_identifier"), person.as_("_person_id"), *says)
        .from_(relation(source.relation, "s"))
        .where(not_suppressed(source, suppressed))
    )
