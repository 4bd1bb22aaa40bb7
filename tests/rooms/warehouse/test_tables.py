"""Versions of tables as relations: files of different shapes, read as their version declares."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from onefold.errors import SqlError
from onefold.model import Column, TableName
from onefold.warehouse import Engine, EngineSettings, Tables, scan

PEOPLE = TableName("main", "people")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(EngineSettings(spill_folder=tmp_path / "spill", memory_limit="300MB", threads=1))
    yield made
    made.close()


@pytest.fixture
def tables(engine: Engine, tmp_path: Path) -> Tables:
    return Tables(engine, tmp_path / "store", {})


def columns(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, engine_type=kind) for name, kind in types.items())


def test_a_new_version_is_read_by_its_tables_name(tables: Tables, engine: Engine) -> None:
    version = tables.write(PEOPLE, "SELECT 'p' || i AS person_id, i AS n FROM range(5) t(i)")
    assert version.rows == 5
    assert [column.name for column in version.columns] == ["person_id", "n"]
    assert tables.get(PEOPLE) is None
    assert tables.bind(version) == "main.people"
    assert tables.get(PEOPLE) == version
    assert engine.scalar("SELECT sum(n) FROM people") == sum(range(5))
    assert engine.scalar("SELECT sum(n) FROM main.people") == sum(range(5))


def test_paths_are_relative_so_that_a_store_can_be_moved(
    tables: Tables, engine: Engine, tmp_path: Path
) -> None:
    version = tables.write(PEOPLE, "SELECT 1 AS n")
    assert not any(Path(file.path).is_absolute() for file in version.files)
    moved = tmp_path / "another place"
    tables.folder.rename(moved)
    assert engine.rows(scan(moved, version.files, version.columns)) == [(1,)]


def test_a_column_that_some_files_lack_is_null_there(tables: Tables, engine: Engine) -> None:
    old = tables.write(PEOPLE, "SELECT 'a' AS person_id")
    new = tables.write(PEOPLE, "SELECT 5 AS points, 'b' AS person_id")
    both = tables.version(
        PEOPLE, (*old.files, *new.files), columns(person_id="VARCHAR", points="BIGINT")
    )
    tables.bind(both)
    assert sorted(engine.rows("SELECT * FROM people")) == [("a", None), ("b", 5)]


def test_a_column_that_no_file_has_is_null(tables: Tables, engine: Engine) -> None:
    held = tables.write(PEOPLE, "SELECT 'a' AS person_id")
    wider = tables.version(
        PEOPLE, held.files, columns(person_id="VARCHAR", points="DECIMAL(12,2)", day="DATE")
    )
    tables.bind(wider)
    assert engine.rows("SELECT * FROM people") == [("a", None, None)]
    assert engine.relation_columns("main.people") == wider.columns


def test_what_the_version_does_not_declare_is_not_read(tables: Tables, engine: Engine) -> None:
    held = tables.write(PEOPLE, "SELECT 'a' AS person_id, 'secret' AS note")
    tables.bind(tables.version(PEOPLE, held.files, columns(person_id="VARCHAR")))
    assert engine.rows("SELECT * FROM people") == [("a",)]


def test_files_of_different_types_are_read_as_the_version_declares(
    tables: Tables, engine: Engine
) -> None:
    whole = tables.write(PEOPLE, "SELECT CAST(7 AS INTEGER) AS price")
    money = tables.write(PEOPLE, "SELECT CAST('9.5' AS DECIMAL(10,2)) AS price")
    text = tables.write(PEOPLE, "SELECT '11.25' AS price")
    files = (*whole.files, *money.files, *text.files)
    tables.bind(tables.version(PEOPLE, files, columns(price="DECIMAL(12,3)")))
    assert sorted(engine.rows("SELECT price FROM people")) == [
        (Decimal("7.000"),),
        (Decimal("9.500"),),
        (Decimal("11.250"),),
    ]


def test_an_empty_version_has_its_columns_and_no_rows(tables: Tables, engine: Engine) -> None:
    empty = tables.write(PEOPLE, "SELECT 'a' AS person_id, DATE '2026-01-01' AS day WHERE false")
    assert empty.files == ()
    tables.bind(empty)
    assert engine.count("main.people") == 0
    assert engine.relation_columns("main.people") == empty.columns


@pytest.mark.parametrize("folder", ["brand=other", "a[bc]d", "star*", "que?stion", "it's"])
def test_the_stores_path_means_nothing_to_the_reader(
    engine: Engine, tmp_path: Path, folder: str
) -> None:
    tables = Tables(engine, tmp_path / folder, {})
    tables.bind(tables.write(PEOPLE, "SELECT 'shop' AS brand"))
    assert engine.rows("SELECT * FROM people") == [("shop",)]


def test_awkward_column_names_survive_the_files(tables: Tables, engine: Engine) -> None:
    names = ['a"b', "Loyalty Tier", "select", "d.e", "é'"]
    quoted = [name.replace('"', '""') for name in names]
    picked = ", ".join(f'{number} AS "{name}"' for number, name in enumerate(quoted))
    version = tables.write(PEOPLE, f"SELECT {picked}")
    tables.bind(version)
    assert [column.name for column in engine.relation_columns("main.people")] == names
    assert engine.rows("SELECT * FROM people") == [tuple(range(len(names)))]


def test_binding_another_version_replaces_the_table(tables: Tables, engine: Engine) -> None:
    tables.bind(tables.write(PEOPLE, "SELECT 1 AS n"))
    newer = tables.write(PEOPLE, "SELECT 'two' AS n, 2 AS m")
    tables.bind(newer)
    assert engine.rows("SELECT * FROM people") == [("two", 2)]
    assert tables.bound == {PEOPLE: newer}


def test_a_missing_file_is_an_error_that_names_it(tables: Tables, engine: Engine) -> None:
    version = tables.write(PEOPLE, "SELECT 1 AS n")
    tables.bind(version)
    (tables.folder / version.files[0].path).unlink()
    with pytest.raises(SqlError, match=Path(version.files[0].path).name):
        engine.rows("SELECT * FROM people")
