"""What people should know though nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from onefold.errors import Place
from onefold.project.files import misnamed_folders
from onefold.project.kinds import Definition, Source, Workflow

__all__ = ["Notice", "notices_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something worth saying: `check` prints it, and nothing stops."""

    message: str
    hint: str
    where: Place

    def __str__(self) -> str:
        """Write it as errors are written."""
        return f"{self.where}: {self.message}\n  hint: {self.hint}"


def notices_of(root: Path, definitions: Iterable[Definition]) -> Iterator[Notice]:
    """Yield what is worth saying about a project's folders and definitions."""
    for name, close in misnamed_folders(root):
        where = Place(name)
        yield Notice(message="the folder is not read", hint=f"nearest: {close}", where=where)
    for definition in definitions:
        if isinstance(definition, Workflow) and definition.schedule:
            yield Notice(
                message="schedules are kept, but nothing runs them until `onefold serve` is built",
                hint="start `onefold run` from cron for now",
                where=definition.place(("schedule",)),
            )
        if isinstance(definition, Source) and definition.stitch is None:
            yield from _undecided(definition)


def _undecided(source: Source) -> Iterator[Notice]:
    tags = source.personal_tags()
    if tags and source.person_id is None:
        yield Notice(
            message=f"the records are nobody's, though they have the tag {tags[0]}",
            hint="write stitch: true (profiles), attach (takes the person of a profile) or false",
            where=source.place(),
        )
