"""The project: files that people write, as frozen definitions that remember file, line and column.

In: a folder with `onefold.yaml`, an environment's name, environment variables. Out: a `Project`, or
`ProjectErrors` with everything that is wrong, each with its place and what to do.

Invariants:
    - Nothing in a file is ignored: an unknown key, a key that is not built yet and a second
      value of a key are errors.
    - A definition is never changed once read. Defaults are those of `docs/reference`.
    - No secret is in a definition's text form, in an error, or in `definitions_hash`.
"""

from onefold.project.files import PROJECT_FILE, Kind, find_project
from onefold.project.kinds import (
    Attribute,
    Audience,
    Campaign,
    ColumnRef,
    Definition,
    Destination,
    Group,
    Guards,
    Orchestration,
    Segment,
    Settings,
    Source,
    Stitch,
    Treatment,
    Workflow,
    read_policy,
)
from onefold.project.loading import ProjectErrors, load_project
from onefold.project.notices import Notice
from onefold.project.project import Environment, Project
from onefold.project.sql_files import SqlFile
from onefold.project.values import Bound, Limit
from onefold.project.variables import project_environ

__all__ = [
    "PROJECT_FILE",
    "Attribute",
    "Audience",
    "Bound",
    "Campaign",
    "ColumnRef",
    "Definition",
    "Destination",
    "Environment",
    "Group",
    "Guards",
    "Kind",
    "Limit",
    "Notice",
    "Orchestration",
    "Project",
    "ProjectErrors",
    "Segment",
    "Settings",
    "Source",
    "SqlFile",
    "Stitch",
    "Treatment",
    "Workflow",
    "find_project",
    "load_project",
    "project_environ",
    "read_policy",
]
