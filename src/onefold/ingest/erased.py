"""Rows of records that were erased: recognised by a keyed hash, and kept from landing."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from onefold.ingest.fixed import query
from onefold.model import BarredRecords
from onefold.warehouse import Engine, column, literal, relation

__all__ = ["find_erased"]

_BARRED = "_barred"


def find_erased(engine: Engine, staged: str, barred: BarredRecords | None) -> exp.Select | None:
    """Select the staged rows of erased records, with their fate; None when none can be there.

    What is wrong with such a row is of no interest any more: it is no reject.
    """
    if barred is None:
        return None
    engine.register(_BARRED, pa.table({"hash": pa.array(barred.hashes, pa.string())}))
    found = query("erased", {"staged": staged, "barred": _BARRED}, prefix=literal(barred.prefix))
    rows = exp.select("row_id").from_(found.subquery("erased"))
    engine.run(
        exp.update(
            relation(staged),
            {"_problems": exp.null(), "_raw": exp.null()},
            where=exp.In(this=column("rowid"), query=rows.subquery()),
        )
    )
    return found
