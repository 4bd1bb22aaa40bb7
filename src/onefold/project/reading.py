"""Each file to its definition; what is wrong is collected, so that people see all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import TypeVar

from onefold.errors import OnefoldError, Place, ProjectError
from onefold.project.documents import Document, Path
from onefold.project.files import PROJECT_FILE, STITCH_FILE, DefinitionFile, Kind
from onefold.project.kinds import Definition, Origin, Root, Settings, Stitch, Template
from onefold.project.models import MODELS
from onefold.project.not_built import refuse_not_built
from onefold.project.sql_files import SqlFile
from onefold.project.validation import Invalid, validate
from onefold.project.variables import resolve
from onefold.project.yaml_reader import read_bytes, read_document, read_text

__all__ = ["Reader"]

_SECRET_KEYS = frozenset({"control"})  # a database's address holds its password

AnyRoot = TypeVar("AnyRoot", bound=Root)
Result = TypeVar("Result")
Needed = Callable[[Path], bool]


class Reader:
    """Reads the files of one project, and keeps what it met on the way.

    Attributes:
        errors: everything wrong so far.
        variables: what `${NAME}` may stand for.
        contents: the bytes of every file read, by its path relative to the root.
        replaced: the values of `${NAME}` by place, secrets left out.
    """

    def __init__(self, root: FilePath, variables: Mapping[str, str], *, strict: bool) -> None:
        self.errors: list[OnefoldError] = []
        self.variables = variables
        self.contents: dict[str, bytes] = {}
        self.replaced: dict[str, str] = {}
        self._root = root
        self._strict = strict
        self._timezone = "UTC"

    def settings(self, document: Document, environment: str) -> Settings | None:
        """Make the settings; variables of other environments may be missing."""

        def needed(path: Path) -> bool:
            return self._strict and (path[0] != "environments" or environment in path[1:2])

        settings = self._definition(Kind.ONEFOLD, Settings, "onefold", document, needed)
        if settings is not None:
            self._timezone = settings.timezone
        return settings

    def stitch(self) -> Stitch:
        """Make the settings of stitch.yaml, or the defaults when there is no such file."""
        document = Document(file=STITCH_FILE, data={}, marks={})
        if (self._root / STITCH_FILE).is_file():
            document = self.document(STITCH_FILE) or document
        found = self._definition(Kind.STITCH, Stitch, "stitch", document, self._always)
        return found or Stitch.model_validate({}, context=Origin(id="stitch", document=document))

    def sql(self, file: DefinitionFile) -> SqlFile | None:
        """Read a SQL file."""
        text = self._attempt(lambda: read_text(self._bytes(file.file), file.file))
        if text is None:
            return None
        if not text.strip():
            hint, where = "write a SELECT, or delete the file", Place(file.file, 1, 1)
            self.errors.append(ProjectError("the file is empty", hint=hint, where=where))
        return SqlFile(kind=file.kind, id=file.id, file=file.file, text=text)

    def yaml(self, file: DefinitionFile) -> Definition | None:
        """Read a YAML file of one of the folders."""
        document = self.document(file.file)
        if document is None:
            return None
        model: type[Root] = MODELS[file.kind]
        if file.kind is Kind.DESTINATION and "extends" in document.data:
            model = Template
        found = self._definition(file.kind, model, file.id, document, self._always)
        return found if isinstance(found, Definition) else None

    def document(self, file: str) -> Document | None:
        """Read a YAML file's values and places."""
        return self._attempt(lambda: read_document(self._bytes(file), file))

    def project_file(self) -> Document | None:
        """Read onefold.yaml's values and places."""
        return self.document(PROJECT_FILE)

    def _definition(
        self, kind: Kind, model: type[AnyRoot], name: str, document: Document, needed: Needed
    ) -> AnyRoot | None:
        resolved = resolve(document, self.variables, needed)
        for path, text in resolved.replaced.items():
            if path[-1] not in _SECRET_KEYS:
                self.replaced[f"{document.file}:{'.'.join(map(str, path))}"] = text
        data, not_built = refuse_not_built(kind, resolved.data, document)
        self.errors += [*resolved.errors, *not_built]
        origin = Origin(id=name, document=document, timezone=self._timezone)
        try:
            return validate(model, data, origin, whole=not not_built)
        except Invalid as invalid:
            told = {error.where for error in resolved.errors}
            self.errors += [error for error in invalid.errors if error.where not in told]
            return None

    def _bytes(self, file: str) -> bytes:
        self.contents[file] = read_bytes(self._root, file)
        return self.contents[file]

    def _always(self, _: Path) -> bool:
        return self._strict

    def _attempt(self, read: Callable[[], Result]) -> Result | None:
        try:
            return read()
        except ProjectError as error:
            self.errors.append(error)
            return None
