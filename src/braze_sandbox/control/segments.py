"""Segments, made as in a dashboard, and the files of their exports."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter

from braze_sandbox.clock import moment
from braze_sandbox.control.replies import Routes, Unfit, as_list, message, read, reply
from braze_sandbox.sandbox import Sandbox
from braze_sandbox.segments import Segment
from braze_sandbox.times import show_time
from braze_sandbox.web import Exchange

PIECE_BYTES = 1024 * 1024
_Bucket = Annotated[int, Field(ge=0, le=9_999)]


class NewSegment(BaseModel):
    """A segment to make, or to change: everybody for whom all that is given holds."""

    model_config = ConfigDict(extra="forbid")

    segment_id: Annotated[UUID, Field(default_factory=uuid4)]
    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    tags: list[str] = []
    analytics_tracking_enabled: bool = False
    archived: bool = False
    external_ids: list[str] | None = None
    where: dict[str, JsonValue] = {}
    random_buckets: tuple[_Bucket, _Bucket] | None = None


class Holding(BaseModel):
    """Whether exports wait."""

    model_config = ConfigDict(extra="forbid")

    held: bool


_NEW_SEGMENTS: TypeAdapter[list[NewSegment]] = TypeAdapter(
    Annotated[list[NewSegment], BeforeValidator(as_list)]
)
_HOLDING = TypeAdapter(Holding)


async def _list(exchange: Exchange, sandbox: Sandbox) -> None:
    segments = sandbox.workspace.segments.items()
    await reply(exchange, {"segments": [_shown(sandbox, *item) for item in segments]})


def _shown(sandbox: Sandbox, segment_id: str, segment: Segment) -> dict[str, object]:
    return {
        "segment_id": segment_id,
        "name": segment.name,
        "description": segment.description,
        "tags": list(segment.tags),
        "analytics_tracking_enabled": segment.analytics_tracking_enabled,
        "archived": segment.archived,
        "external_ids": None if segment.external_ids is None else list(segment.external_ids),
        "where": dict(segment.where),
        "random_buckets": segment.random_buckets and list(segment.random_buckets),
        "created_at": show_time(segment.created_at),
        "updated_at": show_time(segment.updated_at),
        "members": sum(1 for _ in segment.members(sandbox.workspace.profiles)),
        "exporting": sandbox.exports.is_running(segment_id),
    }


async def _make(exchange: Exchange, sandbox: Sandbox) -> None:
    now = moment(sandbox.clock())
    made: list[object] = []
    for new in await read(exchange, _NEW_SEGMENTS, "a segment"):
        given = new.model_dump(exclude={"segment_id"})
        segment_id = str(new.segment_id)
        segment = Segment(created_at=now, updated_at=now, **given)
        kept = sandbox.workspace.segments.put(segment_id, segment)
        made.append(_shown(sandbox, segment_id, kept))
    await reply(exchange, {"segments": made})


async def _remove(exchange: Exchange, sandbox: Sandbox) -> None:
    segment_id = exchange.query.get("segment_id", "")
    if sandbox.workspace.segments.get(segment_id) is None:
        raise Unfit("Not a segment: say DELETE /_sandbox/segments?segment_id=ID")
    sandbox.workspace.segments.remove(segment_id)
    await _list(exchange, sandbox)


async def _show_exports(exchange: Exchange, sandbox: Sandbox) -> None:
    exports = sandbox.exports
    await reply(exchange, {"held": exports.are_held, "running": len(exports)})


async def _hold(exchange: Exchange, sandbox: Sandbox) -> None:
    sandbox.exports.hold(held=(await read(exchange, _HOLDING, "held or not")).held)
    await _show_exports(exchange, sandbox)


async def _download(exchange: Exchange, sandbox: Sandbox) -> None:
    path = sandbox.exports.file(exchange.path.rpartition("/")[2])
    if path is None:
        await exchange.answer(message(404, "No such export, not ready yet, or too old"))
        return
    await exchange.stream(b"application/zip", _pieces(path))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


SEGMENTS: Routes = {
    ("GET", "segments"): _list,
    ("POST", "segments"): _make,
    ("DELETE", "segments"): _remove,
    ("GET", "exports"): _show_exports,
    ("POST", "exports"): _hold,
    ("GET", "exports/"): _download,
}
"""What can be seen and made of segments; what ends with a slash stands for all below it."""
