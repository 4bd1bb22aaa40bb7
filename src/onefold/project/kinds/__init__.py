"""The kinds of project files: one file here for each, with every key it has."""

from onefold.project.kinds.base import Definition, Origin, Part, Root, Status
from onefold.project.kinds.campaign import Audience, Campaign, Group, Treatment
from onefold.project.kinds.destination import (
    Attribute,
    ColumnRef,
    Destination,
    Limits,
    read_policy,
)
from onefold.project.kinds.fields import SourceField
from onefold.project.kinds.orchestration import Guards, Orchestration
from onefold.project.kinds.schedules import AfterWorkflow, CronSchedule
from onefold.project.kinds.segment import Segment
from onefold.project.kinds.settings import EnvironmentSettings, Settings
from onefold.project.kinds.source import FileLocation, Source
from onefold.project.kinds.stitch import BadValues, Stitch
from onefold.project.kinds.template import Template
from onefold.project.kinds.workflow import Workflow

__all__ = [
    "AfterWorkflow",
    "Attribute",
    "Audience",
    "BadValues",
    "Campaign",
    "ColumnRef",
    "CronSchedule",
    "Definition",
    "Destination",
    "EnvironmentSettings",
    "FileLocation",
    "Group",
    "Guards",
    "Limits",
    "Orchestration",
    "Origin",
    "Part",
    "Root",
    "Segment",
    "Settings",
    "Source",
    "SourceField",
    "Status",
    "Stitch",
    "Template",
    "Treatment",
    "Workflow",
    "read_policy",
]
