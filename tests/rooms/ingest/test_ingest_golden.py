"""Every case of tests/golden/ingest: a feed, its loads, and what a marketer expects of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from onefold.ingest import FeedConfig, Landing, Load, land
from onefold.model import DataFile, FeedField, TableName, TableVersion, Tally, parse_type
from onefold.sources import FileFormat, SourceConfig, list_objects, read
from onefold.warehouse import Engine, EngineSettings

GOLDEN = Path(__file__).parents[2] / "golden" / "ingest"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/feed.yaml"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    # a zone that no case means, to show that none depends on the session's
    settings = EngineSettings(spill_folder=tmp_path / "spill", timezone="America/New_York")
    engine = Engine(settings)
    yield engine
    engine.close()


def feed_of(declared: dict[str, Any]) -> FeedConfig:
    percent = Fraction(declared.get("max_rejected", "1%").rstrip("%")) / 100
    return FeedConfig(
        source=declared["source"],
        fields=tuple(field_of(name, written) for name, written in declared["fields"].items()),
        load=Load(declared["load"]),
        primary_key=tuple(declared["primary_key"]),
        last_updated=declared.get("last_updated"),
        max_rejected=percent,
    )


def field_of(name: str, written: str | dict[str, str]) -> FeedField:
    options = {"type": written} if isinstance(written, str) else dict(written)
    options.setdefault("path", name)
    return FeedField(name=name, **{**options, "type": parse_type(options["type"])})  # type: ignore[arg-type]  # the case's own keys


def load_all(engine: Engine, case: Path, folder: Path) -> tuple[Landing, Tally, list[DataFile]]:
    declared = YAML(typ="safe").load(case / "feed.yaml")
    feed = feed_of(declared)
    source = SourceConfig(
        id=feed.source, root=case, pattern="[1-9].*", format=FileFormat(declared["format"])
    )
    current: TableVersion | None = None
    tally = Tally()
    rejects: list[DataFile] = []
    for path in sorted(case.glob(source.pattern)):
        one = SourceConfig(id=source.id, root=case, pattern=path.name, format=source.format)
        deliveries = ((obj.name, read(one, obj, feed.fields)) for obj in list_objects(one))
        landing = land(
            engine,
            feed,
            deliveries,
            current,
            root=folder,
            folder=folder,
            rejects_folder=folder / "rejects",
        )
        tally += landing.tally
        rejects += landing.rejects.files
        current = TableVersion(
            id=path.name,
            table=TableName("landed", feed.source),
            files=landing.files,
            columns=landing.columns,
        )
    return landing, tally, rejects


def rows_of(
    engine: Engine, files: list[DataFile], header: list[str], order: str
) -> list[list[str]]:
    if not files:
        return []
    paths = [file.path for file in files]
    shown = ", ".join(f'{SHOWN.get(name, name)} AS "{name}"' for name in header)
    query = f"SELECT {shown} FROM read_parquet({paths}) ORDER BY {order}"
    engine.run("SET TimeZone = 'UTC'")
    without_zone = f"SELECT replace(CAST(COLUMNS(*) AS VARCHAR), '+00', '') FROM ({query})"
    return [[value or "" for value in row] for row in engine.rows(without_zone)]


SHOWN = {"raw": "coalesce(TRY(decode(raw)), CAST(raw AS VARCHAR))"}  # or bytes as \\xE9


def expected(path: Path) -> tuple[list[str], list[list[str]]]:
    if not path.exists():
        return ["file"], []
    header, *rows = csv.reader(path.read_text().splitlines(keepends=True))
    return header, rows


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, engine: Engine, tmp_path: Path) -> None:
    landing, tally, rejects = load_all(engine, GOLDEN / case, tmp_path)

    header, landed = expected(GOLDEN / case / "landed.csv")
    assert rows_of(engine, list(landing.files), header, "_key") == landed
    header, rejected = expected(GOLDEN / case / "rejects.csv")
    assert rows_of(engine, rejects, header, "file, line, field") == rejected
    counts = json.loads((GOLDEN / case / "tally.json").read_text())
    assert tally == Tally(**counts)
