"""Where a run stood when it was killed, read from its journal alone."""

from __future__ import annotations

from benchmarks.crash.place import Shop

__all__ = ["STAGES", "in_flight", "left_sent", "stood", "unregistered"]

STAGES = (
    "start",
    "ingest",
    "stitch",
    "c360",
    "publish",
    "segments",
    "orchestrations",
    "prepare",
    "delta",
    "intend",
    "sending",
    "settle",
    "fold",
)

LATEST = """
SELECT r.id, s.stage, s.name, s.state
FROM run AS r LEFT JOIN step AS s ON s.run_id = r.id
WHERE r.id = (SELECT id FROM run ORDER BY started_at DESC, id DESC LIMIT 1) AND r.state = 'running'
ORDER BY s.started_at DESC LIMIT 1
"""
STATES = """
SELECT c.chunks, coalesce(sum(r.state = 'sent'), 0), count(r.chunk)
FROM change_set AS c LEFT JOIN receipt AS r ON r.change_set_id = c.id
WHERE NOT c.closed GROUP BY c.id
"""
LEFT_SENT = "SELECT count(*) FROM receipt WHERE state = 'sent'"
REGISTERED = "SELECT path FROM version_file"


def stood(shop: Shop) -> str:
    """Name the stage in which the run that was killed stood, as in `STAGES`."""
    found = shop.look(LATEST)
    if not found or found[0][1] is None:
        return "start"
    _, stage, name, state = found[0]
    if state != "running":
        return f"after {_named(stage, name)}"
    return _named(stage, name)


def _named(stage: str, name: str) -> str:
    if stage == "snapshot":
        return "publish"
    word = name.split(maxsplit=1)[0]
    if (stage, word) == ("destinations", "send"):
        return "sending"
    if stage in {"destinations", "ledger"}:
        return word
    return stage


def in_flight(shop: Shop) -> tuple[int, int]:
    """Give how many chunks of the open change set are sent without an answer, and answered."""
    found = shop.look(STATES)
    if not found:
        return 0, 0
    _, sent, receipts = found[0]
    return sent, receipts - sent


def left_sent(shop: Shop) -> int:
    """Count chunks of which the ledger says that they are under way."""
    return int(shop.look(LEFT_SENT)[0][0])


def unregistered(shop: Shop, table: str) -> int:
    """Count a table's finished files that the control database does not know: no commit yet."""
    folder = shop.store / "tables" / table / "data"
    registered = {path for (path,) in shop.look(REGISTERED)}
    files = {str(path.relative_to(shop.store)) for path in folder.glob("*.parquet")}
    return len(files - registered)
