"""The addresses of catalogs."""

from braze_sandbox.endpoints import shapes
from braze_sandbox.endpoints.catalog_items import (
    create_item,
    create_items,
    delete_item,
    delete_items,
    edit_item,
    edit_items,
    get_item,
    list_items,
    replace_item,
    replace_items,
)
from braze_sandbox.endpoints.catalogs import create_catalog, delete_catalog, list_catalogs
from braze_sandbox.endpoints.endpoint import Endpoint
from braze_sandbox.limits import Bucket

_CATALOGS = "/catalogs"
_CATALOG = "/catalogs/{catalog_name}"
_ITEMS = "/catalogs/{catalog_name}/items"
_ITEM = "/catalogs/{catalog_name}/items/{item_id}"

CATALOG_ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", _CATALOGS): Endpoint(
        permission="catalogs.create",
        limit=Bucket.CATALOGS,
        handle=create_catalog,
        request=shapes.NEW_CATALOG,
        success=shapes.CATALOGS,
    ),
    ("GET", _CATALOGS): Endpoint(
        permission="catalogs.get",
        limit=Bucket.CATALOGS,
        handle=list_catalogs,
        success=shapes.CATALOGS,
    ),
    ("DELETE", _CATALOG): Endpoint(
        permission="catalogs.delete", limit=Bucket.CATALOGS, handle=delete_catalog
    ),
    ("GET", _ITEMS): Endpoint(
        permission="catalogs.get_items",
        limit=Bucket.CATALOG_ITEM,
        handle=list_items,
        success=shapes.SHOWN_ITEMS,
        query=("cursor",),
    ),
    ("GET", _ITEM): Endpoint(
        permission="catalogs.get_item",
        limit=Bucket.CATALOG_ITEM,
        handle=get_item,
        success=shapes.SHOWN_ITEMS,
    ),
    ("DELETE", _ITEM): Endpoint(
        permission="catalogs.delete_item", limit=Bucket.CATALOG_ITEM, handle=delete_item
    ),
    **{
        (method, _ITEMS): Endpoint(
            permission=permission,
            limit=Bucket.CATALOG_ITEMS,
            handle=handle,
            request=shapes.CATALOG_ITEMS,
        )
        for method, permission, handle in (
            ("POST", "catalogs.add_items", create_items),
            ("PATCH", "catalogs.update_items", edit_items),
            ("PUT", "catalogs.replace_items", replace_items),
            ("DELETE", "catalogs.delete_items", delete_items),
        )
    },
    **{
        (method, _ITEM): Endpoint(
            permission=permission,
            limit=Bucket.CATALOG_ITEM,
            handle=handle,
            request=shapes.CATALOG_ITEM,
        )
        for method, permission, handle in (
            ("POST", "catalogs.create_item", create_item),
            ("PATCH", "catalogs.update_item", edit_item),
            ("PUT", "catalogs.replace_item", replace_item),
        )
    },
}
