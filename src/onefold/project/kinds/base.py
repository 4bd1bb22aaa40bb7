"""What every kind of definition shares: strict keys, an id, and the way back to file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr

from onefold.errors import Place, ProjectError, UnknownKey
from onefold.project.documents import Document, Path
from onefold.project.values import PlainName
from onefold.segments import RuleError, parse_rules

__all__ = ["Definition", "FrozenMap", "Origin", "Part", "Root", "Status"]

Status = Literal["draft", "active", "paused", "ended"]

Key = TypeVar("Key")
Value = TypeVar("Value")
FrozenMap = Annotated[Mapping[Key, Value], AfterValidator(MappingProxyType)]
"""A mapping that nobody can change, in the order of the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a definition was read.

    Attributes:
        id: its id.
        document: its file.
        timezone: the project's.
        extends: the definition that it extends, if any.
        shared: files that hold what its own does not.
    """

    id: str
    document: Document
    timezone: str = "UTC"
    extends: str | None = None
    shared: tuple[Document, ...] = ()


class Part(BaseModel):
    """A mapping in a project file: its keys and no others, never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=False)

    what: ClassVar[str]
    """How messages call it: "a source"."""
    elsewhere: ClassVar[Mapping[str, str]] = {}
    """What to do about keys that another kind of file has and this one never will."""


class Root(Part):
    """The whole of a YAML file. It is validated with an `Origin` as context."""

    _origin: Origin = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Keep the origin."""
        self._origin = context

    @property
    def id(self) -> str:
        """The name of the file, without `.yaml`."""
        return self._origin.id

    @property
    def file(self) -> str:
        """The file, relative to the project's root."""
        return self._origin.document.file

    def place(self, path: Path = ()) -> Place:
        """Return where a value stands in the file, such as `("groups", 0, "where")`."""
        documents = (self._origin.document, *self._origin.shared)
        for depth in range(len(path), 0, -1):
            for document in documents:
                if document.holds(path[:depth]):
                    return document.place(path)
        return self._origin.document.place(path)

    @property
    def origin(self) -> Origin:
        """Where it was read."""
        return self._origin

    def _rule_problems(self, data: object, path: Path = ()) -> Iterator[ProjectError]:
        """Yield what is wrong with a rule tree that stands at a path of the file."""
        try:
            parse_rules(data, path=path)
        except RuleError as error:
            at_key = isinstance(error, UnknownKey)
            find = self._origin.document.key_place if at_key else self._origin.document.place
            error.where = find(error.path)
            yield error

    def problems(self) -> Iterator[ProjectError]:
        """Yield what is wrong between the keys of this file; each key alone is right."""
        yield from ()


class Definition(Root):
    """A file in one of the project's folders; its name is its id."""

    title: str = Field(default="", description="What people see; the id when absent.")
    description: str = Field(default="", description="One or more sentences for people.")
    tags: tuple[str, ...] = Field(default=(), description="Words to find it by.")
    formerly: PlainName | None = Field(
        default=None,
        description="The id it had before: history, control groups and ledger follow the rename.",
    )

    @property
    def label(self) -> str:
        """The title, or the id of a definition without one."""
        return self.title or self.id
