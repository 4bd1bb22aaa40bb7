"""`sources/*.yaml`: where records come from, and what their columns mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from onefold.errors import ProjectError, nearest
from onefold.model import FeedField, RecordShape, TypeKind
from onefold.project.kinds.base import Definition, Part
from onefold.project.kinds.fields import Fields, SourceField
from onefold.project.tags import is_foreign_key, is_personal
from onefold.project.values import RejectLimit, Timezone, wrong

__all__ = ["FileLocation", "Source"]

_ORDERED = (TypeKind.DATE, TypeKind.DATETIME, TypeKind.INTEGER)


def _location(value: object) -> object:
    if isinstance(value, str):
        raise wrong("`from` holds keys, not a text", f'write {{files: "{value}"}}')
    return value


class FileLocation(Part):
    """The `from` of a source."""

    what: ClassVar = "from"

    files: str = Field(
        min_length=1,
        description="The files: a path with * and {yyyy}, {MM}, {dd}, relative to onefold.yaml.",
    )


class Source(Definition):
    """A feed: a file of `sources`."""

    what: ClassVar = "a source"

    location: Annotated[FileLocation, BeforeValidator(_location, FileLocation)] = Field(
        alias="from", description="Where the records come from."
    )
    format: Literal["csv", "psv", "tsv", "ndjson", "parquet"] = Field(
        description="The format of the files; gz and zst are recognised by suffix."
    )
    load: Literal["append", "upsert", "replace"] = Field(
        default="upsert", description="What a load does to the records that are already there."
    )
    primary_key: tuple[str, ...] = Field(
        min_length=1, description="The fields that together identify a record."
    )
    last_updated: str | None = Field(
        default=None, description="The field that decides which of two records is the newer one."
    )
    max_rejected: RejectLimit = Field(
        default="1%",  # validated below, written as users would
        validate_default=True,
        description="A share or a number of rows; when more are rejected, nothing lands.",
    )
    timezone: Timezone | None = Field(
        default=None, description="The zone of datetimes without one, for all fields."
    )
    fields: Fields = Field(
        min_length=1, description="The fields by name: a type, or the long form."
    )
    stitch: Literal[True, False, "attach"] | None = Field(
        default=None,
        description="true: each record is a profile of a person; attach: it takes the person of "
        "the profile with the same fk-…; false: no person.",
    )
    person_id: str | None = Field(
        default=None, description="The field that already names the person."
    )

    @property
    def role(self) -> Literal["profile", "attach", "none"]:
        """What stitching does with the records; an absent `stitch` follows `person_id`."""
        if self.stitch == "attach":
            return "attach"
        chosen = self.person_id is not None if self.stitch is None else self.stitch
        return "profile" if chosen else "none"

    def shape(self) -> RecordShape:
        """Return the landed table as the other rooms see it."""
        return RecordShape(
            source=self.id,
            fields=tuple(self._feed_field(name, field) for name, field in self.fields.items()),
            stitch=self.role,
            last_updated=self.last_updated,
            person_id=self.person_id,
        )

    def _feed_field(self, name: str, field: SourceField) -> FeedField:
        return FeedField(
            name=name,
            type=field.type,
            path=field.path or name,
            tag=field.tag,
            format=field.format,
            timezone=field.timezone or self.timezone or self._origin.timezone,
            description=field.description,
        )

    def problems(self) -> Iterator[ProjectError]:
        """Check the fields that keys name, formats, tags and the needs of stitching."""
        yield from self._unknown_fields()
        yield from self._misplaced_keys()
        yield from self._tags_used_twice()
        yield from self._unfit_for_stitching()

    def _unknown_fields(self) -> Iterator[ProjectError]:
        named: list[tuple[tuple[str | int, ...], str | None]] = [
            *((("primary_key", at), name) for at, name in enumerate(self.primary_key)),
            (("last_updated",), self.last_updated),
            (("person_id",), self.person_id),
        ]
        for path, name in named:
            if name is not None and name not in self.fields:
                close = nearest(name, self.fields)
                yield ProjectError(
                    f"`{name}` is not one of the source's fields",
                    hint=f"nearest: {close}" if close else f"add it under fields: {name}: string",
                    where=self.place(path),
                )
        updated = self.fields.get(self.last_updated or "")
        if updated and updated.type.kind not in _ORDERED:
            yield ProjectError(
                f"last_updated needs a datetime, a date or an integer; {self.last_updated} is "
                f"{updated.type}",
                hint="a text would be compared letter by letter; give the field its real type",
                where=self.place(("last_updated",)),
            )

    def _misplaced_keys(self) -> Iterator[ProjectError]:
        for name, field in self.fields.items():
            for key, message, hint in field.problems():
                yield self._at(name, key, message, hint)

    def _tags_used_twice(self) -> Iterator[ProjectError]:
        bearers: dict[str, str] = {}
        for name, field in self.fields.items():
            if field.tag is None:
                continue
            first = bearers.setdefault(field.tag, name)
            if first != name:
                message = f"the tag {field.tag} stands on {first} already"
                yield self._at(name, "tag", message, "a tag can stand on one field of a source")

    def _unfit_for_stitching(self) -> Iterator[ProjectError]:
        """Refuse a role that the fields cannot fill."""
        keys = [tag for tag in self.personal_tags() if is_foreign_key(tag)]
        where = self.place(("stitch",))
        if self.stitch == "attach" and self.person_id is not None:
            yield ProjectError(
                "person_id names the person already, so there is nobody to attach to",
                hint="remove stitch: attach, or person_id",
                where=where,
            )
        elif self.stitch == "attach" and not keys:
            yield ProjectError(
                "stitch: attach needs a field with a tag fk-…, and there is none",
                hint="tag the field that names the person, as the profiles do: tag: fk-customer",
                where=where,
            )
        elif self.stitch is True and self.person_id is None and not self.personal_tags():
            yield ProjectError(
                "stitch: true needs fields that say who a person is, and none has such a tag",
                hint="tag them (email, phone, given-name, fk-…), or write stitch: false",
                where=where,
            )

    def personal_tags(self) -> list[str]:
        """Return the tags by which a record could be folded into a person."""
        tags = [field.tag for field in self.fields.values() if field.tag]
        return [tag for tag in tags if is_personal(tag) or is_foreign_key(tag)]

    def _at(self, name: str, key: str, message: str, hint: str) -> ProjectError:
        return ProjectError(message, hint=hint, where=self.place(("fields", name, key)))
