"""The files of a project: which folder holds what, and the id that each file's name is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from onefold.errors import Place, ProjectError, nearest
from onefold.project.values import PLAIN_NAME, PLAIN_RULE, made_plain

__all__ = [
    "PROJECT_FILE",
    "STITCH_FILE",
    "DefinitionFile",
    "Kind",
    "definition_files",
    "find_project",
    "misnamed_folders",
]

PROJECT_FILE = "onefold.yaml"
STITCH_FILE = "stitch.yaml"


class Kind(StrEnum):
    """The kinds of definitions, as messages call them."""

    ONEFOLD = "onefold"
    STITCH = "stitch"
    SOURCE = "source"
    TABLE = "table"
    QUERY = "query"
    TEST = "test"
    SEGMENT = "segment"
    DESTINATION = "destination"
    ORCHESTRATION = "orchestration"
    CAMPAIGN = "campaign"
    WORKFLOW = "workflow"


FOLDERS = {
    "sources": (Kind.SOURCE, (".yaml",)),
    "tables": (Kind.TABLE, (".sql",)),
    "queries": (Kind.QUERY, (".sql",)),
    "tests": (Kind.TEST, (".sql",)),
    "segments": (Kind.SEGMENT, (".yaml", ".sql")),
    "destinations": (Kind.DESTINATION, (".yaml",)),
    "orchestrations": (Kind.ORCHESTRATION, (".yaml",)),
    "campaigns": (Kind.CAMPAIGN, (".yaml",)),
    "workflows": (Kind.WORKFLOW, (".yaml",)),
}
_DEFINES = frozenset({".yaml", ".yml", ".sql"})


@dataclass(frozen=True, kw_only=True, slots=True)
class DefinitionFile:
    """A file in one of the project's folders.

    Attributes:
        kind: what it defines.
        id: its name without suffix, unique in the project.
        path: where it is.
        file: the same relative to the project's root, with `/`.
    """

    kind: Kind
    id: str
    path: Path
    file: str

    @property
    def is_sql(self) -> bool:
        """Whether it holds SQL; else it holds YAML."""
        return self.path.suffix == ".sql"


def find_project(start: Path) -> Path:
    """Return the folder of the nearest `onefold.yaml`, from a folder upwards.

    Raises:
        ProjectError: there is none.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise ProjectError(
        f"there is no {PROJECT_FILE} in {here}, nor in a folder above it",
        hint="make a project with `onefold init DIR`, or name one with --project DIR",
    )


def definition_files(root: Path) -> tuple[list[DefinitionFile], list[ProjectError]]:
    """List the definition files, sorted, and what is wrong with their names."""
    files: dict[str, DefinitionFile] = {}
    errors: list[ProjectError] = []
    for path in _paths(root):
        file = path.relative_to(root).as_posix()
        kind, suffixes = FOLDERS[file.partition("/")[0]]
        found = DefinitionFile(kind=kind, id=path.stem, path=path, file=file)
        wrong = _wrong_suffix(found, suffixes) or _wrong_name(found) or _taken(found, files)
        if wrong:
            errors.append(wrong)
        else:
            files[found.id] = found
    return list(files.values()), errors


def misnamed_folders(root: Path) -> Iterator[tuple[str, str]]:
    """Yield folders that hold definitions but are not read, each with the name probably meant."""
    for folder in sorted(root.iterdir()):
        close = nearest(folder.name, FOLDERS)
        if not folder.is_dir() or folder.name in FOLDERS or close is None:
            continue
        if any(path.suffix in _DEFINES for path in folder.iterdir()):
            yield folder.name, close


def _paths(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
            if path.suffix in _DEFINES and path.is_file() and not hidden:
                yield path


def _wrong_suffix(found: DefinitionFile, suffixes: tuple[str, ...]) -> ProjectError | None:
    if found.path.suffix in suffixes:
        return None
    is_yml = found.path.suffix == ".yml" and ".yaml" in suffixes
    return ProjectError(
        f"a {found.kind} is a {' or '.join(suffixes)} file",
        hint=f"rename it to {found.id}.yaml" if is_yml else "move it to the folder of its kind",
        where=Place(found.file),
    )


def _wrong_name(found: DefinitionFile) -> ProjectError | None:
    if PLAIN_NAME.fullmatch(found.id):
        return None
    return ProjectError(
        f"`{found.id}` cannot be an id, and a file's name is its id",
        hint=f"rename the file to {made_plain(found.id) or PLAIN_RULE}",
        where=Place(found.file),
    )


def _taken(found: DefinitionFile, files: Mapping[str, DefinitionFile]) -> ProjectError | None:
    if found.id not in files:
        return None
    return ProjectError(
        f"the id {found.id} is taken by {files[found.id].file}, and ids are unique in the project",
        hint="rename one of the two files",
        where=Place(found.file),
    )
