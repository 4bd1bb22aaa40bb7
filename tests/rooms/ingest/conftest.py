"""An engine, a feed of people, and loads of plain rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest

from onefold.ingest import FeedConfig, Landing, Load, land
from onefold.model import FeedField, TableName, TableVersion, parse_type
from onefold.warehouse import Engine, EngineSettings

Row = tuple[str | None, ...]


class Desk:
    """Lands loads of a feed `people`, one after the other, and reads the table back."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.current: TableVersion | None = None
        self.fields = {"id": "string", "day": "integer", "city": "string"}
        self.load = Load.UPSERT
        self.max_rejected: Fraction | int = Fraction(1, 100)

    @property
    def feed(self) -> FeedConfig:
        fields = tuple(
            FeedField(name=name, path=name, type=parse_type(written))
            for name, written in self.fields.items()
        )
        return FeedConfig(
            source="people",
            fields=fields,
            load=self.load,
            primary_key=("id",),
            last_updated="day" if "day" in self.fields else None,
            max_rejected=self.max_rejected,
        )

    def delivered(self, rows: Sequence[Row]) -> pa.RecordBatchReader:
        columns = {
            "_line": pa.array(range(2, len(rows) + 2), pa.int64()),
            **{
                name: pa.array([row[at] for row in rows], pa.string())
                for at, name in enumerate(self.fields)
            },
            "_broken": pa.nulls(len(rows), pa.string()),
            "_raw": pa.nulls(len(rows), pa.binary()),
        }
        table = pa.table(columns)
        return pa.RecordBatchReader.from_batches(table.schema, table.to_batches())

    def land(self, *rows: Row, name: str = "people.csv") -> Landing:
        return self.deliver((name, self.delivered(rows)))

    def deliver(self, *deliveries: tuple[str, pa.RecordBatchReader]) -> Landing:
        landing = land(
            self.engine,
            self.feed,
            deliveries,
            self.current,
            root=self.folder,
            folder=self.folder / "data",
            rejects_folder=self.folder / "rejects",
        )
        self.current = TableVersion(
            id="next",
            table=TableName("landed", "people"),
            files=landing.files,
            columns=landing.columns,
        )
        return landing

    def rows(self, columns: str = "id, city") -> list[tuple[object, ...]]:
        if self.current is None or not self.current.files:
            return []
        paths = [file.path for file in self.current.files]
        return self.engine.rows(
            f"SELECT {columns} FROM read_parquet({paths}, union_by_name = true) ORDER BY _key"
        )

    def files(self) -> set[str]:
        return {str(path) for path in (self.folder / "data").glob("*")}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = Engine(EngineSettings(spill_folder=tmp_path / "spill", threads=1))
    yield Desk(engine, tmp_path)
    engine.close()
