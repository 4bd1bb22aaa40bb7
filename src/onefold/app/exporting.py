"""`onefold privacy export X`: everything that the store holds of one person, for that person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from onefold.app.explaining import Story, find_person_ever, tell
from onefold.app.handing_over import Handover, hand_over
from onefold.app.house import House
from onefold.app.person_records import LandedRecords
from onefold.run import Walk, bind_models, bind_people, bind_segments
from onefold.warehouse import column, literal, relation

__all__ = ["PersonExport", "export_person"]

Rows = Iterator[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonExport:
    """What was written.

    Attributes:
        person_id: whose data it is.
        found_by: how the question led there.
        path: the folder, or the zip.
        files: each file with the number of its entries.
    """

    person_id: str
    found_by: str
    path: str
    files: Mapping[str, int]


def export_person(house: House, asked: str, to: Path) -> PersonExport:
    """Write everything that the store holds of a person into a new folder or `.zip`.

    Args:
        house: the project.
        asked: a person id, a former one, an identifier of a destination, an e-mail or a phone.
        to: where; nothing may be there yet.

    Raises:
        OnefoldError: nobody, or more than one person, is known by that; or `to` exists or cannot
            be written. Nothing is left behind.
    """
    with hand_over(to) as handover, house.reading() as walk:
        bind_people(walk)
        bind_models(walk)
        bind_segments(walk)
        person_id, found_by = find_person_ever(walk, asked)
        story = tell(walk, person_id, found_by)
        _write_story(handover, walk, story)
        # Last, for it looks at older versions under the names of the current ones.
        records = LandedRecords(walk, (person_id, *story.former_ids))
        handover.write("records.json", records.landed())
        handover.write("rejected.json", records.rejected())
        handover.explain(person_id, house.now())
    return PersonExport(person_id=person_id, found_by=found_by, path=str(to), files=handover.counts)


def _write_story(handover: Handover, walk: Walk, story: Story) -> None:
    ids = (story.person_id, *story.former_ids)
    handover.write("links.json", iter(story.links))
    handover.write("profile.json", iter([story.profile] if story.profile else []))
    handover.write("tables.json", _tables(walk, ids))
    handover.write("segments.json", iter(story.segments))
    handover.write("campaigns.json", iter(story.treatments))
    handover.write("sent.json", _sent(story, ids))


def _tables(walk: Walk, ids: tuple[str, ...]) -> Rows:
    """Give the person's rows in every table that the project makes of its sources."""
    for table, version in sorted(walk.tables.bound.items(), key=lambda one: str(one[0])):
        names = {one.name for one in version.columns}
        if table.schema != "main" or "person_id" not in names:
            continue
        same = column("person_id").isin(*map(literal, ids))
        query = exp.select("*").from_(relation(str(table))).where(same)
        for batch in walk.engine.arrow(query):
            for row in batch.to_pylist():
                yield {"table": table.name, **row}


def _sent(story: Story, ids: tuple[str, ...]) -> Rows:
    """Give what was sent of the person; an identifier may have been another's at another time."""
    for send in story.sends:
        if send["_person_id"] in (None, *ids):
            own = {name: value for name, value in send.items() if not name.startswith("_")}
            yield {**own, "identifier": send["_identifier"]}
