from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from onefold.warehouse import Engine, EngineSettings


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="1GB"))
    yield opened
    opened.close()
