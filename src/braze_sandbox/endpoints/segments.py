"""GET /segments/list and /segments/details, POST /users/export/segment."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import orjson

from braze_sandbox.call import Call
from braze_sandbox.endpoints.export import exported, read_fields
from braze_sandbox.endpoints.pages import number
from braze_sandbox.rules import Broken, ObjectRule, RequestRule, SegmentRule
from braze_sandbox.segments import Job, Segment
from braze_sandbox.times import show_time
from braze_sandbox.web import Answer

PAGE = 100
MOST_ATTRIBUTES = 500
MOST_EXPORTS = 100
CUSTOM = "custom_attributes"


def list_segments(call: Call) -> Answer:
    """A page of those that are not archived."""
    page = number(call, "page", default=0)
    order = call.parameter("sort_direction") or "asc"
    if order not in ("asc", "desc"):
        raise Broken(RequestRule.PARAMETER_INVALID, field="sort_direction")
    listed = [item for item in call.workspace.segments.items() if not item[1].archived]
    if order == "desc":
        listed.reverse()
    shown = [
        {
            "id": segment_id,
            "name": segment.name,
            "analytics_tracking_enabled": segment.analytics_tracking_enabled,
            "tags": list(segment.tags),
        }
        for segment_id, segment in listed[page * PAGE : (page + 1) * PAGE]
    ]
    return Answer(status=200, content={"message": "success", "segments": shown})


def segment_details(call: Call) -> Answer:
    """One segment, archived or not."""
    _, segment = _find(call, call.parameter("segment_id"))
    content = {
        "message": "success",
        "created_at": show_time(segment.created_at),
        "updated_at": show_time(segment.updated_at),
        "name": segment.name,
        "description": segment.description,
        "tags": list(segment.tags),
    }
    return Answer(status=200, content=content)


def export_segment(call: Call) -> Answer:
    """Answered at once with where the users will be; exported when the request settles."""
    segment_id, segment = _find(call, call.body.get("segment_id"))
    fields, attributes = read_fields(call), _attributes(call)
    job = _job(call, segment_id)
    exports = call.exports
    if exports.is_running(segment_id):
        raise Broken(SegmentRule.SEGMENT_EXPORT_RUNNING)
    if len(exports) >= MOST_EXPORTS:
        raise Broken(SegmentRule.TOO_MANY_SEGMENT_EXPORTS)
    exports.open(job)
    lines = partial(_lines, call, segment, fields, attributes)
    call.settle_work(lambda: exports.start(job, lines()))
    url = {} if job.url is None else {"url": job.url}
    return Answer(status=200, content={"message": "success", "object_prefix": job.prefix, **url})


def _find(call: Call, segment_id: object) -> tuple[str, Segment]:
    if not isinstance(segment_id, str) or not segment_id:
        raise Broken(ObjectRule.FIELD_REQUIRED, field="segment_id")
    segment = call.workspace.segments.get(segment_id)
    if segment is None:
        raise Broken(SegmentRule.SEGMENT_UNKNOWN)
    return segment_id, segment


def _job(call: Call, segment_id: str) -> Job:
    """The export; of one request always the same, also when it is applied after a restart."""
    output_format, callback = call.body.get("output_format", "zip"), None
    if output_format not in ("zip", "gzip"):
        raise Broken(SegmentRule.EXPORT_FORMAT_INVALID)
    if call.body.get("callback_endpoint") is not None:
        callback = _address(call.body["callback_endpoint"])
    entry = call.entry
    unique = uuid5(NAMESPACE_URL, f"{segment_id} {entry.number} {entry.at.isoformat()}")
    prefix = f"{unique}-{int(entry.at.timestamp())}"
    url = f"http://{entry.host}/_sandbox/exports/{prefix}.zip"
    return Job(
        segment_id=segment_id,
        prefix=prefix,
        output_format=str(output_format),
        callback=callback,
        url=None if call.exports.bucket else url,
    )


def _address(sent: object) -> str:
    try:
        parts = urlsplit(sent if isinstance(sent, str) else "")
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits:
        raise Broken(SegmentRule.EXPORT_CALLBACK_INVALID)
    return str(sent)


def _attributes(call: Call) -> list[str] | None:
    """The custom attributes asked for; None: all, if they are."""
    sent = call.body.get("custom_attributes_to_export")
    if sent is None:
        return None
    if not isinstance(sent, list) or not all(isinstance(one, str) for one in sent):
        raise Broken(SegmentRule.EXPORT_ATTRIBUTES_INVALID)
    if len(sent) > MOST_ATTRIBUTES:
        raise Broken(SegmentRule.EXPORT_ATTRIBUTES_INVALID)
    return sent


def _lines(
    call: Call, segment: Segment, fields: list[str], attributes: list[str] | None
) -> Iterator[bytes | None]:
    """The members as JSON, in order of creation or of their list."""
    wanted = fields if attributes is None else [*dict.fromkeys([*fields, CUSTOM])]
    for profile in segment.sweep(call.workspace.profiles):
        if profile is None:
            yield None
        else:
            yield orjson.dumps(_told(exported(profile, wanted, call.entry.at), attributes))


def _told(user: dict[str, object], attributes: list[str] | None) -> dict[str, object]:
    """The user with no other custom attributes than those asked for."""
    held = user.get(CUSTOM)
    if attributes is None or not isinstance(held, dict):
        return user
    kept = {name: held[name] for name in attributes if name in held}
    return {name: value for name, value in user.items() if name != CUSTOM} | (
        {CUSTOM: kept} if kept else {}
    )
