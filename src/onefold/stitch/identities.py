"""Person ids that stay: clusters keep the id of the person that most of their records had."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from onefold.stitch.config import Previous, Run
from onefold.stitch.matchings import greedy_matching
from onefold.warehouse import Engine, fixed_sql, select

__all__ = ["assign_persons"]

ROOM = "onefold.stitch"
_NO_ASSIGNMENTS = "SELECT '' AS datasource, '' AS pk, '' AS person_id LIMIT 0"
_NO_ALIASES = "SELECT '' AS old_person_id, '' AS person_id, '' AS run, '' AS reason LIMIT 0"


def assign_persons(engine: Engine, previous: Previous | None, run: Run) -> None:
    """Write `_stitch_persons` (cluster, person_id, records, kept), the aliases and the changes."""
    _write_previous(engine, previous)
    engine.table("_stitch_overlaps", fixed_sql(ROOM, "overlaps"))
    _write_kept(engine)
    since_1970 = int(run.as_of.timestamp() * 1000)
    engine.table(
        "_stitch_persons", fixed_sql(ROOM, "persons"), {"run": run.id, "as_of_ms": since_1970}
    )
    engine.table("stitch_aliases", fixed_sql(ROOM, "aliases"), {"run": run.id})
    engine.table("stitch_changes", fixed_sql(ROOM, "changes"))


def _write_previous(engine: Engine, previous: Previous | None) -> None:
    columns = ("datasource", "pk", "person_id")
    engine.table(
        "_stitch_previous",
        select(*columns, source=previous.assignments) if previous else _NO_ASSIGNMENTS,
    )
    columns_of_aliases = ("old_person_id", "person_id", "run", "reason")
    engine.table(
        "_stitch_previous_aliases",
        select(*columns_of_aliases, source=previous.aliases)
        if previous and previous.aliases
        else _NO_ALIASES,
    )


def _write_kept(engine: Engine) -> None:
    """Write `_stitch_kept` (cluster, person_id): settled pairs, and a greedy matching of the rest.

    The greatest overlaps come first, so that as few records as possible change their id.
    """
    rest = engine.arrow(
        "SELECT cluster_no, person_no FROM _stitch_overlaps WHERE NOT settled ORDER BY preference"
    ).read_all()
    taken = greedy_matching(rest["cluster_no"].to_numpy(), rest["person_no"].to_numpy())
    engine.register("_stitch_taken", pa.table({"preference": np.flatnonzero(taken)}))
    engine.table("_stitch_kept", fixed_sql(ROOM, "kept"))
    engine.unregister("_stitch_taken")
