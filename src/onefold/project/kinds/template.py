"""`destinations/*.yaml` with `extends`: a second template over the same workspace and ledger."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from onefold.project.kinds.base import Definition, FrozenMap
from onefold.project.kinds.destination import Attribute, Destination, declared
from onefold.project.values import PlainName

__all__ = ["Template"]


class Template(Definition):
    """A file of `destinations` that shares another one's workspace."""

    what: ClassVar = "a template"

    extends: PlainName = Field(description="The destination whose workspace and ledger it shares.")
    table: str | None = Field(
        default=None,
        alias="from",
        description="The table or query that its own attributes come from unless they say "
        "otherwise; the destination's when absent.",
    )
    attributes: (
        FrozenMap[
            Annotated[str, Field(min_length=1, max_length=255)],
            Annotated[Attribute, BeforeValidator(declared, Attribute | None)],
        ]
        | None
    ) = Field(
        default=None,
        min_length=1,
        description="The attributes that may be sent by it; the destination's when absent.",
    )
    default_attributes: tuple[str, ...] | None = Field(
        default=None,
        description="The attributes that campaigns send when they name none; the destination's "
        "when absent.",
    )
    suppress: tuple[str, ...] = Field(
        default=(),
        description="Segments whose persons it never sends to, besides the destination's.",
    )


Template.elsewhere = {
    (field.alias or name): "it belongs to the destination that is extended; remove it here"
    for name, field in Destination.model_fields.items()
    if name not in Template.model_fields
}
