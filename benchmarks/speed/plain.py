"""The plain DuckDB statements that do the same work as each room, timed over the same files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from onefold.app import open_house
from onefold.app.house import DEFAULT_MEMORY_LIMIT, House
from onefold.c360 import build_query
from onefold.model import TableName
from onefold.project import Project, Source
from onefold.run import bind_models, bind_people, segment_query

LAST_ROW = "QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {newest} DESC) = 1"


def plain_seconds(folder: Path, environ: Mapping[str, str]) -> dict[str, float]:
    """Time every room's plain statement, each in a fresh connection."""
    with open_house(folder, environ=environ) as house:
        place = folder / "plain"
        place.mkdir(exist_ok=True)
        try:
            return {
                "ingest": _ingest(house.project, place),
                "stitch": _stitch(house, place),
                **_from_tables(house, place),
            }
        finally:
            shutil.rmtree(place)


@contextmanager
def _connection(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": DEFAULT_MEMORY_LIMIT,
        "temp_directory": str(place / "spill"),
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("SET TimeZone = 'Europe/Paris'")
    try:
        yield connection
    finally:
        connection.close()


def _ingest(project: Project, place: Path) -> float:
    with _connection(place) as connection:
        started = time.perf_counter()
        for source in project.sources.values():
            connection.execute(f"COPY ({_read(project, source)}) TO '{place}/{source.id}.parquet'")
        return time.perf_counter() - started


def _read(project: Project, source: Source) -> str:
    """Write the statement that reads a source as DuckDB would by itself, with the same types."""
    pattern = source.location.files
    for part in ("{yyyy}", "{MM}", "{dd}"):
        pattern = pattern.replace(part, "*")
    files = str(project.root / pattern)
    fields = source.shape().fields
    key = ", ".join(source.primary_key)
    newest = source.last_updated or key
    last = LAST_ROW.format(key=key, newest=newest)
    if source.format == "parquet":
        columns = ", ".join(f'"{field.path}" AS {field.name}' for field in fields)
        return f"SELECT {columns} FROM read_parquet('{files}') {last}"
    if source.format == "ndjson":
        columns = ", ".join(
            f"try_cast({_dotted(field.path)} AS {field.type.engine_type}) AS {field.name}"
            for field in fields
        )
        read = f"read_json('{files}', format='newline_delimited', ignore_errors=true)"
        return f"SELECT {columns} FROM {read} {last}"
    columns = ", ".join(
        f'try_cast("{field.path}" AS {field.type.engine_type}) AS {field.name}'
        if field.format is None
        else f"try_strptime(\"{field.path}\", '{field.format}')::{field.type.engine_type} "
        f"AS {field.name}"
        for field in fields
    )
    return f"SELECT {columns} FROM read_csv('{files}', all_varchar=true, header=true) {last}"


def _dotted(path: str) -> str:
    return ".".join(f'"{part}"' for part in path.split("."))


def _stitch(house: House, place: Path) -> float:
    """Label the records that share an e-mail, a phone or a key: one step of a union-find."""
    records = _parquet_of(house, TableName("stitch", "unified_coalesced"))
    with _connection(place) as connection:
        started = time.perf_counter()
        connection.execute(
            f"""
            COPY (
              WITH record AS (
                SELECT row_number() OVER () AS id, datasource, pk,
                  lower(trim(email)) AS email,
                  regexp_replace(phone, '[^0-9]', '', 'g') AS phone,
                  customer, loyalty, account,
                  strip_accents(lower(given_name)) || strip_accents(lower(surname)) || birthdate
                    AS born
                FROM read_parquet({records})),
              key AS (
                SELECT id, 'e' || email AS k FROM record WHERE email IS NOT NULL
                UNION ALL SELECT id, 'p' || phone FROM record WHERE phone IS NOT NULL
                UNION ALL SELECT id, 'c' || customer FROM record WHERE customer IS NOT NULL
                UNION ALL SELECT id, 'l' || loyalty FROM record WHERE loyalty IS NOT NULL
                UNION ALL SELECT id, 'a' || account FROM record WHERE account IS NOT NULL
                UNION ALL SELECT id, 'b' || born FROM record WHERE born IS NOT NULL),
              star AS (SELECT id, min(id) OVER (PARTITION BY k) AS label FROM key)
              SELECT datasource, pk, min(label) AS label
              FROM record JOIN star USING (id) GROUP BY ALL
            ) TO '{place}/stitch.parquet'
            """
        )
        return time.perf_counter() - started


def _parquet_of(house: House, table: TableName) -> str:
    version = house.snapshot().tables[table]
    return str([str(house.store.folder / file.path) for file in version.files])


def _from_tables(house: House, place: Path) -> dict[str, float]:
    """Time the rooms whose plain statements read the tables that the run published."""
    seconds: dict[str, float] = {}
    with house.reading() as walk:
        bind_people(walk)
        bind_models(walk)
        models = [
            (
                model,
                build_query(
                    model,
                    as_of=walk.as_of,
                    timezone=walk.project.timezone,
                    variables=walk.variables,
                ).sql("duckdb"),
            )
            for model in walk.models
            if not model.passes_on
        ]
        segments = [segment_query(walk, name).sql("duckdb") for name in walk.project.segments]
        engine = walk.engine
        started = time.perf_counter()
        for model, query in models:
            engine.run(f"COPY ({query}) TO '{place}/{model.name}.parquet'")
        seconds["c360"] = time.perf_counter() - started
        started = time.perf_counter()
        for number, query in enumerate(segments):
            engine.run(f"COPY ({query}) TO '{place}/segment_{number}.parquet'")
        seconds["segments"] = time.perf_counter() - started
        attributes = list(walk.project.destinations["braze"].attributes)
        columns = ", ".join(
            f'"{walk.project.destinations["braze"].source_of(name).column}" AS "{name}"'
            for name in attributes
        )
        desired = f"{place}/desired.parquet"
        started = time.perf_counter()
        engine.run(
            f"COPY (SELECT external_id AS _identifier, person_id, {columns} "
            f"FROM main.braze_customer_attributes) TO '{desired}'"
        )
        seconds["orchestrations"] = time.perf_counter() - started
        changed = " OR ".join(f'd."{name}" IS DISTINCT FROM a."{name}"' for name in attributes)
        started = time.perf_counter()
        engine.rows(
            f"SELECT count(*) FROM read_parquet('{desired}') d "
            f"LEFT JOIN read_parquet('{desired}') a USING (_identifier) WHERE {changed}"
        )
        seconds["delta"] = time.perf_counter() - started
        fields = ", ".join(f'"{name}" := "{name}"' for name in attributes)
        started = time.perf_counter()
        engine.run(
            f"""COPY (
              WITH row_ AS (
                SELECT (row_number() OVER () - 1) // 75 AS chunk,
                  to_json(struct_pack(external_id := _identifier, {fields})) AS object
                FROM read_parquet('{desired}'))
              SELECT chunk, '{{"attributes":[' || string_agg(object, ',') || ']}}' AS body
              FROM row_ GROUP BY chunk) TO '{place}/bodies.parquet'"""
        )
        seconds["destinations"] = time.perf_counter() - started
        started = time.perf_counter()
        for name in ("changes", "state"):
            engine.run(f"COPY (FROM read_parquet('{desired}')) TO '{place}/{name}.parquet'")
        seconds["ledger"] = time.perf_counter() - started
    return seconds
