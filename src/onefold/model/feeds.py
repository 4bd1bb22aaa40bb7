"""What a feed's fields mean: shared by sources, ingest, stitch and c360."""

from __future__ import annotations

from dataclasses import dataclass

from onefold.model.fields import FieldType

__all__ = ["FeedField", "RecordShape"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedField:
    """A field of a feed, as the project declares it.

    Attributes:
        name: the column's name in the landed table, lower case.
        type: what its values are.
        path: the column's name, or the dotted path of a nested value, in the object as delivered.
        tag: the semantic tag (`email`, `fk-loyalty`, `txn-item/order-id`…), if any.
        format: a strptime format (`%d/%m/%Y`) for dates and datetimes; None is ISO 8601.
        timezone: the IANA zone of naive datetimes.
        description: one sentence for people.
    """

    name: str
    type: FieldType
    path: str
    tag: str | None = None
    format: str | None = None
    timezone: str = "UTC"
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordShape:
    """A landed table as later rooms see it.

    Its relation has the declared fields and, from ingest, `_key` (VARCHAR: the primary key's
    values as text, joined by `|`, unique), `_file` (VARCHAR) and `_line` (BIGINT).

    Attributes:
        source: the feed's id, also the landed table's name.
        fields: its fields in declared order.
        stitch: `profile` (a record of a person), `attach` (belongs to the person of one of its
            keys) or `none`.
        last_updated: the field that says when a record was last changed, if declared.
        person_id: the field that already names the person, for resolved sources.
    """

    source: str
    fields: tuple[FeedField, ...]
    stitch: str = "profile"
    last_updated: str | None = None
    person_id: str | None = None

    def tagged(self, tag: str) -> FeedField | None:
        """Return the first field that bears a tag."""
        return next((field for field in self.fields if field.tag == tag), None)
