"""The migrations and `schema.py` say the same, whoever reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from onefold.store import Control, Store, migrations, schema
from onefold.store.revision import HEAD

FOLDER = Path(str(migrations.__file__)).parent


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Engine]:
    Control(tmp_path / "migrated.sqlite").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def declared(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'declared.sqlite'}")
    schema.metadata.create_all(engine)
    yield engine
    engine.dispose()


def _described(engine: Engine) -> dict[str, dict[str, Any]]:
    """Describe every table with names of constraints, which `compare_metadata` does not look at."""
    look = inspect(engine)
    return {
        table: {
            "columns": [
                (found["name"], str(found["type"]), found["nullable"], found["default"])
                for found in look.get_columns(table)
            ],
            "key": look.get_pk_constraint(table),
            "references": sorted(look.get_foreign_keys(table), key=lambda found: found["name"]),
            "indexes": sorted(look.get_indexes(table), key=lambda found: str(found["name"])),
            "unique": look.get_unique_constraints(table),
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def test_an_empty_database_becomes_exactly_the_declared_schema(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_names_of_constraints_are_those_of_the_naming_convention(
    migrated: Engine, declared: Engine
) -> None:
    assert _described(migrated) == _described(declared)


def test_the_newest_migration_is_the_one_that_is_written() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == HEAD


def test_migrations_are_numbered_in_one_line() -> None:
    scripts = ScriptDirectory(str(FOLDER))
    revisions = list(scripts.walk_revisions())[::-1]
    assert [found.revision for found in revisions] == [
        f"{number:04}" for number in range(1, len(revisions) + 1)
    ]
    parents = [found.down_revision for found in revisions]
    assert parents == [None, *(found.revision for found in revisions[:-1])]


def test_migrations_never_read_the_schema_of_today() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("versions/*.py")]
    assert texts
    assert not any("onefold.store.schema import" in text for text in texts)


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    Store(tmp_path).close()
    before = (tmp_path / "control.sqlite").read_bytes()
    Store(tmp_path).close()
    assert (tmp_path / "control.sqlite").read_bytes() == before
