"""An engine in Paris with the tables that stitch and ingest leave behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from onefold.warehouse import Engine, EngineSettings


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(EngineSettings(spill_folder=tmp_path / "spill", timezone="Europe/Paris"))


Load = Callable[[str, dict[str, str], Path | None], None]


@pytest.fixture
def load(engine: Engine) -> Load:
    """Name a CSV file as a relation with typed columns; columns it lacks are NULL."""

    def typed(relation: str, types: dict[str, str], csv: Path | None) -> None:
        if csv is None:
            nothing = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in types.items())
            engine.view(relation, f"SELECT {nothing} WHERE false")
            return
        read = f"read_csv('{csv}', header = true, all_varchar = true, nullstr = '')"
        given = {column.name for column in engine.columns(f"SELECT * FROM {read}")}
        assert given <= set(types), f"{csv}: unknown columns {given - set(types)}"
        columns = ", ".join(
            'CAST({} AS {}) AS "{}"'.format(f'"{name}"' if name in given else "NULL", kind, name)
            for name, kind in types.items()
        )
        engine.table("loaded", f"SELECT {columns} FROM {read}")
        engine.run(f'ALTER TABLE loaded RENAME TO "{relation}"')

    return typed
