"""The table of addresses: the one place that says which exist."""

from braze_sandbox.endpoints import shapes
from braze_sandbox.endpoints.aliases import new_aliases, update_aliases
from braze_sandbox.endpoints.catalog_table import CATALOG_ENDPOINTS
from braze_sandbox.endpoints.cohorts import change_members, put_cohort
from braze_sandbox.endpoints.delete import delete
from braze_sandbox.endpoints.endpoint import Endpoint
from braze_sandbox.endpoints.export import bucket_of_export, export_ids
from braze_sandbox.endpoints.external_ids import remove, rename
from braze_sandbox.endpoints.identify import identify
from braze_sandbox.endpoints.merge import merge_users
from braze_sandbox.endpoints.segments import export_segment, list_segments, segment_details
from braze_sandbox.endpoints.subscription_states import KINDS, get_groups, get_status
from braze_sandbox.endpoints.subscriptions import set_status, set_statuses
from braze_sandbox.endpoints.track import track
from braze_sandbox.endpoints.track_bulk import MAX_BODY_BYTES, track_bulk
from braze_sandbox.endpoints.track_sync import track_sync
from braze_sandbox.limits import Bucket

ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", "/users/track"): Endpoint(
        permission="users.track",
        limit=Bucket.TRACK,
        handle=track,
        request=shapes.TRACK,
        success=shapes.TRACKED,
    ),
    ("POST", "/users/track/bulk"): Endpoint(
        permission="users.track.bulk",
        limit=Bucket.TRACK_BULK,
        handle=track_bulk,
        request=shapes.TRACK_BULK,
        success=shapes.TRACKED,
        max_bytes=MAX_BODY_BYTES,
    ),
    ("POST", "/users/track/sync"): Endpoint(
        permission="users.track.sync",
        limit=Bucket.TRACK_SYNC,
        handle=track_sync,
        request=shapes.TRACK_SYNC,
        success=shapes.TRACKED_SYNC,
    ),
    ("POST", "/users/export/ids"): Endpoint(
        permission="users.export.ids",
        limit=bucket_of_export,
        handle=export_ids,
        request=shapes.EXPORT,
        success=shapes.EXPORTED,
    ),
    ("POST", "/users/export/segment"): Endpoint(
        permission="users.export.segment",
        limit=Bucket.DEFAULT,
        handle=export_segment,
        request=shapes.EXPORT_SEGMENT,
        success=shapes.EXPORTING,
    ),
    ("GET", "/segments/list"): Endpoint(
        permission="segments.list",
        limit=Bucket.DEFAULT,
        handle=list_segments,
        success=shapes.SEGMENTS,
        query=("page", "sort_direction"),
    ),
    ("GET", "/segments/details"): Endpoint(
        permission="segments.details",
        limit=Bucket.DEFAULT,
        handle=segment_details,
        success=shapes.SEGMENT,
        query=("segment_id",),
    ),
    ("POST", "/users/delete"): Endpoint(
        permission="users.delete",
        limit=Bucket.USERS,
        handle=delete,
        request=shapes.DELETE,
        success=shapes.DELETED,
    ),
    ("POST", "/users/alias/new"): Endpoint(
        permission="users.alias.new",
        limit=Bucket.USERS,
        handle=new_aliases,
        request=shapes.NEW_ALIASES,
        success=shapes.PROCESSED,
    ),
    ("POST", "/users/alias/update"): Endpoint(
        permission="users.alias.update",
        limit=Bucket.USERS,
        handle=update_aliases,
        request=shapes.UPDATED_ALIASES,
    ),
    ("POST", "/users/identify"): Endpoint(
        permission="users.identify",
        limit=Bucket.USERS,
        handle=identify,
        request=shapes.IDENTIFY,
        success=shapes.PROCESSED,
    ),
    ("POST", "/users/merge"): Endpoint(
        permission="users.merge", limit=Bucket.USERS, handle=merge_users, request=shapes.MERGE
    ),
    ("POST", "/users/external_ids/rename"): Endpoint(
        permission="users.external_ids.rename",
        limit=Bucket.EXTERNAL_IDS_RENAME,
        handle=rename,
        request=shapes.RENAME,
        success=shapes.RENAMED,
    ),
    ("POST", "/users/external_ids/remove"): Endpoint(
        permission="users.external_ids.remove",
        limit=Bucket.EXTERNAL_IDS_REMOVE,
        handle=remove,
        request=shapes.REMOVE,
        success=shapes.REMOVED,
    ),
    ("POST", "/subscription/status/set"): Endpoint(
        permission="subscription.status.set",
        limit=Bucket.SUBSCRIPTION_SET,
        handle=set_status,
        request=shapes.SUBSCRIPTION,
    ),
    ("POST", "/v2/subscription/status/set"): Endpoint(
        permission="subscription.status.set",
        limit=Bucket.SUBSCRIPTION_SET,
        handle=set_statuses,
        request=shapes.SUBSCRIPTIONS,
    ),
    ("GET", "/subscription/status/get"): Endpoint(
        permission="subscription.status.get",
        limit=Bucket.DEFAULT,
        handle=get_status,
        success=shapes.SUBSCRIPTION_STATUS,
        query=("subscription_group_id", *KINDS),
    ),
    ("GET", "/subscription/user/status"): Endpoint(
        permission="subscription.groups.get",
        limit=Bucket.DEFAULT,
        handle=get_groups,
        success=shapes.SUBSCRIBERS,
        query=(*KINDS, "limit", "offset"),
    ),
    ("POST", "/partners/{partner}/cohorts"): Endpoint(
        permission=None, limit=Bucket.COHORTS, handle=put_cohort, request=shapes.COHORT
    ),
    ("POST", "/partners/{partner}/cohorts/users"): Endpoint(
        permission=None, limit=Bucket.COHORTS, handle=change_members, request=shapes.COHORT_CHANGES
    ),
    **CATALOG_ENDPOINTS,
}
"""By method and address; a place in braces stands for any one segment of the path."""

_WITH_PLACES = [
    (method, path.split("/"), endpoint)
    for (method, path), endpoint in ENDPOINTS.items()
    if "{" in path
]


def find_endpoint(method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint at the address, and what stands in the places of its path."""
    endpoint = ENDPOINTS.get((method, path))
    if endpoint is not None:
        return endpoint, {}
    segments = path.split("/")
    for its_method, pattern, endpoint in _WITH_PLACES:
        if its_method == method and len(pattern) == len(segments):
            pairs = list(zip(pattern, segments, strict=True))
            if all(part if name[:1] == "{" else name == part for name, part in pairs):
                return endpoint, {name[1:-1]: part for name, part in pairs if name[:1] == "{"}
    return None
