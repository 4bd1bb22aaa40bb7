"""The buckets of requests: endpoints that stand under one limit share one bucket."""

from enum import Enum


class Bucket(Enum):
    """A bucket by the name that options and headers' readers know; each with what falls into it."""

    TRACK = "track", "/users/track"
    TRACK_BULK = "track_bulk", "/users/track/bulk"
    TRACK_SYNC = "track_sync", "/users/track/sync"
    USERS = "users", "/users/delete, alias/new, alias/update, identify, merge: one for all"
    EXTERNAL_IDS_RENAME = "external_ids_rename", "/users/external_ids/rename"
    EXTERNAL_IDS_REMOVE = "external_ids_remove", "/users/external_ids/remove"
    EXPORT_IDS = "export_ids", "/users/export/ids that asks for received campaigns or canvases"
    EXPORT_IDS_FIELDS = "export_ids_fields", "/users/export/ids with any other fields"
    SUBSCRIPTION_SET = "subscription_set", "/subscription/status/set, /v2/subscription/status/set"
    CUSTOM_DATA = "custom_data", "/custom_attributes, /events, /events/list, product_list"
    CATALOGS = "catalogs", "/catalogs: create, list, delete"
    CATALOG_ITEMS = "catalog_items", "/catalogs/{name}/items: up to 50 at once"
    CATALOG_ITEM = "catalog_item", "/catalogs/{name}/items/{id}, and the list of items"
    CATALOG_FIELDS = "catalog_fields", "/catalogs/{name}/fields and selections"
    COHORTS = "cohorts", "/partners/{partner}/cohorts and …/cohorts/users"
    CDI_LIST = "cdi_list", "/cdi/integrations"
    CDI_SYNC = "cdi_sync", "/cdi/integrations/{id}/sync"
    CDI_STATUS = "cdi_status", "/cdi/integrations/{id}/job_sync_status"
    DEFAULT = "default", "/users/export/segment, /segments/… and everything else: one for all"

    def __init__(self, id_: str, what: str) -> None:
        self.id = id_
        self.what = what
