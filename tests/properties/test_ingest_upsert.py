"""Loads of any shape leave the table that a dictionary in Python would hold, and counts add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefold.ingest import FeedConfig, Load, land
from onefold.model import FeedField, TableName, TableVersion, Tally, parse_type
from onefold.warehouse import Engine, EngineSettings

FIELDS = tuple(
    FeedField(name=name, path=name, type=parse_type(written))
    for name, written in {"id": "string", "day": "integer", "city": "string"}.items()
)
SCHEMA = pa.schema(
    [
        pa.field("_line", pa.int64()),
        *(pa.field(field.name, pa.string()) for field in FIELDS),
        pa.field("_broken", pa.string()),
        pa.field("_raw", pa.binary()),
    ]
)


@dataclass(frozen=True)
class Row:
    id: str | None
    day: str | None
    city: str | None
    broken: str | None = None

    @property
    def rejected(self) -> bool:
        return bool(self.broken) or self.id is None or self.day == "soon"

    @property
    def rank(self) -> tuple[bool, int]:
        return (self.day is not None, int(self.day or 0))


ROWS = st.one_of(
    st.builds(
        Row,
        st.sampled_from(["a", "b", "c", "d", "|", None]),
        st.sampled_from(["1", "2", "3", "soon", None]),
        st.sampled_from(["Lyon", "Nice", None]),
    ),
    st.builds(Row, st.none(), st.none(), st.none(), st.just("3 values where the header has 2")),
)
LOADS = st.lists(  # loads of deliveries of rows
    st.lists(st.lists(ROWS, max_size=6), max_size=3), min_size=1, max_size=4
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(EngineSettings(spill_folder=tmp_path_factory.mktemp("spill"), threads=1))
    yield engine
    engine.close()


def delivered(rows: list[Row]) -> pa.RecordBatchReader:
    columns = [
        pa.array(range(2, len(rows) + 2), pa.int64()),
        *(pa.array([getattr(row, field.name) for row in rows], pa.string()) for field in FIELDS),
        pa.array([row.broken for row in rows], pa.string()),
        pa.array([b"raw" if row.broken else None for row in rows], pa.binary()),
    ]
    table = pa.Table.from_arrays(columns, schema=SCHEMA)
    return pa.RecordBatchReader.from_batches(SCHEMA, table.to_batches(max_chunksize=2))


class Oracle:
    """The same rules over a dictionary, one row at a time."""

    def __init__(self, load: Load, *, dated: bool) -> None:
        self.load, self.dated = load, dated
        self.table: dict[str, tuple[Row, str, int]] = {}

    def take(self, deliveries: list[tuple[str, list[Row]]]) -> Tally:
        fresh: dict[str, tuple[Row, str, int]] = {}
        read = rejected = superseded = 0
        for name, rows in deliveries:
            for line, row in enumerate(rows, start=2):
                read += 1
                if row.rejected or row.id is None:
                    rejected += 1
                elif row.id in fresh:
                    superseded += 1
                    if not self.dated or row.rank >= fresh[row.id][0].rank:
                        fresh[row.id] = (row, name, line)
                else:
                    fresh[row.id] = (row, name, line)
        if self.load is Load.REPLACE:
            self.table = {}
        for key, came in fresh.items():
            superseded += self._meets(key, came)
        return Tally(
            read=read,
            landed=read - rejected - superseded,
            rejected=rejected,
            superseded=superseded,
        )

    def _meets(self, key: str, came: tuple[Row, str, int]) -> bool:
        stood = self.table.get(key)
        if stood is None:
            self.table[key] = came
            return False
        if self.load is Load.APPEND or (self.dated and came[0].rank < stood[0].rank):
            return True
        if came[0] != stood[0]:  # one that says the same leaves the row that stands
            self.table[key] = came
        return False


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(loads=LOADS, load=st.sampled_from(list(Load)), dated=st.booleans())
def test_loads_equal_the_oracle(
    engine: Engine, tmp_path: Path, loads: list[list[list[Row]]], load: Load, dated: bool
) -> None:
    feed = FeedConfig(
        source="people",
        fields=FIELDS,
        load=load,
        primary_key=("id",),
        last_updated="day" if dated else None,
        max_rejected=Fraction(1),
    )
    folder = tmp_path / uuid4().hex
    oracle = Oracle(load, dated=dated)
    current: TableVersion | None = None
    for number, objects in enumerate(loads):
        named = [(f"{number}-{index}", rows) for index, rows in enumerate(objects)]
        landing = land(
            engine,
            feed,
            [(name, delivered(rows)) for name, rows in named],
            current,
            root=folder,
            folder=folder,
            rejects_folder=folder / "rejects",
        )
        assert landing.tally == oracle.take(named)
        assert list(landing.tallies) == [name for name, _ in named]
        assert sum(landing.tallies.values(), Tally()) == landing.tally
        current = TableVersion(
            id=str(number),
            table=TableName("landed", "people"),
            files=landing.files,
            columns=landing.columns,
        )
        assert rows_of(engine, current) == {
            (row.id, row.day, row.city, row.id, name, line)
            for row, name, line in oracle.table.values()
        }


def rows_of(engine: Engine, version: TableVersion) -> set[tuple[object, ...]]:
    if not version.files:
        return set()
    paths = [file.path for file in version.files]
    rows = engine.rows(
        f"SELECT id, CAST(day AS VARCHAR), city, _key, _file, _line FROM read_parquet({paths})"
    )
    assert len(set(rows)) == len(rows) == version.rows
    return set(rows)
