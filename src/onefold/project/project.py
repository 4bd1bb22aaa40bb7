"""A project, read: every definition by its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from onefold.errors import Place
from onefold.project.documents import Path
from onefold.project.files import Kind
from onefold.project.kinds import (
    Campaign,
    Destination,
    Orchestration,
    Root,
    Segment,
    Settings,
    Source,
    Stitch,
    Workflow,
)
from onefold.project.notices import Notice
from onefold.project.sql_files import SqlFile

__all__ = ["Environment", "Project"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Where the project runs now.

    Attributes:
        name: `dev`, `prod`…
        store: the folder of tables and control database, absolute.
        live: False: only endpoints on this machine may be sent to.
    """

    name: str
    store: FilePath
    live: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """The frozen definitions of a project; all mappings are by id, in order of file names.

    Attributes:
        root: the folder of onefold.yaml, absolute.
        settings: the keys of onefold.yaml.
        environment: the chosen one.
        stitch: the keys of stitch.yaml, or their defaults.
        segments: those that are rule trees; `sql_segments` are the others.
        destinations: templates among them, each with all that it shares.
        workspaces: by name, as one destination that has the attributes of all its templates.
        notices: what people should know though nothing is wrong.
        definitions_hash: 64 hexadecimal digits; equal ones mean equal definitions.
    """

    root: FilePath
    settings: Settings
    environment: Environment
    stitch: Stitch
    sources: Mapping[str, Source]
    tables: Mapping[str, SqlFile]
    queries: Mapping[str, SqlFile]
    tests: Mapping[str, SqlFile]
    segments: Mapping[str, Segment]
    sql_segments: Mapping[str, SqlFile]
    destinations: Mapping[str, Destination]
    orchestrations: Mapping[str, Orchestration]
    campaigns: Mapping[str, Campaign]
    workflows: Mapping[str, Workflow]
    workspaces: Mapping[str, Destination]
    notices: tuple[Notice, ...] = ()
    definitions_hash: str = field(repr=False)

    @property
    def name(self) -> str:
        """The project's name."""
        return self.settings.name

    @property
    def timezone(self) -> str:
        """The IANA zone of business days, schedules and naive datetimes."""
        return self.settings.timezone

    def goes_to(self, definition: Orchestration | Campaign, destination: Destination) -> bool:
        """Tell whether something goes to a destination's workspace, by whichever template."""
        return self.destinations[definition.destination].workspace == destination.workspace

    def place_of(self, kind: Kind | str, name: str, path: Path = ()) -> Place:
        """Return where a value of a definition stands.

        Args:
            kind: `source`, `segment`… (see `Kind`).
            name: the definition's id; `onefold` and `stitch` for those two files.
            path: keys and list positions, such as `("groups", 0, "where")`; for SQL files empty.

        Raises:
            KeyError: there is no such definition.
        """
        found = self._by_kind(Kind(kind))[name]
        return Place(found.file) if isinstance(found, SqlFile) else found.place(path)

    def _by_kind(self, kind: Kind) -> Mapping[str, Root | SqlFile]:
        by_kind: dict[Kind, Mapping[str, Root | SqlFile]] = {
            Kind.ONEFOLD: {self.settings.id: self.settings},
            Kind.STITCH: {self.stitch.id: self.stitch},
            Kind.SOURCE: self.sources,
            Kind.TABLE: self.tables,
            Kind.QUERY: self.queries,
            Kind.TEST: self.tests,
            Kind.SEGMENT: {**self.segments, **self.sql_segments},
            Kind.DESTINATION: self.destinations,
            Kind.ORCHESTRATION: self.orchestrations,
            Kind.CAMPAIGN: self.campaigns,
            Kind.WORKFLOW: self.workflows,
        }
        return by_kind[kind]
