"""Sources and ingest: what is new outside becomes landed tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from onefold.ingest import Delivery, FeedConfig, Landing, Load, Rejects, TooManyRejects, land
from onefold.model import Column, Reject, TableName, TableVersion
from onefold.project import Project, Source
from onefold.run.context import Walk
from onefold.run.steps import Step
from onefold.sources import FileFormat, SourceConfig, SourceObject, inspect, list_objects, read
from onefold.store import LoadRecord

__all__ = ["Listed", "land_sources", "list_sources"]

Listed = Mapping[str, Sequence[SourceObject]]

REJECT_COLUMNS = (
    Column(name="file", engine_type="VARCHAR"),
    Column(name="line", engine_type="BIGINT"),
    Column(name="field", engine_type="VARCHAR"),
    Column(name="reason", engine_type="VARCHAR"),
    Column(name="value", engine_type="VARCHAR", pii=True),
    Column(name="raw", engine_type="BLOB", pii=True),
)


def list_sources(project: Project) -> Listed:
    """List every source's objects, in loading order.

    Raises:
        SourceMissing: a source has none.
    """
    return {
        name: list_objects(_location(project, source)) for name, source in project.sources.items()
    }


def land_sources(walk: Walk, listed: Listed) -> None:
    """Land what is new of every source; each source is one step and one commit."""
    for name, source in walk.project.sources.items():
        if walk.steps.done("ingest", name) is None:
            _land(walk, source, listed[name])


def _land(walk: Walk, source: Source, objects: Sequence[SourceObject]) -> None:
    new = _new_objects(walk, source, objects)
    table = TableName("landed", source.id)
    with walk.steps.step("ingest", source.id, total=len(new)) as step:
        # Everything is read again on request, also what stands: a changed type or key starts anew.
        current = None if walk.options.full_refresh else walk.tables.get(table)
        if not new and current is not None:
            step.rows_in = step.rows_out = step.rejected = 0
            step.result = {"objects": 0}
            return
        try:
            landing = land(
                walk.engine,
                _feed(source),
                _deliveries(walk.project, source, new, step),
                current,
                root=walk.tables.folder,
                folder=walk.tables.data_folder(table),
                rejects_folder=walk.tables.data_folder(_rejects(source)),
                barred=walk.store.erasures.barred(source.id),
            )
        except TooManyRejects as error:
            _keep_refused(walk, step, source, error)
            raise
        _keep(walk, step, source, new, landing)


def _new_objects(
    walk: Walk, source: Source, objects: Sequence[SourceObject]
) -> Sequence[SourceObject]:
    """Give the objects to read: those not read before, as they are now.

    With `load: replace` the newest delivery is the table (all objects of one day; without days in
    the pattern, all objects); older ones are never read.
    """
    if source.load == "replace":
        objects = [one for one in objects if one.day == objects[-1].day]
    if walk.options.full_refresh:
        return objects
    known = walk.store.loads.known(source.id, run_id=walk.run_id)
    new = [one for one in objects if known.get(one.name) != (one.size_bytes, one.etag)]
    return objects if source.load == "replace" and new else new


def _deliveries(
    project: Project, source: Source, objects: Sequence[SourceObject], step: Step
) -> Iterator[Delivery]:
    fields = source.shape().fields
    location = _location(project, source)
    for one in objects:
        yield one.name, read(location, one, fields)
        step.advanced(1)


def _keep(
    walk: Walk, step: Step, source: Source, objects: Sequence[SourceObject], landing: Landing
) -> None:
    step.rows_in = landing.tally.read
    step.rows_out = landing.tally.landed
    step.rejected = landing.tally.rejected
    step.result = {
        "objects": len(objects),
        "superseded": landing.tally.superseded,
        "repeated_keys": landing.repeated_keys,
        "bytes_written": sum(file.size_bytes for file in landing.written),
        "extra_columns": _extra_columns(walk.project, source, objects),
        "rejects": _told(landing.rejects),
    }
    table = TableName("landed", source.id)
    versions = [walk.tables.version(table, landing.files, landing.columns)]
    versions += _rejects_version(walk, source, landing.rejects)
    loads = [
        LoadRecord(
            run_id=walk.run_id,
            source=source.id,
            object=one.name,
            size_bytes=one.size_bytes,
            etag=one.etag,
            tally=landing.tallies[one.name],
        )
        for one in objects
    ]
    walk.keep(step, versions, loads)


def _keep_refused(walk: Walk, step: Step, source: Source, error: TooManyRejects) -> None:
    """Keep the rejected rows of a load of which nothing landed, so that people can look at them."""
    step.rows_in, step.rows_out, step.rejected = error.read, 0, error.rejected
    step.result = {"rejects": _told(error.rejects)}
    walk.publish_now(_rejects_version(walk, source, error.rejects))


def _rejects_version(walk: Walk, source: Source, rejects: Rejects) -> list[TableVersion]:
    """Add a load's rejected rows to those of earlier loads."""
    if not rejects.files:
        return []
    table = _rejects(source)
    earlier = walk.tables.get(table)
    files = (*(earlier.files if earlier else ()), *rejects.files)
    return [walk.tables.version(table, files, REJECT_COLUMNS)]


def _rejects(source: Source) -> TableName:
    return TableName("rejects", source.id)


def _told(rejects: Rejects) -> list[dict[str, Any]]:
    return [_reject(reject) for reject in rejects.summary]


def _reject(reject: Reject) -> dict[str, Any]:
    return {
        "reason": reject.reason,
        "rows": reject.rows,
        "file": reject.file,
        "line": reject.line,
        "field": reject.field,
    }


def _extra_columns(project: Project, source: Source, objects: Sequence[SourceObject]) -> list[str]:
    location, fields = _location(project, source), source.shape().fields
    extra = {name for one in objects for name in inspect(location, one, fields).extra}
    return sorted(extra)


def _location(project: Project, source: Source) -> SourceConfig:
    return SourceConfig(
        id=source.id,
        root=project.root,
        pattern=source.location.files,
        format=FileFormat(source.format),
    )


def _feed(source: Source) -> FeedConfig:
    limit = source.max_rejected
    share = Fraction(limit.share or 0)
    return FeedConfig(
        source=source.id,
        fields=source.shape().fields,
        load=Load(source.load),
        primary_key=source.primary_key,
        last_updated=source.last_updated,
        max_rejected=share if limit.rows is None else limit.rows,
    )
