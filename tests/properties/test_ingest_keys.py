"""Two records have the same key only when every part of it is the same."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onefold.ingest import FeedConfig, Load
from onefold.ingest.keys import record_key
from onefold.model import FeedField, parse_type
from onefold.warehouse import Engine, EngineSettings, column, select

FIELDS = tuple(FeedField(name=name, path=name, type=parse_type("string")) for name in ("a", "b"))
PARTS = st.text(alphabet="x|\\", min_size=1, max_size=4)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(EngineSettings(spill_folder=tmp_path_factory.mktemp("spill"), threads=1))
    yield engine
    engine.close()


@settings(max_examples=30, deadline=None)
@example(pairs={("x\\", "x|x"), ("x|x\\", "x")})  # one, if only `|` were escaped
@given(pairs=st.sets(st.tuples(PARTS, PARTS), min_size=2, max_size=200))
def test_keys_of_several_parts_are_unambiguous(engine: Engine, pairs: set[tuple[str, str]]) -> None:
    feed = FeedConfig(source="s", fields=FIELDS, load=Load.UPSERT, primary_key=("a", "b"))
    parts = [pa.array([pair[at] for pair in pairs], pa.string()) for at in (0, 1)]
    engine.register("pairs", pa.table(parts, names=["a", "b"]))
    key = record_key(feed, column("a"))
    assert len(set(engine.rows(select(key.as_("k"), source="pairs")))) == len(pairs)
