"""`onefold check`: everything that can be wrong with a project, found offline and without secrets.

Files and references are checked by reading them. SQL and rules are checked by the engine itself,
over tables that have the declared columns and no rows: what it refuses here it would refuse in a
run, and with the same words.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlglot import exp

from onefold.app.adapters import ProjectAdapters
from onefold.app.house import engine_settings
from onefold.c360 import Model, build_query, check, order, project_model, standard_models
from onefold.destinations import Clock, SystemClock
from onefold.errors import OnefoldError, SqlError
from onefold.ingest import landed_columns
from onefold.model import TableName, TableVersion
from onefold.project import Project, ProjectErrors, SqlFile, find_project, load_project
from onefold.run import (
    RunOptions,
    Silent,
    Steps,
    Walk,
    bind_people,
    identifier_notices,
    instant,
    misnamed_attributes,
    offer_to_segments,
    open_run,
    plan_workspace,
    resolve,
    segment_query,
    user_query,
)
from onefold.store import Store
from onefold.warehouse import Engine, Tables, explain_sql_error

__all__ = ["CheckReport", "check_project"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """What is wrong, and what people should know though nothing is wrong.

    Attributes:
        errors: in order of file and line.
        notices: texts with their place.
        definitions: how many files were checked, by kind.
    """

    errors: tuple[OnefoldError, ...]
    notices: tuple[str, ...] = ()
    definitions: Mapping[str, int] = field(default_factory=dict)


def check_project(
    start: Path,
    *,
    environment: str | None = None,
    environ: Mapping[str, str],
    clock: Clock | None = None,
) -> CheckReport:
    """Check every file, reference, SQL column and type of a project.

    Args:
        start: the project's folder, or one below it.
        environment: the environment's name.
        environ: environment variables; none of them needs to be set.
        clock: the time, for relative dates.
    """
    root = find_project(start)
    try:
        project = load_project(
            root, environment=environment, environ=environ, require_environment=False
        )
    except ProjectErrors as error:
        return CheckReport(errors=error.errors, notices=tuple(map(str, error.notices)))
    now = instant(clock or SystemClock())
    with _empty_walk(project, environ, now) as walk:
        errors = _Checker(walk).errors()
        told = () if errors else tuple(map(str, identifier_notices(walk)))
    return CheckReport(
        errors=tuple(sorted(errors, key=_place)),
        notices=(*map(str, project.notices), *told),
        definitions=_counted(project),
    )


@contextmanager
def _empty_walk(project: Project, environ: Mapping[str, str], now: datetime) -> Iterator[Walk]:
    """Open the project over empty tables, in a store that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="onefold-check-") as folder:
        store = Store(Path(folder) / "store")
        engine = Engine(engine_settings(project.timezone, Path(folder) / "spill", environ))
        opening = open_run(
            store,
            as_of=now,
            now=now,
            randomness=bytes(10),
            definitions_hash=project.definitions_hash,
            inputs="",
            options=RunOptions(),
        )
        try:
            yield Walk(
                project=project,
                store=store,
                engine=engine,
                tables=Tables(engine, store.folder, {}),
                clock=_Stopped(now),
                adapters=ProjectAdapters(project, environ, sends=False),
                options=RunOptions(),
                steps=Steps(opening.run.id, lambda: now, Silent(), None),
                run_id=opening.run.id,
                as_of=now,
            )
        finally:
            engine.close()
            store.close()


class _Stopped:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self._now = now.timestamp()

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Return at once."""


class _Checker:
    """Goes through the rooms as a run would, and collects what each refuses."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._errors: list[OnefoldError] = []

    def errors(self) -> Sequence[OnefoldError]:
        """Check everything; what depends on something broken is left out."""
        self._land_nothing()
        self._errors.extend(misnamed_attributes(self._walk.project))
        if self._models():
            offer_to_segments(self._walk)
            self._segments()
            for kind in (self._walk.project.queries, self._walk.project.tests):
                for file in kind.values():
                    with self._collecting():
                        self._user_query(file)
            if not self._errors:
                self._destinations()
        return self._errors

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        try:
            yield
        except ProjectErrors as error:
            self._errors.extend(error.errors)
        except OnefoldError as error:
            self._errors.append(error)

    def _land_nothing(self) -> None:
        for shape in self._walk.shapes:
            self._walk.tables.bind(
                TableVersion(
                    id=shape.source,
                    table=TableName("landed", shape.source),
                    files=(),
                    columns=landed_columns(shape.fields),
                )
            )
        resolve(self._walk)
        bind_people(self._walk)

    def _models(self) -> bool:
        """Bind every model over the ones before it; tell whether all of them are right."""
        walk, before = self._walk, len(self._errors)
        own: list[Model] = []
        for file in walk.project.tables.values():
            with self._collecting():
                own.append(
                    project_model(file.text, file=file.file, dialect=walk.project.settings.dialect)
                )
        if len(self._errors) > before:
            return False
        with self._collecting():
            compat = walk.project.settings.compat == "amperity"
            standard = standard_models(walk.shapes, compat_amperity=compat)
            known = {TableName("main", name) for name in walk.project.sources}
            known |= {TableName("stitch", "unified_coalesced")}
            walk.models = order([*standard, *own], known=known)
        if len(self._errors) > before:
            return False
        for model in walk.models:
            with self._collecting():
                self._model(model)
            if len(self._errors) > before:
                return False
        return True

    def _model(self, model: Model) -> None:
        walk = self._walk
        query = build_query(
            model, as_of=walk.as_of, timezone=walk.project.timezone, variables=walk.variables
        )
        try:
            walk.tables.name(model.table, query)
        except SqlError as error:
            raise explain_sql_error(error, model.sql, walk.columns_of) from error.__cause__
        check(walk.engine, model, str(model.table))

    def _segments(self) -> None:
        walk = self._walk
        for name in (*walk.project.segments, *walk.project.sql_segments):
            with self._collecting():
                walk.engine.view(
                    f"segments.{name}",
                    exp.select(exp.cast(exp.null(), "VARCHAR").as_("person_id")).where(exp.false()),
                )
        for name in (*walk.project.segments, *walk.project.sql_segments):
            with self._collecting():
                walk.engine.columns(segment_query(walk, name))

    def _user_query(self, file: SqlFile) -> None:
        with user_query(self._walk, file) as query:
            self._walk.engine.columns(query)

    def _destinations(self) -> None:
        """Plan every destination over the empty tables: columns, types, campaigns' groups."""
        for destination in self._walk.project.workspaces.values():
            with self._collecting():
                plan_workspace(self._walk, destination)


def _place(error: OnefoldError) -> tuple[str, int, int]:
    where = error.where
    return (where.file, where.line or 0, where.column or 0) if where else ("", 0, 0)


def _counted(project: Project) -> Mapping[str, int]:
    return {
        "sources": len(project.sources),
        "tables": len(project.tables),
        "queries": len(project.queries),
        "segments": len(project.segments) + len(project.sql_segments),
        "destinations": len(project.destinations),
        "orchestrations": len(project.orchestrations),
        "campaigns": len(project.campaigns),
        "workflows": len(project.workflows),
    }
