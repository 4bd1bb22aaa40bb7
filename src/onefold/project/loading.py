"""A folder to a project: read each file, check them together, report all errors at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TypeVar

from onefold.errors import OnefoldError, Place, ProjectError, UnknownReference
from onefold.project.documents import Document
from onefold.project.files import (
    PROJECT_FILE,
    DefinitionFile,
    Kind,
    definition_files,
)
from onefold.project.fingerprint import definitions_hash
from onefold.project.kinds import (
    Campaign,
    Definition,
    Destination,
    Orchestration,
    Segment,
    Settings,
    Source,
    Workflow,
)
from onefold.project.notices import Notice, notices_of
from onefold.project.project import Environment, Project
from onefold.project.reading import Reader
from onefold.project.references import Names, broken_references
from onefold.project.sql_files import SqlFile
from onefold.project.templates import join_templates, workspaces_of
from onefold.project.values import nearest_hint
from onefold.project.variables import project_environ

__all__ = ["ProjectErrors", "load_project"]

DEFAULT_ENVIRONMENT = "dev"

Wanted = TypeVar("Wanted", bound=Definition)


class ProjectErrors(ProjectError):
    """Everything that is wrong with a project, in order of file and line."""

    def __init__(self, errors: Sequence[OnefoldError], notices: Sequence[Notice] = ()) -> None:
        count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
        super().__init__(f"{count} in the project")
        self.errors = tuple(errors)
        self.notices = tuple(notices)

    def __str__(self) -> str:
        """Give each error with its place and hint, and how many there are."""
        return "\n".join([*map(str, self.errors), self.message])


def load_project(
    root: FilePath,
    *,
    environment: str | None = None,
    environ: Mapping[str, str],
    require_environment: bool = True,
) -> Project:
    """Read a project.

    Args:
        root: the folder of onefold.yaml, as `find_project` gives it.
        environment: the environment's name; else `ONEFOLD_ENV`, else the first one.
        environ: the process's environment; the project's `.env` is read too, and gives way to it.
        require_environment: whether a missing variable of `${NAME}` is an error. False for an
            offline check without secrets: the text is then left as it is written.

    Raises:
        ProjectErrors: with every error of every file.
    """
    root = root.resolve()
    reader = Reader(root, project_environ(root, environ), strict=require_environment)
    chosen, settings = _settings(reader, environment)
    stitch = reader.stitch()
    sql, definitions = _definitions(root, reader)
    notices = tuple(notices_of(root, definitions.values()))
    if reader.errors or settings is None:
        raise ProjectErrors(sorted(reader.errors, key=_position), notices)
    return Project(
        root=root,
        settings=settings,
        environment=_environment(root, settings, chosen),
        stitch=stitch,
        sources=_only(Source, definitions),
        tables=_written(Kind.TABLE, sql),
        queries=_written(Kind.QUERY, sql),
        tests=_written(Kind.TEST, sql),
        segments=_only(Segment, definitions),
        sql_segments=_written(Kind.SEGMENT, sql),
        destinations=_only(Destination, definitions),
        orchestrations=_only(Orchestration, definitions),
        campaigns=_only(Campaign, definitions),
        workflows=_only(Workflow, definitions),
        workspaces=workspaces_of(_only(Destination, definitions).values()),
        notices=notices,
        definitions_hash=definitions_hash(reader.contents, chosen, reader.replaced),
    )


def _settings(reader: Reader, asked: str | None) -> tuple[str, Settings | None]:
    """Read onefold.yaml; return the chosen environment's name and the settings."""
    document = reader.project_file()
    chosen = _chosen(document, asked or reader.variables.get("ONEFOLD_ENV"))
    settings = reader.settings(document, chosen) if document else None
    reader.errors += _unknown_environment(settings, chosen)
    return chosen, settings


def _definitions(
    root: FilePath, reader: Reader
) -> tuple[dict[str, SqlFile], dict[str, Definition]]:
    """Read the files of all folders, and check the names that they use of each other."""
    files, misnamed = definition_files(root)
    reader.errors += misnamed
    sql = {file.id: text for file in files if file.is_sql and (text := reader.sql(file))}
    definitions = {
        file.id: found for file in files if not file.is_sql and (found := reader.yaml(file))
    }
    ids = _ids(files)
    joined, wrong = join_templates(definitions, ids[Kind.DESTINATION])
    names = Names(ids=ids, definitions=joined)
    # What a template shares with its base may be wrong in both, and is told once.
    told = {(error.where, error.message): error for error in (*wrong, *broken_references(names))}
    reader.errors += told.values()
    return sql, joined


def _chosen(document: Document | None, asked: str | None) -> str:
    """Return the name of the environment: the one asked for, or the first in the file."""
    written = document.data.get("environments") if document else None
    first = next(iter(written), None) if isinstance(written, dict) else None
    return asked or first or DEFAULT_ENVIRONMENT


def _unknown_environment(settings: Settings | None, chosen: str) -> Iterator[ProjectError]:
    if settings is not None and chosen not in settings.environments:
        yield UnknownReference(
            f"there is no environment `{chosen}`",
            hint=nearest_hint(chosen, list(settings.environments)),
            where=settings.place(("environments",)),
        )


def _environment(root: FilePath, settings: Settings, chosen: str) -> Environment:
    written = settings.environments[chosen]
    return Environment(name=chosen, store=(root / written.store).resolve(), live=written.live)


def _ids(files: Iterable[DefinitionFile]) -> Mapping[Kind, Collection[str]]:
    ids: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for file in files:
        ids[file.kind].append(file.id)
    return ids


def _only(wanted: type[Wanted], definitions: Mapping[str, Definition]) -> Mapping[str, Wanted]:
    kept = {name: item for name, item in definitions.items() if isinstance(item, wanted)}
    return MappingProxyType(kept)


def _written(kind: Kind, sql: Mapping[str, SqlFile]) -> Mapping[str, SqlFile]:
    return MappingProxyType({name: file for name, file in sql.items() if file.kind is kind})


def _position(error: OnefoldError) -> tuple[bool, str, int, int]:
    """Sort onefold.yaml first, then by file, line and column."""
    where = error.where or Place("")
    return where.file != PROJECT_FILE, where.file, where.line or 0, where.column or 0
