"""Which model reads which kind of YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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

__all__ = ["MODELS"]

MODELS: Mapping[Kind, type[Root]] = MappingProxyType(
    {
        Kind.ONEFOLD: Settings,
        Kind.SOURCE: Source,
        Kind.STITCH: Stitch,
        Kind.SEGMENT: Segment,
        Kind.DESTINATION: Destination,
        Kind.ORCHESTRATION: Orchestration,
        Kind.CAMPAIGN: Campaign,
        Kind.WORKFLOW: Workflow,
    }
)
"""In the order in which people meet them."""
