from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from onefold.model import FeedField, RecordShape, parse_type
from onefold.stitch import Run
from onefold.warehouse import Engine, EngineSettings

Landed = tuple[RecordShape, str]
Land = Callable[[str, Sequence[dict[str, str | None]]], Landed]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="1GB"))
    yield opened
    opened.close()


@pytest.fixture
def run() -> Run:
    return Run(id="run-1", as_of=datetime(2026, 3, 1, 12, 30, tzinfo=UTC))


@pytest.fixture
def land(engine: Engine) -> Land:
    """Land rows (`pk`, then values by tag) as a profile source with text fields, as ingest does."""

    def landed(source: str, rows: Sequence[dict[str, str | None]]) -> Landed:
        tags = [tag for tag in rows[0] if tag not in {"datasource", "pk"}]
        columns = {name_of(tag): [row.get(tag) or None for row in rows] for tag in tags}
        data = {"_key": pa.array([row["pk"] for row in rows], pa.string())}
        data |= {name: pa.array(values, pa.string()) for name, values in columns.items()}
        engine.register("landing", pa.table(data))
        engine.table(f"landed_{source}", "SELECT * FROM landing")
        engine.unregister("landing")
        text = parse_type("string")
        fields = [FeedField(name=name_of(tag), type=text, path=tag, tag=tag) for tag in tags]
        return RecordShape(source=source, fields=tuple(fields)), f"landed_{source}"

    return landed


def name_of(tag: str) -> str:
    return f"f_{tag.replace('-', '_')}"
