"""`stitch.yaml`: how records are folded into persons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictBool

from onefold.errors import ProjectError
from onefold.project.kinds.base import FrozenMap, Part, Root
from onefold.project.tags import Tag
from onefold.project.values import wrong

__all__ = ["BadValues", "Stitch"]


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise wrong(
            f"`{text}` is not a country",
            'write its two letters (ISO 3166), such as "FR"',
        )
    return text


class BadValues(Part):
    """Values that say nothing of who somebody is, such as a shop's own address."""

    what: ClassVar = "bad_values"

    auto: StrictBool = Field(
        default=True, description="Find them: values that far too many records share."
    )
    deny: FrozenMap[Tag, tuple[str, ...]] = Field(
        default={}, validate_default=True, description="By tag: values that never link records."
    )
    allow: FrozenMap[Tag, tuple[str, ...]] = Field(
        default={}, validate_default=True, description="By tag: values that are good after all."
    )


class Stitch(Root):
    """The keys of `stitch.yaml`."""

    what: ClassVar = "stitch.yaml"

    default_country: Annotated[str, AfterValidator(_country)] | None = Field(
        default=None,
        description="The country of phone numbers without a prefix, two letters.",
    )
    when_keys_disagree: Literal["separate", "merge"] = Field(
        default="separate",
        description="What to do with records of the same fk-… and different sk-….",
    )
    bad_values: BadValues = Field(
        default_factory=BadValues, description="Which values are not evidence."
    )
    threshold: Literal["auto"] = Field(
        default="auto", description="How alike two records must be; auto: calibrated."
    )

    def problems(self) -> Iterator[ProjectError]:
        """Refuse a value that is both denied and allowed."""
        for tag, denied in self.bad_values.deny.items():
            for at, value in enumerate(denied):
                if value in self.bad_values.allow.get(tag, ()):
                    yield ProjectError(
                        f"the same value of {tag} is denied and allowed",
                        hint="keep it in one of the two lists",
                        where=self.place(("bad_values", "deny", tag, at)),
                    )
