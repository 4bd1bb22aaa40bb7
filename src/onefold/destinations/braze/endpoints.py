"""The addresses of Braze that onefold knows: what a key needs there, and which limit counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

__all__ = ["ENDPOINTS", "Bucket", "Endpoint", "endpoint"]


class Bucket(StrEnum):
    """What shares one rate limit; Braze counts each for a workspace as a whole."""

    TRACK = "track"
    TRACK_BULK = "track_bulk"
    TRACK_SYNC = "track_sync"
    IDENTITY = "identity"  # delete, alias, identify and merge together
    RENAME = "rename"
    REMOVE = "remove"
    EXPORT_IDS = "export_ids"
    SUBSCRIPTION = "subscription"
    CATALOG_ITEMS = "catalog_items"
    CATALOG_ITEM = "catalog_item"
    CATALOGS = "catalogs"
    COHORTS = "cohorts"
    DEFAULT = "default"  # every other address


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """An address of Braze's REST API.

    Attributes:
        method: the HTTP method.
        path: with names in braces, such as `/catalogs/{catalog}/items`.
        permission: what the key needs; empty where keys travel in the body.
        bucket: whose limit it counts against.
    """

    method: str
    path: str
    permission: str
    bucket: Bucket

    def is_at(self, method: str, path: str) -> bool:
        """Tell whether a request goes here."""
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


def _post(path: str, permission: str, bucket: Bucket) -> Endpoint:
    return Endpoint(method="POST", path=path, permission=permission, bucket=bucket)


def _items(method: str, permission: str) -> tuple[Endpoint, Endpoint]:
    """Give the addresses for many items and for one."""
    many, one = f"catalogs.{permission}_items", f"catalogs.{permission}_item"
    if permission == "add":
        one = "catalogs.create_item"
    path = "/catalogs/{catalog}/items"
    return (
        Endpoint(method=method, path=path, permission=many, bucket=Bucket.CATALOG_ITEMS),
        Endpoint(
            method=method, path=f"{path}/{{item}}", permission=one, bucket=Bucket.CATALOG_ITEM
        ),
    )


ENDPOINTS = (
    _post("/users/track", "users.track", Bucket.TRACK),
    _post("/users/track/bulk", "users.track.bulk", Bucket.TRACK_BULK),
    _post("/users/track/sync", "users.track.sync", Bucket.TRACK_SYNC),
    _post("/users/delete", "users.delete", Bucket.IDENTITY),
    _post("/users/alias/new", "users.alias.new", Bucket.IDENTITY),
    _post("/users/alias/update", "users.alias.update", Bucket.IDENTITY),
    _post("/users/identify", "users.identify", Bucket.IDENTITY),
    _post("/users/merge", "users.merge", Bucket.IDENTITY),
    _post("/users/external_ids/rename", "users.external_ids.rename", Bucket.RENAME),
    _post("/users/external_ids/remove", "users.external_ids.remove", Bucket.REMOVE),
    _post("/users/export/ids", "users.export.ids", Bucket.EXPORT_IDS),
    _post("/users/export/segment", "users.export.segment", Bucket.DEFAULT),
    _post("/subscription/status/set", "subscription.status.set", Bucket.SUBSCRIPTION),
    _post("/v2/subscription/status/set", "subscription.status.set", Bucket.SUBSCRIPTION),
    _post("/catalogs", "catalogs.create", Bucket.CATALOGS),
    Endpoint(method="GET", path="/catalogs", permission="catalogs.get", bucket=Bucket.CATALOGS),
    *_items("POST", "add"),
    *_items("PATCH", "update"),
    *_items("PUT", "replace"),
    *_items("DELETE", "delete"),
    _post("/partners/{partner}/cohorts", "", Bucket.COHORTS),
    _post("/partners/{partner}/cohorts/users", "", Bucket.COHORTS),
)


@lru_cache(maxsize=1_000)  # asked several times a request, and there are few addresses
def endpoint(method: str, path: str) -> Endpoint:
    """Give the endpoint that a request goes to; one that nobody listed shares the default limit."""
    for one in ENDPOINTS:
        if one.is_at(method, path):
            return one
    return Endpoint(method=method, path=path, permission="", bucket=Bucket.DEFAULT)
