"""What a run's report says of stitching."""

from __future__ import annotations

from sqlglot import exp

from onefold.stitch.config import StitchConfig
from onefold.stitch.outcome import StitchStats
from onefold.warehouse import Engine, fixed_sql

__all__ = ["read_stats"]


def read_stats(engine: Engine, config: StitchConfig) -> StitchStats:
    """Count persons, links, refusals, bad values and changes."""
    records, persons, largest, supersized, churn = engine.row(
        fixed_sql("onefold.stitch", "sizes"), {"limit": config.supersized_records}
    )
    links = engine.rows(fixed_sql("onefold.stitch", "links_by_rule"))
    return StitchStats(
        records=int(records),
        persons=int(persons),
        churn=float(churn),
        links={rule: kept for rule, kept, _ in links if kept},
        refused={rule: refused for rule, _, refused in links if refused},
        bad_values=_counts(engine, "stitch_bad_values", "semantic"),
        changes=_counts(engine, "stitch_changes", "change"),
        largest=int(largest),
        supersized=int(supersized),
    )


def _counts(engine: Engine, table: str, column: str) -> dict[str, int]:
    query = exp.select(column, "count(*)").from_(table).group_by(column).order_by(column)
    return dict(engine.rows(query))
